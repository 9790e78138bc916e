#include "store/history_block.hpp"

#include <fmt/format.h>
#include <openssl/rand.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <stdexcept>

#include "store/history_block_2.hpp"
#include "store/history_catalogue.hpp"
#include "store/history_part.hpp"
#include "store/varints.hpp"

namespace sinkfeed {

using namespace history_layout;

namespace {

// Texts that are kept once, in the order in which they first came.
class Dictionary {
 public:
  explicit Dictionary(std::size_t most) : slots_(64) {
    while (slots_.size() < 2 * most) slots_.resize(2 * slots_.size());
    entries_.reserve(most);
  }
  std::uint32_t place_of(std::string_view entry) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = XXH3_64bits(entry.data(), entry.size()) & mask;
    for (; slots_[at]; at = (at + 1) & mask) {
      if (entries_[slots_[at] - 1] == entry) return slots_[at] - 1;
    }
    entries_.push_back(entry);
    bytes_ += entry.size();
    return slots_[at] = static_cast<std::uint32_t>(entries_.size()), slots_[at] - 1;
  }
  void write(Content& content, Texts text, Numbers lengths) const {
    std::vector<std::uint32_t> sizes;
    sizes.reserve(entries_.size());
    content[text].reserve(bytes_);
    for (const std::string_view entry : entries_) {
      content[text] += entry;
      sizes.push_back(static_cast<std::uint32_t>(entry.size()));
    }
    content[lengths] = planes_of(sizes);
  }

 private:
  std::vector<std::uint32_t> slots_;  // places + 1; 0 is free
  std::vector<std::string_view> entries_;
  std::size_t bytes_ = 0;
};

// Places of addresses in a list of their own, in the order in which they are first used.
class Places {
 public:
  explicit Places(std::size_t addresses) : place_of_(addresses, kNone) {}
  std::uint32_t of(std::uint32_t address) {
    if (place_of_[address] == kNone) {
      place_of_[address] = static_cast<std::uint32_t>(used_.size());
      used_.push_back(address);
    }
    return place_of_[address];
  }
  std::vector<std::uint32_t> of(const std::vector<std::uint32_t>& addresses) {
    std::vector<std::uint32_t> places;
    places.reserve(addresses.size());
    for (const std::uint32_t address : addresses) places.push_back(of(address));
    return places;
  }
  const std::vector<std::uint32_t>& used() const { return used_; }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  std::vector<std::uint32_t> place_of_, used_;
};

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1)
    throw std::runtime_error("OpenSSL has no random numbers");
  return bytes;
}

Problem of_another_version(unsigned version) {
  return Problem{fmt::format("a block of history is of version {}, which this program does not know", version)};
}

Problem damaged(std::string_view why) { return Problem{fmt::format("a block of history is damaged: {}", why)}; }

Result<PackedBlock> open(std::string_view block) {
  if (block.empty()) return damaged("it is empty");
  if (block[0] != kVersion) return of_another_version(static_cast<unsigned char>(block[0]));
  return PackedBlock::open(std::string(block));
}

bool is_of_version_2(std::string_view block) { return !block.empty() && block[0] == kHistoryVersion2; }

}  // namespace

Content content_of(const HistoryColumns& c) {
  Content content;
  content.rows = static_cast<std::uint32_t>(c.rows());
  content.first_us = c.first_us_;
  content.last_us = c.last_us_;

  Dictionary names(c.subjects_.size()), rules(c.subjects_.size()), answers(c.subjects_.size());
  std::vector<std::uint32_t> name, rule, answer, type, rcode, verdict, ede;
  for (auto* column : {&name, &rule, &answer, &type, &rcode, &verdict, &ede}) column->reserve(c.subjects_.size());
  for (const auto& s : c.subjects_) {
    name.push_back(names.place_of(c.name_of(s)));
    rule.push_back(rules.place_of(c.rule_of(s)));
    answer.push_back(answers.place_of(c.answers_of(s)));
    type.push_back(s.type);
    rcode.push_back(s.rcode);
    verdict.push_back(static_cast<std::uint32_t>(s.verdict));
    ede.push_back(s.has_ede ? 1U + s.ede : 0U);
  }
  names.write(content, Texts::names, Numbers::name_length);
  rules.write(content, Texts::rules, Numbers::rule_length);
  answers.write(content, Texts::answers, Numbers::answers_length);
  content[Numbers::subject_name] = planes_of(name);
  content[Numbers::subject_rule] = planes_of(rule);
  content[Numbers::subject_answers] = planes_of(answer);
  content[Numbers::subject_type] = planes_of(type);
  content[Numbers::subject_rcode] = planes_of(rcode);
  content[Numbers::subject_verdict] = planes_of(verdict);
  content[Numbers::subject_ede] = planes_of(ede);

  std::vector<std::uint64_t> differences;
  differences.reserve(c.times_.size());
  std::uint64_t before = 0;
  for (const std::int64_t time_us : c.times_) {
    const auto time = static_cast<std::uint64_t>(time_us);
    differences.push_back(zigzag(static_cast<std::int64_t>(time - before)));
    before = time;
  }
  content[Numbers::time] = planes_of(differences);
  Places clients(c.addresses_.size()), upstreams(c.addresses_.size());
  content[Numbers::client] = planes_of(clients.of(c.clients_));
  content[Numbers::upstream] = planes_of(upstreams.of(c.upstreams_));
  content[Numbers::mark] = planes_of(c.marks_);
  content[Numbers::port] = planes_of(c.ports_);
  content[Numbers::subject] = planes_of(c.row_subjects_);
  content[Numbers::flags] = planes_of(c.flags_);
  content[Numbers::latency] = planes_of(c.latencies_);
  content[Numbers::gap] = planes_of(c.gaps_);

  const std::string salts = random_bytes(clients.used().size() * kSalt);
  for (std::size_t i = 0; i < clients.used().size(); i++)
    append_client(content[Texts::clients],
                  {c.addresses_[clients.used()[i]].address, std::string_view(salts).substr(i * kSalt, kSalt), {}});
  for (const std::uint32_t used : upstreams.used()) {
    const IpAddress& address = c.addresses_[used].address;
    content[Texts::upstreams] += static_cast<char>(address.family());
    for (const std::uint8_t byte : address.bytes()) content[Texts::upstreams] += static_cast<char>(byte);
  }
  return content;
}

std::string encode_block(const HistoryColumns& columns) {
  std::vector<Content> parts;
  parts.push_back(content_of(columns));
  return pack(parts);
}

Result<std::vector<QueryRecord>> decode_block(std::string_view block) {
  if (is_of_version_2(block)) return decode_block_2(block);
  auto opened = open(block);
  if (!opened) return opened.error();
  std::vector<QueryRecord> records;
  for (std::size_t p = 0; p < opened->parts().size(); p++) {
    HistoryPart part(*opened, p);
    for (std::size_t row = 0; row < part.rows() && opened->ok(); row++) records.push_back(part.record(row));
  }
  if (!opened->ok()) return damaged("its columns do not fit its rows");
  return records;
}

Result<std::vector<std::string>> block_digests(std::string_view block) {
  if (is_of_version_2(block)) return std::vector{sha256_of(block)};
  auto opened = open(block);
  if (!opened) return opened.error();
  std::vector<std::string> digests;
  for (std::size_t p = 0; p < opened->parts().size(); p++) digests.push_back(content_digest(opened->content(p)));
  if (!opened->ok()) return damaged("a column cannot be unpacked");
  return digests;
}

Result<std::string> merge_blocks(const std::vector<std::string>& blocks) {
  std::vector<Content> parts;
  for (const std::string& block : blocks) {
    auto opened = open(block);
    if (!opened) return opened.error();
    for (std::size_t p = 0; p < opened->parts().size(); p++) parts.push_back(opened->content(p));
    if (!opened->ok()) return damaged("a column cannot be unpacked");
  }
  return Result<std::string>(boost::system::in_place_value, pack(parts));
}

Result<std::optional<std::string>> erase_client(std::string_view block, const IpAddress& client) {
  auto opened = open(block);
  if (!opened) return opened.error();
  std::vector<Content> parts;
  bool found = false;
  for (std::size_t p = 0; p < opened->parts().size(); p++) {
    Content& part = parts.emplace_back(opened->content(p));
    const std::string before = std::move(part[Texts::clients]);
    std::vector<ClientEntry> entries;
    if (!opened->ok() || !read_clients(before, entries)) return damaged("its clients cannot be read");
    part[Texts::clients].clear();
    for (ClientEntry& entry : entries) {
      std::string commitment;
      if (!entry.erased() && entry.address == client) {
        found = true;
        commitment = commitment_of(entry);
        entry = {{}, {}, commitment};
      }
      append_client(part[Texts::clients], entry);
    }
  }
  if (!found) return std::optional<std::string>();
  return std::optional<std::string>(pack(parts));
}

}  // namespace sinkfeed
