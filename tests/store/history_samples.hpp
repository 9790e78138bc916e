// Records and folders for the tests of the history.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <random>
#include <string>

#include "store/history_columns.hpp"
#include "store/history_record.hpp"
#include "store/history_ring.hpp"

namespace sinkfeed::test {

// A new empty folder, removed with the object.
class Folder {
 public:
  explicit Folder(const std::string& parent = "/tmp") {
    std::string pattern = parent + "/sinkfeed-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = pattern;
  }
  ~Folder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline WallTime at(std::int64_t us) { return WallTime{std::chrono::microseconds{us}}; }
inline IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }
inline DnsName dns(std::string_view text) { return DnsName::parse(text).value(); }

// One string for all that a record holds: what is compared.
inline std::string everything(const QueryRecord& r) {
  std::string text;
  const auto add = [&](const auto& value) { text += std::to_string(value) + " "; };
  add(static_cast<int>(r.kind)), add(r.gap_count), add(r.time.time_since_epoch().count()),
      text += r.client.text() + " ";
  add(r.client_port), add(static_cast<int>(r.transport)), add(static_cast<int>(r.origin)), text += r.name.text() + " ";
  add(r.type), add(r.flags), add(static_cast<int>(r.verdict)), text += "[" + r.rule + "] ", add(r.rcode);
  text += r.ede ? std::to_string(*r.ede) + " " : "- ";
  for (const char c : r.answers) add(static_cast<unsigned char>(c));
  text += (r.upstream ? r.upstream->text() : "-") + " ";
  add(r.latency_us);
  return text;
}

using Random = std::mt19937_64;
inline std::uint64_t below(Random& random, std::uint64_t limit) { return random() % limit; }

inline IpAddress random_address(Random& random) {
  std::array<std::uint8_t, 16> bytes{};
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  if (below(random, 2) == 0) return IpAddress::v6(bytes);
  return IpAddress::v4(std::span<const std::uint8_t, 16>{bytes}.first<4>());
}

// Up to 255 bytes, any bytes in its labels.
inline DnsName random_name(Random& random) {
  std::string wire;
  const std::size_t longest = below(random, 8) == 0 ? 254 : 1 + below(random, 40);
  while (wire.size() + 2 <= longest) {
    const std::size_t length = std::min<std::size_t>(1 + below(random, 63), longest - wire.size() - 1);
    wire += static_cast<char>(length);
    for (std::size_t i = 0; i < length; ++i)
      wire += static_cast<char>(below(random, 4) == 0 ? random() : 'a' + below(random, 26));
  }
  wire += '\0';
  return DnsName::from_wire({reinterpret_cast<const std::uint8_t*>(wire.data()), wire.size()});
}

inline std::string random_answers(Random& random) {
  std::string packed;
  for (std::uint64_t n = below(random, 5); n > 0; --n) {
    const auto address = random_address(random);
    PackedAnswers::append(packed, address.is_v4() ? 1 : 28,
                          {reinterpret_cast<const char*>(address.bytes().data()), address.bytes().size()});
  }
  if (below(random, 4) == 0) PackedAnswers::append(packed, 16, std::string(below(random, 256), 'x'));
  // Names that others lead to as well; and what a type says of its bytes, and the bytes do not keep.
  for (std::uint64_t n = below(random, 3); n > 0; --n)
    PackedAnswers::append(packed, 5, dns("edge" + std::to_string(below(random, 20)) + ".example").wire());
  if (below(random, 8) == 0) {
    constexpr std::array<std::uint16_t, 8> kTypes{0, 1, 5, 28, 65, 255, 256, 0xffff};
    std::string bytes(below(random, 20), '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    PackedAnswers::append(packed, kTypes.at(below(random, kTypes.size())), bytes);
  }
  return packed;
}

inline QueryRecord random_record(Random& random) {
  QueryRecord r;
  r.time = at(static_cast<std::int64_t>(1'790'000'000'000'000 + below(random, 60'000'000)));
  if (below(random, 20) == 0) {
    r.kind = QueryRecord::Kind::gap;
    r.gap_count = random();
    return r;
  }
  r.client = random_address(random);
  r.client_port = static_cast<std::uint16_t>(random());
  r.transport = static_cast<Transport>(below(random, 2));
  r.origin = static_cast<Origin>(below(random, 3));
  r.name = random_name(random);
  r.type = static_cast<std::uint16_t>(random());
  r.flags = static_cast<std::uint16_t>(random());
  r.verdict = static_cast<Verdict>(below(random, 4));
  if (below(random, 2) == 0) r.rule = std::string(below(random, 256), 'r');
  r.rcode = static_cast<std::uint8_t>(random());
  if (below(random, 2) == 0) r.ede = static_cast<std::uint16_t>(random());
  r.answers = random_answers(random);
  if (below(random, 2) == 0) r.upstream = random_address(random);
  r.latency_us = static_cast<std::uint32_t>(random());
  return r;
}

// What a worker pushes for this record; views into it.
inline RecordView entry_of(const QueryRecord& r) {
  RecordView e;
  e.time_us = r.time.time_since_epoch().count();
  e.latency_us = r.latency_us;
  e.client = r.client;
  e.has_upstream = r.upstream.has_value();
  if (r.upstream) e.upstream = *r.upstream;
  e.client_port = r.client_port;
  e.type = r.type;
  e.flags = r.flags;
  e.has_ede = r.ede.has_value();
  e.ede = r.ede.value_or(0);
  e.rcode = r.rcode;
  e.transport = r.transport;
  e.origin = r.origin;
  e.verdict = r.verdict;
  e.name = r.name.wire();
  e.rule = r.rule;
  e.answers = r.answers;
  return e;
}

inline HistoryColumns columns_of(const std::vector<QueryRecord>& records) {
  HistoryColumns columns;
  for (const auto& record : records) columns.append(record);
  return columns;
}

// A query for n<number>.example. at that many microseconds after `start`.
inline QueryRecord numbered(std::uint64_t number, std::int64_t start = 1'790'000'000'000'000) {
  QueryRecord r;
  r.time = at(start + static_cast<std::int64_t>(number));
  r.client = ip("10.0.0.7");
  r.name = dns("n" + std::to_string(number) + ".example");
  r.type = 1;
  return r;
}

inline std::uint64_t number_of(const QueryRecord& r) { return std::stoull(r.name.text().substr(1)); }

}  // namespace sinkfeed::test
