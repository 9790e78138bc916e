// Reads a DNS message record by record: names without compression, RDATA checked against its type (RFC 1035 4).
//
// A pointer of a name leads to an earlier place, so that none leads round: before the labels it follows, behind the
// header, at most 127 in a row. RDATA is what its type says, to the byte: that of RFC 1035's types with names, of those
// that RFC 3597 4 says to decompress on receipt and of DNAME may be compressed; that of RRSIG, NSEC, SVCB and HTTPS is
// checked and must not be; that of all others passes as it is (RFC 3597 3). What we prepared ourselves is walked by
// wire_name.
//
// ldns, which read these messages before, was laxer: it took pointers forward and compressed names in RRSIG and NSEC,
// did not know SVCB and HTTPS, took RDATA that is shorter or longer than its type (and read the next record from the
// wrong place then) and names that run on behind their RDATA. It was stricter only about the inside of types that we
// pass byte for byte. The fuzz target `judge` compares the two.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "resolver/wire.hpp"

namespace sinkfeed {

struct MessageRecord {
  std::string_view owner;  // wire format, lower case
  std::string_view rdata;  // its names in the case they came in
  std::uint32_t ttl = 0;   // as it came
  std::uint16_t type = 0;
  std::uint16_t klass = 0;
};

// Allocates nothing for a message of usual size. What it gives views into lives as long as it and the message.
class MessageReader {
 public:
  enum class Section : std::uint8_t { answer, authority, additional };

  explicit MessageReader(std::span<const std::uint8_t> message) : message_(message) {}
  MessageReader(const MessageReader&) = delete;
  MessageReader& operator=(const MessageReader&) = delete;

  // Header and question first. False: malformed, or not one question.
  bool read_question();
  std::uint16_t flags() const { return flags_; }
  const MessageRecord& question() const { return question_; }  // owner, type and class

  // Then as many records as the sections count, in order. False: malformed.
  unsigned count(Section section) const { return counts_[static_cast<std::size_t>(section)]; }
  bool read_record(MessageRecord& record);

  // What is wrong, once something returned false: part of a sentence.
  std::string_view problem() const { return problem_; }

 private:
  enum class Case : bool { keep, lower };
  enum class Pointers : bool { none, allowed };

  bool fail(std::string_view problem);
  bool read_owner(std::string_view& owner);
  bool read_rdata(std::size_t end, MessageRecord& record);
  // Writes the name at `at_`, whose own bytes end before `end`, to `to`, which has room for 255 bytes. Its size; 0:
  // malformed.
  std::size_t expand_name(std::size_t end, Case as, Pointers pointers, char* to);
  // A place for `size` bytes; keep() says how many were used.
  char* room(std::size_t size);
  std::string_view keep(std::size_t size);

  std::span<const std::uint8_t> message_;
  std::size_t at_ = 0;
  std::uint16_t flags_ = 0;
  std::array<std::uint16_t, 3> counts_{};
  MessageRecord question_;
  std::string_view problem_;
  // Most owners are a pointer to the question, or the pointer that the record before had.
  std::uint16_t known_pointer_ = 0;
  std::string_view known_owner_;
  std::array<char, 4096> first_;
  std::vector<std::unique_ptr<char[]>> more_;
  std::span<char> free_{first_.data(), first_.size()};  // what is left of the room
};

}  // namespace sinkfeed
