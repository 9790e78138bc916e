#include "store/history_verify.hpp"

#include <fmt/format.h>

#include <charconv>
#include <map>

#include "store/chain_link.hpp"
#include "store/checkpoint.hpp"
#include "store/keys.hpp"
#include "store/merkle.hpp"
#include "store/sha256.hpp"
#include "store/verify_blocks.hpp"
#include "store/verify_text.hpp"

namespace sinkfeed {
namespace {

// Of the whole; then come blocks that belong to nothing, and at last filters of names.
constexpr double kOfLinks = 0.8, kOfStrays = 0.1;

struct Cursor {
  std::uint64_t next = 1;  // the link to look at next
  std::uint64_t to = 0;    // the last one, as it was when the first step began; 0: not known yet
  std::string key;         // after the links: the key in history to look at next
  bool at_names = false;   // after the blocks: `key` is the last one in history_names that was looked at
};

std::string text_of(const Cursor& cursor) {
  return fmt::format("{}.{}.{}{}", cursor.next, cursor.to, cursor.at_names ? 'n' : 'b', to_hex(cursor.key));
}

std::optional<Cursor> parse_cursor(std::string_view text) {
  Cursor cursor;
  if (text.empty()) return cursor;
  for (std::uint64_t* into : {&cursor.next, &cursor.to}) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *into);
    if (error != std::errc() || end == text.data() + text.size() || *end != '.') return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  }
  cursor.at_names = text.starts_with('n');
  if (!cursor.at_names && !text.starts_with('b')) return std::nullopt;
  auto key = from_hex(text.substr(1));
  if (!key || cursor.next == 0 || cursor.next > cursor.to + 1) return std::nullopt;
  cursor.key = std::move(*key);
  return cursor;
}

class Verification {
 public:
  Verification(const Database& database, const NodeKey& key, const VerifyStep& step)
      : database_(database),
        step_(step),
        node_(reinterpret_cast<const char*>(key.public_key().data()), key.public_key().size()),
        blocks_(database),
        end_(std::chrono::steady_clock::now() + step.most) {}

  VerifyResult run(Cursor cursor) {
    if (prepare(cursor)) {
      if (cursor.next <= cursor.to) {
        look_at_links(cursor);
      } else if (!cursor.at_names) {
        look_for_strays(cursor);
      } else {
        look_at_names(cursor);
      }
    }
    result_.finding = finding_;
    if (!finding_.empty()) result_.cursor.clear();
    return result_;
  }

 private:
  // False, always: for `return found(...)`.
  bool found(std::string sentence) {
    if (finding_.empty()) finding_ = std::move(sentence);
    return false;
  }
  bool could_not_read(std::string_view what, const Problem& problem) {
    return found(fmt::format("{} cannot be read: {}", what, problem.what));
  }

  // What a step has to know of the whole store.
  bool prepare(Cursor& cursor) {
    // In this order: what is read later may know of more links than what was read before it.
    const std::string first{keys::kCheckpoint};
    auto read =
        database_.scan(Column::meta, first, keys::after(first), [&](std::string_view key, std::string_view value) {
          if (key.size() == first.size() + 8) checkpoints_[keys::read_u64(key.substr(first.size()))] = value;
          return true;
        });
    if (!read) return could_not_read("the checkpoints", read.error());
    std::uint64_t last = 0;
    read = database_.scan(
        Column::chain, "", "",
        [&](std::string_view key, std::string_view) {
          last = key.size() == 8 ? keys::read_u64(key) : 0;
          return false;
        },
        true);
    if (!read) return could_not_read("the chain's last link", read.error());
    const auto tail = database_.get(Column::meta, keys::kChain);
    if (!tail) return could_not_read("the end of the chain", tail.error());
    if (*tail) {
      if ((*tail)->size() != 40) return found("what the store says of the chain's end was changed: it is damaged");
      tail_ = keys::read_u64(**tail);
      tail_hash_ = (*tail)->substr(8);
    }
    if (last > tail_)
      return found(fmt::format(
          "what the store says of the chain's end was changed or is missing: it names link {}, but there is link {}",
          tail_, last));
    if (cursor.to == 0) cursor.to = tail_;
    if (auto problem = blocks_.load(); !problem.empty()) return found(std::move(problem));
    return true;
  }

  bool is_over() const { return std::chrono::steady_clock::now() >= end_; }

  void look_at_links(Cursor& cursor) {
    if (!resume_at(cursor.next)) return;
    std::uint64_t next = cursor.next;
    bool stopped = false;           // before the chain's end
    std::optional<ChainLink> held;  // read, and looked at when the one behind it has been read
    const auto read =
        database_.scan(Column::chain, keys::chain(next), "", [&](std::string_view key, std::string_view value) {
          const std::uint64_t number = key.size() == 8 ? keys::read_u64(key) : 0;
          auto link = ChainLink::decode(value);
          if (held) {
            const bool follows = link && number == held->number + 1 && link->number == number;
            if (!confirm(*held, follows ? &*link : nullptr) || !look_at(*held)) return false;
            next = held->number + 1;
            held.reset();
            stopped = next > cursor.to || is_over();
            if (stopped) return false;
            if (number != next) return found(missing(next, number - 1, before_, link));
          } else if (number != next) {
            return found(missing(next, number - 1, before_, link));
          }
          if (!link) return found(fmt::format("link {} was changed after it was written: it cannot be read", number));
          if (link->number != number)
            return found(fmt::format("links were put in another order: in the place of link {} stands {}", number,
                                     named(*link)));
          held = std::move(link);
          return true;
        });
    if (!finding_.empty()) return;
    if (!read) {
      could_not_read(fmt::format("the chain from link {} on", next), read.error());
      return;
    }
    if (held) {
      // The last that there is.
      if (!confirm(*held, nullptr) || !look_at(*held)) return;
      next = held->number + 1;
    }
    if (next <= cursor.to && !stopped) {
      found(fmt::format("{} missing at the chain's end, which was link {}: it was cut off{}", range_is(next, tail_),
                        tail_, before_.empty() ? "" : ", after " + before_));
      return;
    }
    if (next > cursor.to && !look_at_rest_of_checkpoints(cursor.to)) return;
    cursor.next = next;
    result_.cursor = text_of(cursor);
    result_.done = kOfLinks * static_cast<double>(next - 1) / static_cast<double>(cursor.to);
  }

  // What the links before `next` have left behind, which were looked at in an earlier step.
  bool resume_at(std::uint64_t next) {
    const auto checkpoint = checkpoints_.lower_bound(next);
    const auto before = checkpoint == checkpoints_.begin() ? checkpoints_.end() : std::prev(checkpoint);
    const std::uint64_t from = before == checkpoints_.end() ? 1 : before->first + 1;
    from_ = from;
    if (next == 1) return true;
    const auto read = database_.scan(Column::chain, keys::chain(std::min(from, next - 1)), keys::chain(next),
                                     [&](std::string_view, std::string_view value) {
                                       const auto link = ChainLink::decode(value);
                                       if (!link) return false;
                                       previous_ = link->hash();
                                       before_ = named(*link);
                                       if (link->number >= from) add_leaf(*link);
                                       return true;
                                     });
    return read ? true : could_not_read("the chain", read.error());
  }

  void add_leaf(const ChainLink& link) {
    leaves_.push_back(merkle_leaf(link.hash()));
    if (link.kind == ChainLink::Kind::block) block_links_++, block_rows_ += link.rows;
  }

  // Whether the link is as it was when the one behind it was written.
  bool confirm(const ChainLink& link, const ChainLink* next) {
    const std::string hash = link.hash();
    if (link.previous != previous_)
      return found(fmt::format("{} was changed after it was written: it names another one before it", named(link)));
    if (next ? next->previous == hash : link.number != tail_ || tail_hash_ == hash) return true;
    // One of the two was changed. The next one was not, if that behind it still knows it.
    if (next && !is_known_as_it_is(*next)) return true;
    if (!next)
      return found(fmt::format("{} was changed after it was written, or what the store says of the chain's end was",
                               named(link)));
    return found(fmt::format("{} was changed after it was written: link {} knows another in its place", named(link),
                             next->number));
  }

  bool is_known_as_it_is(const ChainLink& link) const {
    if (link.number == tail_) return tail_hash_ == link.hash();
    const auto value = database_.get(Column::chain, keys::chain(link.number + 1));
    const auto next = value && *value ? ChainLink::decode(**value) : std::nullopt;
    return next && next->previous == link.hash();
  }

  bool look_at(const ChainLink& link) {
    previous_ = link.hash();
    before_ = named(link);
    add_leaf(link);
    result_.links++;
    switch (link.kind) {
      case ChainLink::Kind::block:
        if ((!step_.since || link.last >= *step_.since) && (!step_.until || link.first < *step_.until)) {
          if (auto problem = blocks_.look_at(link); !problem.empty()) return found(std::move(problem));
          result_.blocks++;
          result_.rows += link.rows;
        }
        break;
      case ChainLink::Kind::checkpoint: {
        const auto line = database_.get(Column::meta, keys::checkpoint(link.number - 1));
        if (!line) return could_not_read("a checkpoint", line.error());
        if (!*line)
          return found(fmt::format("the checkpoint of {} over the links up to {} is missing", format_time(link.time),
                                   link.number - 1));
        if (sha256_of(**line) != link.digest)
          return found(fmt::format("the checkpoint of {} over the links up to {} was changed", format_time(link.time),
                                   link.number - 1));
        break;
      }
      default:
        if (sha256_of(link.text) != link.digest)
          return found(fmt::format("{} was changed after it was written: its text has another SHA-256", named(link)));
    }
    const auto checkpoint = checkpoints_.find(link.number);
    return checkpoint == checkpoints_.end() || look_at_checkpoint(checkpoint->second, link);
  }

  bool look_at_checkpoint(const std::string& line, const ChainLink& last) {
    const auto wrong = [&](std::string_view why) {
      return found(fmt::format("the checkpoint over the links {} to {} was changed: {}", from_, last.number, why));
    };
    const auto checkpoint = Checkpoint::parse(line);
    if (!checkpoint || checkpoint->line != line) return wrong("it cannot be read");
    if (!checkpoint->is_signed()) return wrong("its signature is wrong");
    if (checkpoint->node != node_) return wrong("another node has signed it");
    if (checkpoint->to != last.number || checkpoint->from != from_) return wrong("it is of other links");
    // Signed, and yet another: then it is the links that are not what they were.
    if (checkpoint->hash != previous_ || checkpoint->root != merkle_root(leaves_) ||
        checkpoint->blocks != block_links_ || checkpoint->rows != block_rows_)
      return found(fmt::format(
          "the links {} to {} are not those that the checkpoint of {} was made of: they were made anew since", from_,
          last.number, format_time(checkpoint->time)));
    from_ = last.number + 1;
    leaves_.clear();
    block_links_ = block_rows_ = 0;
    result_.checkpoints++;
    return true;
  }

  bool look_at_rest_of_checkpoints(std::uint64_t to) {
    const auto beyond = checkpoints_.upper_bound(std::max(to, tail_));
    if (beyond == checkpoints_.end()) return true;
    return found(fmt::format("a checkpoint tells of link {}, but the chain ends with link {}: its end was cut off",
                             beyond->first, tail_));
  }

  // Blocks and entries of the index that no link tells of.
  void look_for_strays(Cursor& cursor) {
    if (cursor.key.empty()) {
      const auto adopting = database_.get(Column::meta, keys::kAdopting);
      if (!adopting) {
        could_not_read("what is being taken into the chain", adopting.error());
        return;
      }
      // Blocks of before the chain come into it one after the other.
      if (auto problem = *adopting ? "" : blocks_.unlinked(); !problem.empty()) {
        found(std::move(problem));
        return;
      }
    }
    const auto us = [](WallTime time) { return static_cast<std::uint64_t>(time.time_since_epoch().count()); };
    std::string from = cursor.key;
    if (from.empty() && step_.since) from = keys::history(us(*step_.since), 0);
    const std::string until = step_.until ? keys::history(us(*step_.until), 0) : "";
    std::string stray, at = from;
    bool ended = true;
    const auto read = database_.scan(Column::history, from, until, [&](std::string_view key, std::string_view) {
      at = std::string{key} + '\0';
      stray = blocks_.stray(key);
      if (!stray.empty()) return false;
      return ended = !is_over();
    });
    if (!stray.empty()) {
      found(std::move(stray));
    } else if (!read) {
      could_not_read("a block of history after the last one that was looked at", read.error());
    } else if (!ended) {
      cursor.key = at;
      result_.cursor = text_of(cursor);
      result_.done = kOfLinks + kOfStrays * blocks_.share_before(at);
    } else {
      cursor.at_names = true;
      cursor.key.clear();
      result_.cursor = text_of(cursor);
      result_.done = kOfLinks + kOfStrays;
    }
  }

  // A filter that was changed would hide blocks from a search for a name.
  void look_at_names(Cursor& cursor) {
    for (;;) {
      const auto entry = next_names(database_, cursor.key);
      if (!entry) {
        could_not_read("a filter of names and answers", entry.error());
        return;
      }
      if (!*entry) break;
      cursor.key = (*entry)->key;
      if (auto hidden = blocks_.hidden(**entry, step_.since, step_.until); !hidden.empty()) {
        found(std::move(hidden));
        return;
      }
      if (!is_over()) continue;
      result_.cursor = text_of(cursor);
      const double before = blocks_.share_before(std::string_view(cursor.key).substr(1));
      result_.done = kOfLinks + kOfStrays + (1 - kOfLinks - kOfStrays) * before;
      return;
    }
    result_.done = 1;
  }

  const Database& database_;
  const VerifyStep& step_;
  const std::string node_;
  VerifyBlocks blocks_;
  const std::chrono::steady_clock::time_point end_;
  std::map<std::uint64_t, std::string> checkpoints_;
  std::uint64_t tail_ = 0;
  std::string tail_hash_ = kNoLink, previous_ = kNoLink;
  std::string before_;  // what the link of previous_ is called
  // Since the last checkpoint.
  std::uint64_t from_ = 1, block_links_ = 0, block_rows_ = 0;
  std::vector<std::string> leaves_;
  VerifyResult result_;
  std::string finding_;
};

}  // namespace

Result<VerifyResult> verify_history(const Database& database, const NodeKey& key, const VerifyStep& step) {
  const auto cursor = parse_cursor(step.cursor);
  if (!cursor) return Problem{"cursor: it is what the step before gave, or empty"};
  return Verification(database, key, step).run(*cursor);
}

}  // namespace sinkfeed
