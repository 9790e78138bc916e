// clang-format off
//   history_names   'm' and the key of the first block -> 1 if records were lost, else 0 (1 byte), number of blocks
//                   (varint), their keys (12 each)
//                   'n', shard (1 byte), key of the first block -> the filter of this shard (name_filter.hpp)
//                   'f', 'k', 'l' and 'w': once the same of other filters
// clang-format on
// The lists are read at each start, and by each search for a name.
#include "store/history_names.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "store/name_filter.hpp"
#include "store/varints.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kKey = 12;
constexpr std::size_t kLately = 1 << 16;
constexpr char kList = 'm', kPiece = 'n';
constexpr std::size_t kShards = 64;

std::size_t shard_of(std::uint64_t hash) { return hash >> 58U; }

std::string piece_key(std::size_t shard, std::string_view first) {
  std::string key(1, kPiece);
  key += static_cast<char>(shard);
  return key += first;
}

struct List {
  std::vector<std::string> keys;
  bool has_gaps = false;
};

std::optional<List> read_list(std::string_view value) {
  std::uint64_t count = 0;
  if (value.empty()) return std::nullopt;
  List list;
  list.has_gaps = value[0] != 0;
  value.remove_prefix(1);
  if (!take_varint(value, count) || !count || value.size() != count * kKey) return std::nullopt;
  list.keys.reserve(count);
  for (; count; count--, value.remove_prefix(kKey)) list.keys.emplace_back(value.substr(0, kKey));
  return list;
}

Problem damaged() {
  return Problem{"the filters of names and answers in the history are damaged: restore the store from a backup"};
}

// Calls visit(key of the first block, list) for each.
template <class Visit>
Result<void> each_list(const Database& database, const Visit& visit) {
  bool is_damaged = false;
  auto read = database.scan(Column::history_names, std::string(1, kList), std::string(1, static_cast<char>(kList + 1)),
                            [&](std::string_view key, std::string_view value) {
                              auto list = read_list(value);
                              is_damaged = !list;
                              if (list) visit(key.substr(1), *std::move(list));
                              return !is_damaged;
                            });
  if (read && is_damaged) return damaged();
  return read;
}

void remove_filter(Database::Batch& batch, std::string_view first) {
  batch.remove(Column::history_names, kList + std::string(first));
  for (std::size_t shard = 0; shard < kShards; shard++) batch.remove(Column::history_names, piece_key(shard, first));
}

}  // namespace

void HistoryNames::forget() {
  hashes_.clear();
  has_gaps_ = false;
  rows_ = 0;
  keys_.clear();
  lately_.resize(kLately);
  // At each place what no hash there can be.
  for (std::size_t place = 0; place < kLately; place++) lately_[place] = place + 1;
}

Result<void> HistoryNames::add(const std::string& key, const std::string& block, Database::Batch& batch) {
  const auto words = words_of_block(block);
  if (!words) return words.error();
  BlockHashes found{{}, words->rows, words->has_gaps};
  const auto put = [&](std::uint64_t hash) { found.hashes.push_back(hash); };
  for (const std::string& name : words->names) put_name_hashes(name, put);
  for (const std::string& packed : words->answers) put_answer_hashes(packed, put);
  add(key, found, batch);
  return {};
}

void HistoryNames::add(const std::string& key, const BlockHashes& block, Database::Batch& batch) {
  for (const std::uint64_t hash : block.hashes) {
    if (std::exchange(lately_[hash % kLately], hash) != hash) hashes_.push_back(hash);
  }
  has_gaps_ |= block.has_gaps;
  keys_.push_back(key);
  rows_ += block.rows;
  const bool is_whole = rows_ >= kRows || keys_.size() >= kBlocks;
  if (!is_whole && hashes_.size() < kHashes) return;
  std::sort(hashes_.begin(), hashes_.end());
  hashes_.erase(std::unique(hashes_.begin(), hashes_.end()), hashes_.end());
  if (!is_whole && hashes_.size() < kHashes / 2) return;
  std::string list(1, has_gaps_ ? '\1' : '\0');
  append_varint(list, keys_.size());
  for (const std::string& one : keys_) list += one;
  batch.put(Column::history_names, kList + keys_.front(), std::move(list));
  const std::span<const std::uint64_t> all(hashes_);
  for (std::size_t shard = 0, from = 0; shard < kShards; shard++) {
    std::size_t to = from;
    while (to < all.size() && shard_of(all[to]) == shard) to++;
    batch.put(Column::history_names, piece_key(shard, keys_.front()), make_name_filter(all.subspan(from, to - from)));
    from = to;
  }
  forget();
}

void HistoryNames::replace(const std::string& first, std::size_t count, const std::string& by) {
  const auto from = std::find(keys_.begin(), keys_.end(), first);
  *from = by;
  keys_.erase(from + 1, from + static_cast<std::ptrdiff_t>(count));
}

Result<BlockKeys> blocks_with_names(const Database& database) {
  BlockKeys found;
  const auto read = each_list(database, [&](std::string_view, List list) {
    for (std::string& key : list.keys) found.insert(std::move(key));
  });
  if (!read) return read.error();
  return found;
}

Result<BlockKeys> blocks_without(const Database& database, const std::vector<std::uint64_t>& hashes) {
  std::map<std::string, List, std::less<>> lists;
  auto read = each_list(database, [&](std::string_view first, List list) {
    if (!list.has_gaps) lists.emplace(first, std::move(list));
  });
  BlockKeys without;
  for (const std::uint64_t hash : hashes) {
    if (!read) break;
    const std::size_t shard = shard_of(hash);
    read = database.scan(Column::history_names, piece_key(shard, ""), piece_key(shard + 1, ""),
                         [&](std::string_view key, std::string_view bytes) {
                           const auto list = lists.find(key.substr(2));
                           const auto filter = NameFilter::read(bytes);
                           if (list == lists.end() || !filter || filter->may_hold(hash)) return true;
                           for (std::string& one : list->second.keys) without.insert(std::move(one));
                           lists.erase(list);
                           return true;
                         });
  }
  if (!read) return read.error();
  return without;
}

bool NamesEntry::may_hold(std::uint64_t hash) const {
  const auto filter = NameFilter::read(pieces.at(shard_of(hash)));
  return has_gaps || !filter || filter->may_hold(hash);
}

Result<std::optional<NamesEntry>> next_names(const Database& database, std::string_view key) {
  std::optional<NamesEntry> entry;
  bool is_damaged = false;
  const auto read =
      database.scan(Column::history_names, key.empty() ? std::string(1, kList) : std::string(key) + '\0',
                    std::string(1, static_cast<char>(kList + 1)), [&](std::string_view at, std::string_view value) {
                      auto list = read_list(value);
                      is_damaged = !list;
                      if (list) entry = {std::string(at), std::move(list->keys), list->has_gaps, {}};
                      return false;
                    });
  if (!read) return read.error();
  if (is_damaged) return damaged();
  for (std::size_t shard = 0; entry && shard < kShards; shard++) {
    auto piece = database.get(Column::history_names, piece_key(shard, std::string_view(entry->key).substr(1)));
    if (!piece) return piece.error();
    entry->pieces.push_back(std::move(*piece).value_or(""));
  }
  return entry;
}

Result<void> drop_names_of_no_block(Database& database, const std::function<bool(const std::string& key)>& is_there) {
  Database::Batch batch;
  const auto read = each_list(database, [&](std::string_view first, const List& list) {
    if (std::none_of(list.keys.begin(), list.keys.end(), is_there)) remove_filter(batch, first);
  });
  if (!read) return read.error();
  if (batch.empty()) return {};
  return database.write(batch);
}

Result<void> drop_former_names(Database& database) {
  for (const char kind : {'f', 'k', 'l', 'w'}) {
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
