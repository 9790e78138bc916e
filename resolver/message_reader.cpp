#include "resolver/message_reader.hpp"

#include <algorithm>
#include <cstring>

namespace sinkfeed {

namespace {

constexpr std::size_t kMaxPointers = 127;  // as many as a name has labels
constexpr std::size_t kMoreRoom = 32768;

// What RDATA consists of, in this order.
struct Shape {
  std::uint16_t head = 0;    // bytes
  std::uint8_t strings = 0;  // with a length byte each
  std::uint8_t names = 0;
  std::uint16_t tail = 0;  // bytes, `open`: at least
  bool open = false;
  bool compressed = true;  // names may be
};
constexpr std::uint8_t kStringsToTheEnd = 255;

constexpr Shape shape_of(std::uint16_t type) {
  switch (type) {
    case dns::A:
      return {.head = 4};
    case dns::AAAA:
      return {.head = 16};
    case dns::NS:
    case 3:  // MD
    case 4:  // MF
    case dns::CNAME:
    case 7:  // MB
    case 8:  // MG
    case 9:  // MR
    case dns::PTR:
    case dns::DNAME:
      return {.names = 1};
    case dns::SOA:
      return {.names = 2, .tail = 20};
    case dns::HINFO:
      return {.strings = 2};
    case 14:  // MINFO
    case 17:  // RP
      return {.names = 2};
    case dns::MX:
    case 18:  // AFSDB
    case 21:  // RT
    case 36:  // KX
      return {.head = 2, .names = 1};
    case dns::TXT:
      return {.strings = kStringsToTheEnd};
    case 24:  // SIG
      return {.head = 18, .names = 1, .open = true};
    case 26:  // PX
      return {.head = 2, .names = 2};
    case 30:  // NXT
      return {.names = 1, .open = true};
    case dns::SRV:
      return {.head = 6, .names = 1};
    case 35:  // NAPTR
      return {.head = 4, .strings = 3, .names = 1};
    case dns::RRSIG:
      return {.head = 18, .names = 1, .open = true, .compressed = false};
    case dns::NSEC:
      return {.names = 1, .open = true, .compressed = false};
    case dns::SVCB:
    case dns::HTTPS:
      return {.head = 2, .names = 1, .open = true, .compressed = false};
    default:
      return {.open = true};
  }
}

}  // namespace

bool MessageReader::fail(std::string_view problem) {
  problem_ = problem;
  return false;
}

char* MessageReader::room(std::size_t size) {
  if (free_.size() < size) {
    const std::size_t more = std::max(size, kMoreRoom);
    more_.push_back(std::unique_ptr<char[]>(new char[more]));
    free_ = {more_.back().get(), more};
  }
  return free_.data();
}

std::string_view MessageReader::keep(std::size_t size) {
  const std::string_view kept(free_.data(), size);
  free_ = free_.subspan(size);
  return kept;
}

std::size_t MessageReader::expand_name(std::size_t end, Case as, Pointers pointers, char* to) {
  const std::uint8_t* bytes = message_.data();
  std::size_t at = at_, size = 0, followed = 0;
  std::size_t earliest = at;  // where the labels being followed began: a pointer must lead before it
  for (;;) {
    if (at >= end) return fail("a name has no end");
    const std::size_t label = bytes[at];
    if (label >= 0xc0) {
      if (pointers == Pointers::none) return fail("a name is compressed where it must not be");
      if (at + 2 > end) return fail("a name has no end");
      const std::size_t target = dns::read16(bytes + at) & 0x3fffu;
      if (target >= earliest || target < dns::kHeaderSize || followed == kMaxPointers)
        return fail("a name's pointer does not lead to an earlier name");
      if (!followed++) at_ = at + 2;
      at = earliest = target;
      end = message_.size();
      continue;
    }
    if (label > 63) return fail("a label is of an unknown kind");
    const std::size_t whole = label + 1;
    if (at + whole > end) return fail("a name has no end");
    if (size + whole + (label ? 1 : 0) > dns::kMaxName) return fail("a name is longer than 255 bytes");
    // Lengths are at most 63, below 'A', so they can be lowered with the rest.
    if (as == Case::lower) {
      for (std::size_t i = 0; i < whole; i++) to[size + i] = static_cast<char>(dns::kLower[bytes[at + i]]);
    } else {
      std::memcpy(to + size, bytes + at, whole);
    }
    size += whole;
    at += whole;
    if (!label) break;
  }
  if (!followed) at_ = at;
  return size;
}

bool MessageReader::read_owner(std::string_view& owner) {
  const bool has_two = at_ + 2 <= message_.size();
  const std::uint16_t pointer = has_two ? dns::read16(message_.data() + at_) : 0;
  if (pointer >= 0xc000 && pointer == known_pointer_) {
    owner = known_owner_;
    at_ += 2;
    return true;
  }
  const std::size_t size = expand_name(message_.size(), Case::lower, Pointers::allowed, room(dns::kMaxName));
  if (!size) return false;
  owner = keep(size);
  if (pointer >= 0xc000) known_pointer_ = pointer, known_owner_ = owner;
  return true;
}

bool MessageReader::read_question() {
  if (message_.size() < dns::kHeaderSize) return fail("it is shorter than a header");
  flags_ = dns::read16(message_.data() + 2);
  for (std::size_t i = 0; i < counts_.size(); i++) counts_[i] = dns::read16(message_.data() + 6 + 2 * i);
  if (dns::read16(message_.data() + 4) != 1) return fail("it has not one question");
  at_ = dns::kHeaderSize;
  if (!read_owner(question_.owner)) return false;
  known_pointer_ = 0xc000 | dns::kHeaderSize;
  known_owner_ = question_.owner;
  if (at_ + 4 > message_.size()) return fail("it ends within its question");
  question_.type = dns::read16(message_.data() + at_);
  question_.klass = dns::read16(message_.data() + at_ + 2);
  at_ += 4;
  return true;
}

bool MessageReader::read_record(MessageRecord& record) {
  if (!read_owner(record.owner)) return false;
  if (at_ + 10 > message_.size()) return fail("it ends within a record");
  const std::uint8_t* fixed = message_.data() + at_;
  record.type = dns::read16(fixed);
  record.klass = dns::read16(fixed + 2);
  record.ttl = dns::read32(fixed + 4);
  at_ += 10;
  const std::size_t end = at_ + dns::read16(fixed + 8);
  if (end > message_.size()) return fail("it ends within a record");
  return read_rdata(end, record);
}

bool MessageReader::read_rdata(std::size_t end, MessageRecord& record) {
  const std::size_t begin = at_;
  const Shape shape = shape_of(record.type);
  at_ += shape.head;
  for (std::size_t i = 0; i < shape.strings && (shape.strings != kStringsToTheEnd || at_ < end); i++)
    at_ = at_ < end ? at_ + 1 + message_[at_] : end + 1;
  if (at_ > end) return fail("a record's data is shorter than its type");
  if (!shape.names) {
    if (at_ != end && !shape.open) return fail("a record's data is longer than its type");
    record.rdata = {reinterpret_cast<const char*>(message_.data()) + begin, end - begin};
    at_ = end;
    return true;
  }
  char* to = room(end - begin + shape.names * dns::kMaxName);
  std::size_t size = at_ - begin;
  std::memcpy(to, message_.data() + begin, size);
  for (std::size_t i = 0; i < shape.names; i++) {
    const std::size_t name =
        expand_name(end, Case::keep, shape.compressed ? Pointers::allowed : Pointers::none, to + size);
    if (!name) return false;
    size += name;
  }
  if (at_ + shape.tail > end) return fail("a record's data is shorter than its type");
  if (at_ + shape.tail < end && !shape.open) return fail("a record's data is longer than its type");
  std::memcpy(to + size, message_.data() + at_, end - at_);
  record.rdata = keep(size + end - at_);
  at_ = end;
  return true;
}

}  // namespace sinkfeed
