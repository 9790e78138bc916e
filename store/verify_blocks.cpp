#include "store/verify_blocks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "store/history_block.hpp"
#include "store/history_fingerprints.hpp"
#include "store/history_unpack.hpp"
#include "store/keys.hpp"
#include "store/name_filter.hpp"
#include "store/records.pb.h"
#include "store/sha256.hpp"
#include "store/verify_text.hpp"

namespace sinkfeed {
namespace {

// The links that a link of kind `dropped` names in its text.
std::optional<LinkRanges> dropped_links(std::string_view text) {
  constexpr std::string_view kStart = R"({"links":")";
  if (!text.starts_with(kStart)) return std::nullopt;
  text.remove_prefix(kStart.size());
  return parse_link_ranges(text.substr(0, text.find('"')));
}

std::string span_of(const BlockInfo& block) {
  return fmt::format("the block of {} queries from {} to {}", block.rows, format_time(block.first),
                     format_time(block.last));
}

}  // namespace

std::string VerifyBlocks::load() {
  index_.clear();
  by_link_.clear();
  dropped_.clear();
  std::string problem;
  auto read = database_.scan(Column::history_index, "", "", [&](std::string_view key, std::string_view value) {
    auto block = decode_index(key, value);
    if (!block) {
      problem = fmt::format("the index was changed at key {}: the entry cannot be read", to_hex(key));
      return false;
    }
    Entry& entry = index_[std::string{key}] = {std::move(*block), std::string{value}};
    for (const std::uint64_t link : entry.block.links) {
      if (!by_link_.emplace(link, &entry).second && problem.empty())
        problem =
            fmt::format("the index was changed: two blocks name link {}, one of them {}", link, span_of(entry.block));
    }
    return problem.empty();
  });
  if (!problem.empty()) return problem;
  if (!read) return "the index cannot be read: " + read.error().what;
  read = database_.scan(Column::chain, "", "", [&](std::string_view, std::string_view value) {
    const auto link = ChainLink::decode(value);
    if (!link || link->kind != ChainLink::Kind::dropped) return true;
    for (const auto& [from, to] : dropped_links(link->text).value_or(LinkRanges{})) dropped_.emplace(from, to);
    return true;
  });
  return read ? "" : "the chain cannot be read: " + read.error().what;
}

bool VerifyBlocks::is_dropped(std::uint64_t link) const {
  const auto after = dropped_.upper_bound(link);
  return after != dropped_.begin() && std::prev(after)->second >= link;
}

std::string VerifyBlocks::look_at(const ChainLink& link) {
  if (look_once(link).empty()) return "";
  // It may have been dropped or put together with others since the index was read.
  if (auto problem = load(); !problem.empty()) return problem;
  return look_once(link);
}

std::string VerifyBlocks::look_once(const ChainLink& link) {
  const auto found = by_link_.find(link.number);
  if (found == by_link_.end()) {
    if (is_dropped(link.number)) return "";
    return named(link) + " has no block any more: it is missing from the index, and no link says that it was dropped";
  }
  const Entry& entry = *found->second;
  if (good_.contains(entry.block.key)) return "";
  auto problem = compare(entry);
  if (problem.empty()) good_.insert(entry.block.key);
  return problem;
}

std::string VerifyBlocks::compare(const Entry& entry) {
  const BlockInfo& block = entry.block;
  const auto index_is_wrong = [&](std::string_view what) {
    return fmt::format("the index was changed: its entry for {} {}", span_of(block), what);
  };
  // What this program would not have written so.
  if (encode_index(block) != entry.value) return index_is_wrong("has something in it that does not belong there");
  std::vector<ChainLink> links;
  std::uint64_t rows = 0;
  WallTime first = WallTime::max(), last = WallTime::min();
  for (const std::uint64_t number : block.links) {
    const auto value = database_.get(Column::chain, keys::chain(number));
    const auto link = value && *value ? ChainLink::decode(**value) : std::nullopt;
    if (!link || link->kind != ChainLink::Kind::block)
      return index_is_wrong(fmt::format("names link {}, which is no block's", number));
    rows += link->rows;
    first = std::min(first, link->first);
    last = std::max(last, link->last);
    links.push_back(*link);
  }
  if (rows != block.rows || first != block.first || last != block.last)
    return index_is_wrong(fmt::format("says another time or number of queries than {}", named(links.front())));
  const auto value = database_.get(Column::history, block.key);
  if (!value) return fmt::format("{} cannot be read: {}", named(links.front()), value.error().what);
  if (!*value) return named(links.front()) + " has no block any more: the index has an entry for it, but it is missing";
  const auto digests = block_digests(**value);
  if (!digests)
    return fmt::format("the block behind {} was changed after it was written: it cannot be read any more, {}",
                       named(links.front()), digests.error().what);
  for (std::size_t i = 0; i < std::min(links.size(), digests->size()); i++) {
    if ((*digests)[i] == links[i].digest) continue;
    if (auto problem = exchanged(entry, links[i], (*digests)[i]); !problem.empty()) return problem;
    return fmt::format(
        "the block behind {} was changed after it was written: it can be read, and holds something else{}",
        named(links[i]), changed_row(**value, i, links[i]));
  }
  if (digests->size() != links.size())
    return fmt::format("the block behind {} was changed: it has {} parts instead of {}", named(links.front()),
                       digests->size(), links.size());
  if ((*value)->size() != block.bytes || sha256_of(**value) != block.sha256)
    return fmt::format(
        "the block behind {} or its entry in the index was changed: they do not fit each other, though its queries are "
        "as they were written",
        named(links.front()));
  return "";
}

std::string VerifyBlocks::exchanged(const Entry& entry, const ChainLink& link, std::string_view digest) const {
  // Another block in its place is told by what it holds.
  for (const auto& [number, other] : by_link_) {
    if (other == &entry) continue;
    const auto value = database_.get(Column::chain, keys::chain(number));
    const auto of_other = value && *value ? ChainLink::decode(**value) : std::nullopt;
    if (of_other && of_other->digest == digest)
      return fmt::format("blocks were put in another order: in the place of {} stands that of {}", named(link),
                         named(*of_other));
  }
  return "";
}

std::string VerifyBlocks::changed_row(std::string_view value, std::size_t number, const ChainLink& link) {
  const auto kept = fingerprints_in(link.text);
  auto block = history_layout::is_packed(value) ? history_layout::PackedBlock::open(std::string(value))
                                                : Result<history_layout::PackedBlock>(Problem{""});
  if (!kept || !block) return "";
  HistoryPart part(*block, number);
  const auto changed = changed_rows(part, *kept);
  if (!changed || !block->ok()) return "";
  const auto row = [&](std::size_t at) {
    if (at >= part.rows()) return fmt::format("query {}, which is missing", at + 1);
    const QueryRecord record = part.record(at);
    return fmt::format("query {}, now {} of {} for {}", at + 1, format_time(record.time), record.client.text(),
                       record.name.text());
  };
  if (changed->changed_places)
    return fmt::format(": {} and {} have changed places", row(changed->first), row(changed->last));
  if (changed->is_exact) return ": " + row(changed->first) + ", is another";
  return fmt::format(": the first that is another is among the queries {} to {}; the first of these is {}",
                     changed->first + 1, changed->last + 1, row(changed->first));
}

std::string VerifyBlocks::unlinked() const {
  for (const auto& [key, entry] : index_) {
    if (entry.block.links.empty())
      return fmt::format("{} is in no link of the chain: it was put in later", span_of(entry.block));
    for (const std::uint64_t number : entry.block.links) {
      const auto value = database_.get(Column::chain, keys::chain(number));
      const auto link = value && *value ? ChainLink::decode(**value) : std::nullopt;
      if (!link || link->kind != ChainLink::Kind::block)
        return fmt::format("{} names link {}, which is no block's: it was put in later", span_of(entry.block), number);
    }
  }
  return "";
}

std::string VerifyBlocks::stray(std::string_view key) const {
  if (index_.contains(std::string{key})) return "";
  const auto now = database_.get(Column::history_index, key);
  if (now && *now) return "";  // written since the index was read
  // Taken out of the index by retention, which deletes it next.
  const auto dropping = database_.get(Column::meta, keys::kDropping);
  const auto still = database_.get(Column::history, key);
  if (still && !*still) return "";
  records::DroppedHistory ranges;
  if (dropping && *dropping && ranges.ParseFromString(**dropping)) {
    for (int i = 0; i < std::min(ranges.from_size(), ranges.end_size()); i++) {
      if (key >= ranges.from(i) && key < ranges.end(i)) return "";
    }
  }
  // Put together with others, and read by a search still.
  const auto replaced = database_.get(Column::meta, keys::kReplaced);
  records::ReplacedHistory keys;
  if (replaced && *replaced && keys.ParseFromString(**replaced) &&
      std::find(keys.key().begin(), keys.key().end(), key) != keys.key().end())
    return "";
  const auto us = key.size() == 12 ? static_cast<std::int64_t>(keys::read_u64(key)) : 0;
  return fmt::format("a block of history that begins at {} is in no index and no link: it was put in later",
                     format_time(WallTime{std::chrono::microseconds{us}}));
}

std::string VerifyBlocks::hidden(const NamesEntry& entry, std::optional<WallTime> since,
                                 std::optional<WallTime> until) const {
  for (const std::string& key : entry.blocks) {
    const auto found = index_.find(key);
    if (found == index_.end()) continue;  // dropped
    const BlockInfo& block = found->second.block;
    if ((since && block.last < *since) || (until && block.first >= *until)) continue;
    const auto value = database_.get(Column::history, key);
    if (!value || !*value) continue;  // looked at before
    const auto words = words_of_block(**value);
    if (!words) continue;
    bool may_hold = true;
    const auto look = [&](std::uint64_t hash) { may_hold = may_hold && entry.may_hold(hash); };
    const auto sentence = [&](const std::string& what) {
      return fmt::format(
          "the filter of names and answers over {} was changed: it hides {}, which is there, from searches",
          span_of(block), what);
    };
    for (const std::string& name : words->names) {
      put_name_hashes(name, look);
      if (!may_hold)
        return sentence(DnsName::from_wire({reinterpret_cast<const std::uint8_t*>(name.data()), name.size()}).text());
    }
    for (const std::string& packed : words->answers) {
      put_answer_hashes(packed, look);
      if (!may_hold) return sentence("an answer");
    }
    if (words->has_gaps && !entry.has_gaps) return sentence("a gap");
  }
  return "";
}

double VerifyBlocks::share_before(std::string_view key) const {
  if (index_.empty()) return 1;
  const auto before = std::distance(index_.begin(), index_.lower_bound(std::string{key}));
  return static_cast<double>(before) / static_cast<double>(index_.size());
}

}  // namespace sinkfeed
