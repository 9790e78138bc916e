// What a block of history is made of: columns of numbers and of text, for each of its parts.
//
// A part is what was one block when it was written, and stays byte for byte what it was: the chain of evidence commits
// to it (content_digest). Blocks of quiet times are merged into one of many parts, which packs better; nothing in a
// part changes by that.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/address.hpp"

namespace sinkfeed::history_layout {

inline constexpr std::size_t kBlockRows = 65536;  // of all parts together, at most
// The most that the parts of a block can take when they are unpacked.
inline constexpr std::uint64_t kLargestContent = kBlockRows * std::uint64_t{8192};

// Columns of numbers. The first are of the dictionaries: an entry each; those from `time` on have one a row, or one of
// some rows. Each is told by what can be expected where it stands, which leaves mostly zeros (history_transforms.hpp):
// half of what a row would take otherwise.
enum class Numbers : std::uint8_t {
  rule_length,
  subject_name,  // places in the dictionaries, told as new or old
  subject_answers,
  subject_rule,  // a place
  subject_type,
  subject_rcode,
  subject_verdict,
  subject_ede,       // 1 + EDE, or 0
  time,              // when the answer left: zigzag of the difference to the row before, us
  mark,              // history_marks.hpp: what differs from the last row whose subject was as new or old
  client,            // place in Texts::clients + 1; 0: as the row before
  port,              //
  subject,           // told as new or old
  flags,             // what differs from the client's row before
  latency,           // us, of rows that no upstream was asked for
  upstream_latency,  // us, of the others
  upstream,          // place in Texts::upstreams, of rows marked so
  gap,               // records lost, of rows marked so
  name_parent,       // of names and answers: history_words.hpp
  answer_name,
};
inline constexpr std::size_t kNumbers = 20;
inline constexpr std::size_t kNumbersOfSubjects = 7;  // from subject_name on

enum class Texts : std::uint8_t {
  clients,    // an entry each: see client_entries
  upstreams,  // 4 or 6, and the address's bytes
  names,      // of version 3 alone, wire format: each ends in the root's label
  rules,
  answers,  // of version 3 alone: how many there are, as a varint, and PackedAnswers
  labels,   // of names and answers: history_words.hpp
  parents,
  answer_kinds,
  addresses_4,
  addresses_6,
  other_data,
};
inline constexpr std::size_t kTexts = 11;

// A block's first byte. All parts of a block are of its version.
inline constexpr char kVersion3 = 3, kVersion = 4;
// The columns that blocks of a version have: the first ones.
struct ColumnsOfVersion {
  std::size_t numbers = kNumbers, texts = kTexts;
};
constexpr ColumnsOfVersion columns_of(char version) {
  return version == kVersion3 ? ColumnsOfVersion{18, 5} : ColumnsOfVersion{};
}

// Numbers as planes: all lowest bytes, then all next bytes, as many as the largest number has (0 to 8). What is alike
// in them stands side by side, and reading them back is one pass without branches.
struct Planes {
  std::uint32_t count = 0;
  std::uint8_t width = 0;
  std::string bytes;  // count * width
};

template <class Number>
Planes planes_of(const std::vector<Number>& numbers) {
  std::uint64_t all = 0;
  for (const Number number : numbers) all |= number;
  Planes planes;
  planes.count = static_cast<std::uint32_t>(numbers.size());
  for (; all; all >>= 8) planes.width++;
  planes.bytes.resize(numbers.size() * planes.width);
  char* at = planes.bytes.data();
  for (unsigned plane = 0; plane < planes.width; plane++) {
    for (const Number number : numbers) *at++ = static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * plane));
  }
  return planes;
}

// One part, unpacked.
struct Content {
  char version = kVersion;
  std::uint32_t rows = 0;
  std::int64_t first_us = 0, last_us = 0;  // the earliest and the latest time of a row
  std::array<Planes, kNumbers> numbers;
  std::array<std::string, kTexts> texts;

  Planes& operator[](Numbers id) { return numbers[static_cast<std::size_t>(id)]; }
  const Planes& operator[](Numbers id) const { return numbers[static_cast<std::size_t>(id)]; }
  std::string& operator[](Texts id) { return texts[static_cast<std::size_t>(id)]; }
  const std::string& operator[](Texts id) const { return texts[static_cast<std::size_t>(id)]; }
};

// The entries of Texts::clients. What the chain commits to of a client is a hash of its address and 12 random bytes
// beside it. If the client is erased, only that hash stays: it tells nothing, and the chain is whole.
inline constexpr std::size_t kSalt = 12, kCommitment = 32;
struct ClientEntry {
  IpAddress address;           // unspecified if erased
  std::string_view salt;       // empty if erased
  std::string_view committed;  // of one that was erased
  bool erased() const { return !committed.empty(); }
};
// The entry as bytes: 4 or 6, address, salt; or 0 and the commitment.
void append_client(std::string& to, const ClientEntry& entry);
// SHA-256 of the entry's address and salt, or what is left of them.
std::string commitment_of(const ClientEntry& entry);
// False if `text` is not made of such entries.
bool read_clients(std::string_view text, std::vector<ClientEntry>& entries);

// SHA-256 of all of it, clients by their commitments.
std::string content_digest(const Content& content);

// A block's bytes: parts packed together, column by column. Of one version, and at least one.
std::string pack(const std::vector<Content>& parts);

}  // namespace sinkfeed::history_layout
