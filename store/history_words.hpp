// Names and answers of a part of a block as columns, and back: names share their parents, answers are told by their
// kinds, so that what is alike stands together. They take half a byte a row less so than as texts, and pack in a third
// of the time.
//
// clang-format off
//   name     Texts::labels: its first label; Numbers::name_parent: what is behind it, as a place in Texts::parents, told
//            as new or old. The root is the label of no bytes, whatever its parent
//   answers  Texts::answer_kinds: how many items (varint), and of each its kind (1 byte):
//              1 A, 28 AAAA   the address is the next in Texts::addresses_4 or _6
//              5 CNAME        the name is Numbers::answer_name's next, told as new or old behind those of subjects
//              0              type(2, big-endian), length(1), and as many bytes in Texts::other_data
//              other          the type itself, length(1), bytes likewise
// clang-format on
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/history_layout.hpp"
#include "store/history_transforms.hpp"
#include "store/history_unpack.hpp"

namespace sinkfeed::history_layout {

// Texts that are kept once, in the order in which they first came. Views stay the caller's.
class Dictionary {
 public:
  explicit Dictionary(std::size_t expected);
  std::uint32_t place_of(std::string_view entry);
  const std::vector<std::string_view>& entries() const { return entries_; }
  std::size_t bytes() const { return bytes_; }  // of all entries

 private:
  struct Slot {
    std::uint32_t place = 0;  // + 1; 0 is free
    std::uint32_t hash = 0;
  };
  void grow();

  std::vector<Slot> slots_;  // a power of two, at most half full
  std::vector<std::string_view> entries_;
  std::size_t bytes_ = 0;
};

// One part's, as it is made. What is given in must stay until write() has returned.
class WordColumns {
 public:
  explicit WordColumns(std::size_t subjects) : names_(subjects), answers_(subjects) {}
  // For Numbers::subject_name and subject_answers: first all subjects', in their order, then write().
  std::uint32_t told_name(std::string_view wire) { return name_places_.told<std::uint32_t>(names_.place_of(wire)); }
  std::uint32_t told_answers(std::string_view packed) {
    return answers_places_.told<std::uint32_t>(answers_.place_of(packed));
  }
  void write(Content& to);
  // After write(): what of the subjects' names and answers can be searched for (store/name_filter.hpp).
  std::vector<std::uint64_t> take_hashes() { return std::move(hashes_); }

 private:
  void write_answers(Content& to);
  void write_names(Content& to, std::size_t asked);

  Dictionary names_, answers_;
  NewOrOld name_places_, answers_places_;
  std::vector<std::uint64_t> hashes_;
};

// Entries that are put together from columns.
struct JoinedTexts {
  std::string bytes;
  std::vector<std::string_view> entries;  // of `bytes`, which must not move
};
// False if the columns do not fit each other: what is there then is some of the entries.
bool join_names(PackedBlock& block, std::size_t part, JoinedTexts& names);
bool join_answers(PackedBlock& block, std::size_t part, const std::vector<std::string_view>& names,
                  JoinedTexts& answers);

// Takes a name off the front of `rest`: nothing if there is none.
std::string_view take_wire_name(std::string_view& rest);

}  // namespace sinkfeed::history_layout
