#include "feed/feed_journal.hpp"

#include <algorithm>

namespace sinkfeed {

namespace {

constexpr std::chrono::microseconds kStep{1};

}  // namespace

FeedJournal::FeedJournal(FeedDefinition feed, bool with_shared, bool is_settled, const FeedJournal* before)
    : feed_(std::move(feed)),
      with_shared_(with_shared),
      is_settled_(is_settled),
      knows_what_was_told_(is_settled || before) {
  if (!before) return;
  before->each_after(WallTime(), [&](const JournalEntry& entry) {
    if (entry.state == JournalEntry::State::left) slots_.push_back({entry, false});
    return true;
  });
  left_ = slots_.size();
  last_ = before->last_;
}

FeedJournal::Slots::const_iterator FeedJournal::slot_after(WallTime place) const {
  return std::upper_bound(slots_.begin(), slots_.end(), place,
                          [](WallTime wanted, const Slot& slot) { return wanted < slot.entry.place; });
}

bool FeedJournal::holds(const IpAddress& address) const {
  const auto member = members_.find(address);
  return member != members_.end() && member->second.is_present;
}

void FeedJournal::take(std::uint64_t generation, WallTime created, const GenerationChange& change) {
  if (change.shared && !with_shared_) return;
  if (feed_.family && change.address.family() != *feed_.family) return;
  if (std::find(feed_.profiles.begin(), feed_.profiles.end(), change.profile) == feed_.profiles.end()) return;
  if (generation != open_) {
    close_generation();
    open_ = generation;
    created_ = created;
  }
  Member& member = members_[change.address];
  touched_.try_emplace(change.address, member.lists > 0);
  if (change.added) {
    member.lists++;
  } else if (member.lists) {
    member.lists--;
  }
}

void FeedJournal::close_generation() {
  next_ = created_;
  for (const auto& [address, was_listed] : touched_) {
    Member& member = members_[address];
    const bool is_listed = member.lists > 0;
    if (is_listed && !was_listed && !member.has_place) {
      member.stay = open_;
      member.came = created_;
      if (is_settled_) put(address, member, JournalEntry::State::present);
    }
    if (is_listed) continue;
    // What another process may have told of before a restart has left too.
    if (member.has_place || (was_listed && !knows_what_was_told_)) put(address, member, JournalEntry::State::left);
    members_.erase(address);
  }
  touched_.clear();
}

void FeedJournal::append(JournalEntry entry) {
  next_ = std::max(next_, last_ + kStep);
  entry.place = last_ = next_;
  if (entry.state == JournalEntry::State::left) left_++;
  slots_.push_back({entry, false});
}

void FeedJournal::put(const IpAddress& address, Member& member, JournalEntry::State state) {
  JournalEntry entry;
  entry.address = address;
  entry.state = state;
  entry.stay = member.stay;
  entry.came = member.came;
  entry.first = std::max(next_, last_ + kStep);
  if (member.has_place) {
    Slot& slot = *std::lower_bound(slots_.begin(), slots_.end(), member.place,
                                   [](const Slot& one, WallTime place) { return one.entry.place < place; });
    entry.first = slot.entry.first;
    slot.is_old = true;
    old_++;
  }
  append(entry);
  present_ -= member.is_present;
  member.has_place = true;
  member.place = last_;
  member.is_present = state == JournalEntry::State::present;
  present_ += member.is_present;
}

void FeedJournal::settle(const NetworkList& hosts, std::uint64_t generation, WallTime now) {
  close_generation();
  next_ = now;
  const bool is_start = !knows_what_was_told_;
  std::size_t found = 0;
  for (const Network& host : hosts) {
    Member& member = members_[host.address()];
    if (member.is_present) {
      found++;
      continue;
    }
    if (!member.stay) member.stay = generation, member.came = now;
    put(host.address(), member, JournalEntry::State::present);
    found++;
  }
  if (found < present_ || is_start) {
    std::vector<IpAddress> aside;
    for (const auto& [address, member] : members_) {
      if ((member.is_present || (is_start && !member.has_place)) &&
          !std::binary_search(hosts.begin(), hosts.end(), Network(address, address.is_v4() ? 32 : 128)))
        aside.push_back(address);
    }
    std::sort(aside.begin(), aside.end());
    for (const IpAddress& address : aside) {
      Member& member = members_[address];
      put(address, member, member.lists ? JournalEntry::State::set_aside : JournalEntry::State::left);
      if (!member.lists) members_.erase(address);
    }
  }
  knows_what_was_told_ = true;
  forget(now);
}

void FeedJournal::succeed(const FeedJournal& before, WallTime now) {
  next_ = now;
  before.each_after(WallTime(), [&](JournalEntry entry) {
    if (entry.state == JournalEntry::State::left) return true;
    const auto member = members_.find(entry.address);
    if (member == members_.end() || member->second.stay != entry.stay) {
      entry.state = JournalEntry::State::left;
      append(entry);
    } else if (!member->second.has_place) {
      put(entry.address, member->second, JournalEntry::State::set_aside);
    }
    return true;
  });
}

void FeedJournal::forget(WallTime now) {
  told_since_ = std::max(told_since_, now - kRemembered);
  if (now - forgotten_ < std::chrono::days(1) && 2 * old_ < slots_.size() + 1000 && left_ < 2 * kMostLeft) return;
  forgotten_ = now;
  std::size_t too_many = left_ - std::min(left_, kMostLeft);
  std::erase_if(slots_, [&](const Slot& slot) {
    if (slot.is_old) return true;
    if (slot.entry.state != JournalEntry::State::left) return false;
    const bool is_too_much = too_many > 0;
    too_many -= is_too_much;
    if (!is_too_much && slot.entry.place > told_since_) return false;
    left_--;
    return true;
  });
  old_ = 0;
}

}  // namespace sinkfeed
