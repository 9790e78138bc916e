// What came into a feed and what left it, in the order in which that happened: for readers that do not take the whole
// list each time but ask what is new since they asked last (TAXII, CrowdSec, MISP).
//
// Every entry has a place of its own, a time that no other entry has and that only goes up: whoever has read up to a
// place misses nothing by asking for what is after it. An address that changes moves to the end.
//
// A feed whose list follows from the recorded changes of the generations alone has the same places after a restart.
// Of others (a list of the settings, which may change while nobody looks; tiers and a maximum, which go by evidence)
// all entries get new places when the daemon starts, so that their readers take them once more rather than miss one.
#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "config/address.hpp"
#include "config/clock.hpp"
#include "config/feed_definition.hpp"
#include "feed/network_list.hpp"
#include "store/ledger.hpp"

namespace sinkfeed {

struct JournalEntry {
  enum class State : std::uint8_t {
    present,
    set_aside,  // the feed has no room for it by its definition; it may come back as the same entry
    left,       // for good: if the address comes back, that is another entry, of another stay
  };
  IpAddress address;
  State state = State::present;
  std::uint64_t stay = 0;  // the generation in which it came: with the address the name of the entry
  WallTime came;           // when that was
  WallTime first;          // its first place
  WallTime place;
};

// Not to be used by two threads at a time.
class FeedJournal {
 public:
  // What has left is told of for so long, the newest of it if it is too much.
  static constexpr std::chrono::days kRemembered{30};
  static constexpr std::size_t kMostLeft = 100'000;

  // `with_shared`: what others need too counts as listed. `is_settled`: its list follows from the generations' changes
  // alone. `before`: the journal of the feed by another definition, if there was one.
  FeedJournal(FeedDefinition feed, bool with_shared, bool is_settled, const FeedJournal* before = nullptr);

  // The changes of all generations, in order.
  void take(std::uint64_t generation, WallTime created, const GenerationChange& change);
  // After them: what the feed holds indeed, as hosts, ascending. `generation`: which made it so.
  void settle(const NetworkList& hosts, std::uint64_t generation, WallTime now);
  // After that, if there was a journal before: what was in that and is not in the feed now.
  void succeed(const FeedJournal& before, WallTime now);

  const FeedDefinition& feed() const { return feed_; }
  WallTime last() const { return last_; }  // the newest place
  bool holds(const IpAddress& address) const;
  // Calls `visit` for each entry whose place is after `place`, in order, until it returns false.
  template <class Visit>
  void each_after(WallTime place, Visit visit) const {
    for (auto slot = slot_after(place); slot != slots_.end(); ++slot) {
      if (!slot->is_old && (slot->entry.state == JournalEntry::State::present || slot->entry.place > told_since_) &&
          !visit(slot->entry))
        return;
    }
  }

 private:
  struct Slot {
    JournalEntry entry;
    bool is_old = false;  // the entry has another place now
  };
  struct Member {
    std::uint32_t lists = 0;  // of profiles that have it
    std::uint64_t stay = 0;
    WallTime came;
    bool has_place = false, is_present = false;
    WallTime place;
  };
  using Slots = std::vector<Slot>;

  Slots::const_iterator slot_after(WallTime place) const;
  void close_generation();
  void append(JournalEntry entry);
  // A new entry, or the one that it has, in another state and place.
  void put(const IpAddress& address, Member& member, JournalEntry::State state);
  void forget(WallTime now);

  const FeedDefinition feed_;
  const bool with_shared_, is_settled_;
  bool knows_what_was_told_;  // not so at the start, if places were given before that are not known any more
  Slots slots_;               // by place
  std::size_t old_ = 0, left_ = 0, present_ = 0;
  std::unordered_map<IpAddress, Member> members_;  // those that are listed, or present
  std::uint64_t open_ = 0;                         // the generation that is being taken
  WallTime created_;
  std::map<IpAddress, bool> touched_;  // by it; was it listed before
  WallTime last_, next_;               // the next place, if it is after the last
  WallTime told_since_, forgotten_;
};

}  // namespace sinkfeed
