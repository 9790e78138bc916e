// clang-format off
//   history_names   'l' and 'w', then the key of the first block -> number of blocks (varint), their keys (12 each);
//                   of 'w' the filter behind them (name_filter.hpp). 'k' and 'f': once the same, of names alone
// clang-format on
// The keys alone are read at each start, the filters by each search for a name.
#include "store/history_names.hpp"

#include <algorithm>
#include <utility>

#include "store/history_block.hpp"
#include "store/name_filter.hpp"
#include "store/varints.hpp"
#include "store/wire_name.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kKey = 12;
constexpr std::size_t kLately = 1 << 16;
constexpr char kList = 'l', kWords = 'w';

// Takes the keys from the front of an entry's value and leaves the filter. Nothing if it is damaged.
std::optional<std::vector<std::string>> take_keys(std::string_view& value) {
  std::uint64_t count = 0;
  if (!take_varint(value, count) || count > value.size() / kKey) return std::nullopt;
  std::vector<std::string> keys;
  keys.reserve(count);
  for (; count; count--, value.remove_prefix(kKey)) keys.emplace_back(value.substr(0, kKey));
  return keys;
}

Problem damaged() {
  return Problem{"the filters of names and answers in the history are damaged: restore the store from a backup"};
}

// Calls visit(keys, filter) for each entry of the kind.
template <class Visit>
Result<void> each_entry(const Database& database, char kind, const Visit& visit) {
  bool is_damaged = false;
  auto read = database.scan(Column::history_names, std::string(1, kind), std::string(1, static_cast<char>(kind + 1)),
                            [&](std::string_view, std::string_view value) {
                              auto keys = take_keys(value);
                              is_damaged = !keys;
                              if (keys) visit(*std::move(keys), value);
                              return !is_damaged;
                            });
  if (read && is_damaged) return damaged();
  return read;
}

}  // namespace

void HistoryNames::note(std::uint64_t hash) {
  if (std::exchange(lately_[hash % kLately], hash) != hash) hashes_.push_back(hash);
}

void HistoryNames::note(std::string_view name) {
  if (name == before_) return;
  before_ = name;
  put_name_hashes(name, [&](std::uint64_t hash) { note(hash); });
}

void HistoryNames::note_answers(std::string_view packed) {
  if (packed == answers_before_) return;
  answers_before_ = packed;
  put_answer_hashes(packed, [&](std::uint64_t hash) { note(hash); });
}

void HistoryNames::forget() {
  hashes_.clear();
  before_.clear();
  answers_before_.clear();
  lately_.resize(kLately);
  // At each place what no hash there can be.
  for (std::size_t place = 0; place < kLately; place++) lately_[place] = place + 1;
}

void HistoryNames::add(const std::string& key, const HistoryColumns& columns, Database::Batch& batch) {
  for (std::uint32_t subject = 0; subject < columns.subjects(); subject++) {
    note(columns.answer(subject).name);
    note_answers(columns.answer(subject).answers);
  }
  if (columns.has_gaps()) note(kHashOfGaps);
  finish(key, columns.rows(), batch);
}

Result<void> HistoryNames::add(const std::string& key, const std::string& block, Database::Batch& batch) {
  const auto words = words_of_block(block);
  if (!words) return words.error();
  for (const std::string& name : words->names) note(name);
  for (const std::string& packed : words->answers) note_answers(packed);
  if (words->has_gaps) note(kHashOfGaps);
  finish(key, words->rows, batch);
  return {};
}

void HistoryNames::replace(const std::string& first, std::size_t count, const std::string& by) {
  const auto from = std::find(keys_.begin(), keys_.end(), first);
  *from = by;
  keys_.erase(from + 1, from + static_cast<std::ptrdiff_t>(count));
}

void HistoryNames::finish(const std::string& key, std::size_t rows, Database::Batch& batch) {
  keys_.push_back(key);
  rows_ += rows;
  const bool is_whole = rows_ >= kRows || keys_.size() >= kBlocks;
  if (!is_whole && hashes_.size() < kHashes) return;
  std::sort(hashes_.begin(), hashes_.end());
  hashes_.erase(std::unique(hashes_.begin(), hashes_.end()), hashes_.end());
  if (!is_whole && hashes_.size() < kHashes / 2) return;
  std::string value;
  append_varint(value, keys_.size());
  for (const std::string& one : keys_) value += one;
  batch.put(Column::history_names, kList + keys_.front(), value);
  batch.put(Column::history_names, kWords + keys_.front(), value + make_name_filter(hashes_));
  forget();
  keys_.clear();
  rows_ = 0;
}

Result<BlockKeys> blocks_with_names(const Database& database) {
  BlockKeys found;
  const auto read = each_entry(database, kList, [&](std::vector<std::string> keys, std::string_view) {
    for (std::string& key : keys) found.insert(std::move(key));
  });
  if (!read) return read.error();
  return found;
}

Result<BlockKeys> blocks_without(const Database& database, const std::vector<std::uint64_t>& hashes) {
  BlockKeys without;
  const auto read = each_entry(database, kWords, [&](std::vector<std::string> keys, std::string_view bytes) {
    const auto filter = NameFilter::read(bytes);
    // What was lost in a gap may have been anything.
    const bool may_match = !filter || filter->may_hold(kHashOfGaps) ||
                           std::all_of(hashes.begin(), hashes.end(), [&](auto hash) { return filter->may_hold(hash); });
    if (may_match) return;
    for (std::string& key : keys) without.insert(std::move(key));
  });
  if (!read) return read.error();
  return without;
}

Result<std::optional<NamesEntry>> next_names(const Database& database, std::string_view key) {
  std::optional<NamesEntry> entry;
  bool is_damaged = false;
  const auto read = database.scan(Column::history_names, key.empty() ? std::string(1, kWords) : std::string(key) + '\0',
                                  "", [&](std::string_view at, std::string_view value) {
                                    auto keys = take_keys(value);
                                    is_damaged = !keys;
                                    if (keys) entry = {std::string(at), *std::move(keys), std::string(value)};
                                    return false;
                                  });
  if (!read) return read.error();
  if (is_damaged) return damaged();
  return entry;
}

Result<void> drop_names_of_no_block(Database& database, const std::function<bool(const std::string& key)>& is_there) {
  Database::Batch batch;
  const auto read = each_entry(database, kList, [&](const std::vector<std::string>& keys, std::string_view) {
    if (std::any_of(keys.begin(), keys.end(), is_there)) return;
    batch.remove(Column::history_names, kList + keys.front());
    batch.remove(Column::history_names, kWords + keys.front());
  });
  if (!read) return read.error();
  if (batch.empty()) return {};
  return database.write(batch);
}

Result<void> drop_former_names(Database& database) {
  for (const char kind : {'k', 'f'}) {
    const std::string from(1, kind), to(1, static_cast<char>(kind + 1));
    bool is_there = false;
    auto done = database.scan(Column::history_names, from, to, [&](std::string_view, std::string_view) {
      is_there = true;
      return false;
    });
    if (done && is_there) done = database.drop_range(Column::history_names, from, to);
    if (!done) return done;
  }
  return {};
}

}  // namespace sinkfeed
