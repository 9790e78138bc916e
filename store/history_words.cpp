#include "store/history_words.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

#include "store/history_columns.hpp"
#include "store/name_filter.hpp"
#include "store/varints.hpp"
#include "store/wire_name.hpp"

namespace sinkfeed::history_layout {

namespace {

constexpr std::string_view kRootName{"\0", 1};
constexpr unsigned kTypeA = 1, kTypeCname = 5, kTypeAaaa = 28;
constexpr std::size_t kAddress4 = 4, kAddress6 = 16;

// A kind that says all that there is to say of the item's type and length.
bool has_own_kind(const PackedAnswers::Item& item) {
  return (item.type == kTypeA && item.bytes.size() == kAddress4) ||
         (item.type == kTypeAaaa && item.bytes.size() == kAddress6) ||
         (item.type == kTypeCname && is_wire_name(item.bytes));
}

bool is_own_kind(unsigned kind) { return kind == kTypeA || kind == kTypeAaaa || kind == kTypeCname; }

// Bytes from the front of `rest`; nothing, and false, if it has not so many.
bool take_bytes(std::string_view& rest, std::size_t count, std::string_view& bytes) {
  if (rest.size() < count) return false;
  bytes = rest.substr(0, count);
  rest.remove_prefix(count);
  return true;
}

// The columns of answers, read from the front.
struct AnswerReader {
  std::string_view kinds, addresses_4, addresses_6, other_data;
  const std::vector<std::string_view>& names;
  std::vector<std::uint32_t> answer_names;
  NewOrOld name_places;
  std::size_t next_name = 0;

  // Appends the next item as PackedAnswers have it. False if there is none.
  bool take(std::string& to) {
    std::string_view kind, bytes;
    if (!take_bytes(kinds, 1, kind)) return false;
    unsigned type = static_cast<unsigned char>(kind[0]);
    if (type == kTypeA) {
      if (!take_bytes(addresses_4, kAddress4, bytes)) return false;
    } else if (type == kTypeAaaa) {
      if (!take_bytes(addresses_6, kAddress6, bytes)) return false;
    } else if (type == kTypeCname) {
      if (next_name == answer_names.size()) return false;
      const std::uint32_t place = name_places.place(answer_names[next_name++]);
      if (place >= names.size()) return false;
      bytes = names[place];
    } else {
      std::string_view wide, length;
      if (type == 0) {
        if (!take_bytes(kinds, 2, wide)) return false;
        type = static_cast<unsigned char>(wide[0]) << 8U | static_cast<unsigned char>(wide[1]);
      }
      if (!take_bytes(kinds, 1, length) || !take_bytes(other_data, static_cast<unsigned char>(length[0]), bytes))
        return false;
    }
    PackedAnswers::append(to, static_cast<std::uint16_t>(type), bytes);
    return true;
  }
  bool at_end() const {
    return kinds.empty() && addresses_4.empty() && addresses_6.empty() && other_data.empty() &&
           next_name == answer_names.size();
  }
};

}  // namespace

Dictionary::Dictionary(std::size_t expected) : slots_(64) {
  while (slots_.size() < 2 * expected) slots_.resize(2 * slots_.size());
  entries_.reserve(expected);
}

std::uint32_t Dictionary::place_of(std::string_view entry) {
  const std::uint64_t wide = XXH3_64bits(entry.data(), entry.size());
  const auto hash = static_cast<std::uint32_t>(wide ^ wide >> 32);
  std::size_t at = hash & (slots_.size() - 1);
  for (; slots_[at].place; at = (at + 1) & (slots_.size() - 1)) {
    if (slots_[at].hash == hash && entries_[slots_[at].place - 1] == entry) return slots_[at].place - 1;
  }
  entries_.push_back(entry);
  bytes_ += entry.size();
  const auto place = static_cast<std::uint32_t>(entries_.size());
  slots_[at] = {place, hash};
  if (2 * entries_.size() > slots_.size()) grow();
  return place - 1;
}

void Dictionary::grow() {
  std::vector<Slot> before(2 * slots_.size());
  before.swap(slots_);
  for (const Slot& slot : before) {
    if (!slot.place) continue;
    std::size_t at = slot.hash & (slots_.size() - 1);
    while (slots_[at].place) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
  }
}

void WordColumns::write(Content& to) {
  const std::size_t asked = names_.entries().size();
  write_answers(to);
  write_names(to, asked);
}

void WordColumns::write_answers(Content& to) {
  std::vector<std::uint32_t> answer_names;
  std::vector<PackedAnswers::Item> items;
  std::string& kinds = to[Texts::answer_kinds];
  for (std::string_view entry : answers_.entries()) {
    items.clear();
    while (const auto item = PackedAnswers::take(entry)) items.push_back(*item);
    append_varint(kinds, items.size());
    for (const auto& item : items) {
      if (has_own_kind(item)) {
        kinds += static_cast<char>(item.type);
        if (item.type == kTypeCname) {
          answer_names.push_back(told_name(item.bytes));
          continue;
        }
        to[item.type == kTypeA ? Texts::addresses_4 : Texts::addresses_6] += item.bytes;
        hashes_.push_back(hash_of_answer(item.bytes));
        continue;
      }
      if (item.type == 0 || item.type > 255 || is_own_kind(item.type)) {
        kinds += '\0';
        kinds += static_cast<char>(item.type >> 8U);
      }
      kinds += static_cast<char>(item.type);
      kinds += static_cast<char>(item.bytes.size());
      to[Texts::other_data] += item.bytes;
    }
  }
  to[Numbers::answer_name] = planes_of(answer_names);
}

// The first `asked` are subjects' names; what answers lead to is nothing that was asked for.
void WordColumns::write_names(Content& to, std::size_t asked) {
  Dictionary parents(names_.entries().size());
  NewOrOld places;
  std::vector<std::uint32_t> parent_of_names;
  parent_of_names.reserve(names_.entries().size());
  std::string& labels = to[Texts::labels];
  labels.reserve(names_.bytes());
  for (const std::string_view name : names_.entries()) {
    const std::size_t label = 1U + static_cast<unsigned char>(name[0]);
    labels += name.substr(0, label);
    const std::string_view parent = label < name.size() ? name.substr(label) : kRootName;
    const std::uint32_t place = parents.place_of(parent);
    const bool is_new = places.is_new(place);
    parent_of_names.push_back(places.told<std::uint32_t>(place));
    if (parent_of_names.size() > asked) continue;
    hashes_.push_back(hash_of_name(name));
    if (is_new) put_below_hashes(parent, [&](std::uint64_t hash) { hashes_.push_back(hash); });
  }
  to[Numbers::name_parent] = planes_of(parent_of_names);
  to[Texts::parents].reserve(parents.bytes());
  for (const std::string_view parent : parents.entries()) to[Texts::parents] += parent;
}

std::string_view take_wire_name(std::string_view& rest) {
  std::size_t end = 0;
  while (end < rest.size() && rest[end] != '\0') end += 1U + static_cast<unsigned char>(rest[end]);
  if (end >= rest.size()) return {};
  const std::string_view name = rest.substr(0, end + 1);
  rest.remove_prefix(name.size());
  return name;
}

bool join_names(PackedBlock& block, std::size_t part, JoinedTexts& names) {
  std::vector<std::string_view> parents;
  for (std::string_view rest = block.text(part, Texts::parents); !rest.empty();) {
    parents.push_back(take_wire_name(rest));
    if (!is_wire_name(parents.back())) return false;
  }
  std::string_view labels = block.text(part, Texts::labels);
  // Room for what is only claimed costs seconds.
  if (block.count(part, Numbers::name_parent) > labels.size()) return false;
  auto parent_of_names = block.numbers<std::uint32_t>(part, Numbers::name_parent);
  NewOrOld places;
  std::size_t bytes = labels.size();
  for (std::uint32_t& parent : parent_of_names) {
    parent = places.place(parent);
    if (parent >= parents.size()) return false;
    bytes += parents[parent].size();
  }
  if (bytes > kLargestContent) return false;
  names.bytes.reserve(bytes);
  names.entries.reserve(parent_of_names.size());
  for (const std::uint32_t parent : parent_of_names) {
    std::string_view label;
    if (labels.empty() || !take_bytes(labels, 1U + static_cast<unsigned char>(labels[0]), label)) return false;
    const std::size_t before = names.bytes.size();
    names.bytes += label;
    if (label.size() > 1) names.bytes += parents[parent];
    names.entries.push_back(std::string_view(names.bytes).substr(before));
    if (!is_wire_name(names.entries.back())) return false;
  }
  return labels.empty();
}

bool join_answers(PackedBlock& block, std::size_t part, const std::vector<std::string_view>& names,
                  JoinedTexts& answers) {
  if (block.count(part, Numbers::answer_name) > block.text(part, Texts::answer_kinds).size()) return false;
  const auto subject_names = block.numbers<std::uint32_t>(part, Numbers::subject_name);
  const auto told_as_new = std::count(subject_names.begin(), subject_names.end(), 0U);
  AnswerReader in{block.text(part, Texts::answer_kinds),
                  block.text(part, Texts::addresses_4),
                  block.text(part, Texts::addresses_6),
                  block.text(part, Texts::other_data),
                  names,
                  block.numbers<std::uint32_t>(part, Numbers::answer_name),
                  NewOrOld(static_cast<std::uint32_t>(told_as_new))};
  std::vector<std::size_t> ends;
  while (!in.kinds.empty()) {
    std::uint64_t items = 0;
    if (!take_varint(in.kinds, items)) return false;
    const std::size_t before = answers.bytes.size();
    for (; items; items--) {
      // The most that a row can have had; a few bytes of columns are no more than that here.
      if (!in.take(answers.bytes) || answers.bytes.size() - before > kLongestAnswers) return false;
    }
    ends.push_back(answers.bytes.size());
    if (ends.size() > kBlockRows) return false;
  }
  std::size_t at = 0;
  for (const std::size_t end : ends)
    answers.entries.push_back(std::string_view(answers.bytes).substr(at, end - at)), at = end;
  return in.at_end();
}

}  // namespace sinkfeed::history_layout
