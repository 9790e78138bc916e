#include "store/chain_link.hpp"

#include <utility>

#include "store/keys.hpp"
#include "store/records.pb.h"
#include "store/sha256.hpp"

namespace sinkfeed {
namespace {

constexpr std::size_t kDigestBytes = 32;

std::uint64_t us(WallTime time) { return static_cast<std::uint64_t>(time.time_since_epoch().count()); }
WallTime from_us(std::int64_t us) { return WallTime{std::chrono::microseconds{us}}; }

bool is_kind(std::uint32_t kind) {
  return kind >= static_cast<std::uint32_t>(ChainLink::Kind::block) &&
         kind <= static_cast<std::uint32_t>(ChainLink::Kind::checkpoint);
}

}  // namespace

std::string ChainLink::canonical() const {
  std::string bytes = "sinkfeed link 1\n";
  keys::append_u64(bytes, number);
  bytes += static_cast<char>(kind);
  for (const std::uint64_t value : {us(time), us(first), us(last), rows}) keys::append_u64(bytes, value);
  bytes.append(digest).append(previous);
  keys::append_u32(bytes, static_cast<std::uint32_t>(text.size()));
  return bytes += text;
}

std::string ChainLink::hash() const { return sha256_of(canonical()); }

std::string ChainLink::encode() const {
  records::ChainRecord record;
  record.set_number(number);
  record.set_kind(static_cast<std::uint32_t>(kind));
  record.set_time_us(time.time_since_epoch().count());
  record.set_first_us(first.time_since_epoch().count());
  record.set_last_us(last.time_since_epoch().count());
  record.set_rows(rows);
  record.set_digest(digest);
  record.set_text(text);
  record.set_previous(previous);
  return record.SerializeAsString();
}

std::optional<ChainLink> ChainLink::decode(std::string_view value) {
  records::ChainRecord record;
  if (!record.ParseFromArray(value.data(), static_cast<int>(value.size())) || !is_kind(record.kind()) ||
      record.digest().size() != kDigestBytes || record.previous().size() != kDigestBytes)
    return std::nullopt;
  ChainLink link;
  link.number = record.number();
  link.kind = static_cast<Kind>(record.kind());
  link.time = from_us(record.time_us());
  link.first = from_us(record.first_us());
  link.last = from_us(record.last_us());
  link.rows = record.rows();
  link.digest = record.digest();
  link.text = record.text();
  link.previous = record.previous();
  // A field that this program does not know, or one that stands there twice, would be hashed by nobody.
  if (link.encode() != value) return std::nullopt;
  return link;
}

ChainLink ChainLink::with_text(Kind kind, WallTime time, std::string text) {
  ChainLink link;
  link.kind = kind;
  link.time = time;
  link.digest = sha256_of(text);
  link.text = std::move(text);
  return link;
}

std::string_view kind_name(ChainLink::Kind kind) {
  switch (kind) {
    case ChainLink::Kind::block:
      return "block";
    case ChainLink::Kind::action:
      return "action";
    case ChainLink::Kind::dropped:
      return "dropped";
    case ChainLink::Kind::erased:
      return "erased";
    case ChainLink::Kind::checkpoint:
      return "checkpoint";
  }
  return "unknown";
}

}  // namespace sinkfeed
