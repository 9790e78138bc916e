// Which of the changes that are due the next generation makes, and which wait (store/feed_gate.hpp).
#include <algorithm>

#include "store/ledger_book.hpp"

namespace sinkfeed {

namespace {

using List = KeptEntry::List;

bool comes(List was, List is) { return is != List::none && !(was == List::published && is == List::shared); }

}  // namespace

// What the office needs, or a person has said: it does not wait, and is not counted.
bool LedgerBook::passes(const Due& due) const {
  if (!catalogue_->find_profile(due.at.shelf->profile)) return true;  // it is in no feed
  if (!due.entry) return due.is == List::none;                        // forgotten
  if (comes(due.was, due.is)) {
    if (rulings_.contains({due.at.shelf->profile, due.at.address})) return true;
    const auto evidence = due.entry->evidence();
    return std::any_of(evidence.begin(), evidence.end(),
                       [&](const KeptEvidence& e) { return view(e).vantage != VantageKind::upstream; });
  }
  const auto cause =
      judgement(*due.at.shelf, due.at.address, *due.entry, needs_.sum(due.at.address, *catalogue_)).cause;
  return cause == Cause::guard || cause == Cause::never_name || cause == Cause::person || cause == Cause::sharing;
}

void LedgerBook::decide_lists(std::vector<Due>& due, FeedGate& gate) const {
  std::map<const Shelf*, FeedGate::Wanted> wanted;
  std::vector<Due*> asking;
  for (Due& one : due) {
    one.next = one.is;
    if (!wanted_.empty()) {
      const auto back = wanted_.find({one.at.shelf->profile, one.at.address});
      if (back != wanted_.end()) {
        one.next = back->second;
        continue;
      }
    }
    if (one.is == one.was || released_) continue;
    const bool is_coming = comes(one.was, one.is);
    if (passes(one) && !(is_coming && gate.pin())) continue;
    asking.push_back(&one);
    FeedGate::Wanted& of_profile = wanted[one.at.shelf];
    (is_coming ? of_profile.coming : of_profile.going)++;
  }
  std::map<const Shelf*, FeedGate::Verdict> verdicts;
  for (auto& [shelf, count] : wanted) {
    count.size = shelf->published.size() + shelf->shared.size();
    verdicts[shelf] = gate.decide(shelf->profile, count, guards_.feed_limits, now_.wall, now_.steady);
  }
  for (Due* one : asking) {
    const FeedGate::Verdict& verdict = verdicts.at(one->at.shelf);
    if (!(comes(one->was, one->is) ? verdict.may_come : verdict.may_go)) one->next = one->was;
  }
}

std::size_t LedgerBook::roll_back(const Generation& past, const std::string& by, const std::string& reason) {
  std::size_t kept_out = 0;
  wanted_.clear();
  for (const Profile& profile : catalogue_->profiles()) {
    const auto published = past.profiles.find(profile.name), shared = past.shared.find(profile.name);
    if (published == past.profiles.end() || shared == past.shared.end()) continue;
    Shelf& here = shelf(profile.name);
    const auto set_to = [&](const IpAddress& address, List was, List list) {
      if (was == list) return;
      if (list != List::none && !guards_.reason(address).empty()) {
        if (was == List::none) kept_out++;
        return;
      }
      wanted_[{profile.name, address}] = list;
      add_news(here, address);
    };
    for (const auto& [set, was] :
         {std::pair(&here.published, List::published), std::pair(&here.shared, List::shared)}) {
      for (const IpAddress& address : *set)
        set_to(address, was,
               published->second.contains(address) ? List::published
               : shared->second.contains(address)  ? List::shared
                                                   : List::none);
    }
    for (const auto& [set, list] :
         {std::pair(&published->second, List::published), std::pair(&shared->second, List::shared)}) {
      for (const IpAddress& address : *set) {
        if (!here.published.contains(address) && !here.shared.contains(address)) set_to(address, List::none, list);
      }
    }
  }
  gate_.set_back({past.number, current_->number + 1, now_.wall, by, reason});
  record("rollback", by, "to generation " + std::to_string(past.number) + ": " + reason);
  generation_wanted_ = true;
  return kept_out;
}

Result<std::size_t> LedgerBook::release_feeds(const std::string& by, const std::string& reason) {
  if (gate_.is_open()) return Problem{"nothing is held back: there is nothing to release"};
  for (const auto& [place, list] : shown_otherwise_) add_news(shelf(place.first), place.second);
  gate_.release();
  released_ = true;
  record("release feeds", by, reason);
  return shown_otherwise_.size();
}

void LedgerBook::add_news(Shelf& shelf, const IpAddress& address) {
  const auto found = shelf.entries.find(address);
  if (found != shelf.entries.end()) return add_news(shelf, address, found->second);
  news_.push_back({&shelf, address});  // forgotten
}

// Nothing: it is again where its entry says.
void LedgerBook::show_otherwise(const Place& place, std::optional<List> list) {
  const auto count = [&](List of) -> std::size_t& {
    FeedsHeldBack::OfProfile& waiting = waiting_[place.first];
    return of == List::none ? waiting.coming : waiting.going;
  };
  if (const auto known = shown_otherwise_.find(place); known != shown_otherwise_.end()) {
    count(known->second)--;
    shown_otherwise_.erase(known);
  }
  if (list) {
    count(*list)++;
    shown_otherwise_[place] = *list;
  }
  if (const auto& left = waiting_.find(place.first);
      left != waiting_.end() && !left->second.coming && !left->second.going)
    waiting_.erase(left);
}

FeedsHeldBack LedgerBook::held_back(std::size_t limit, const std::optional<Place>& after) const {
  FeedsHeldBack held{gate_.pin(), waiting_, {}, shown_otherwise_.size()};
  for (const auto& [profile, hold] : gate_.holds()) held.profiles[profile].hold = hold;
  for (auto next = after ? shown_otherwise_.upper_bound(*after) : shown_otherwise_.begin();
       next != shown_otherwise_.end() && held.waiting.size() < limit; ++next) {
    const auto& [place, list] = *next;
    const Shelf* here = find_shelf(place.first);
    const auto found = here->entries.find(place.second);
    held.waiting.push_back({list == List::none, place.first, place.second,
                            found == here->entries.end() ? "not in the ledger any more"
                                                         : copy_of(*here, place.second, found->second).reason,
                            list == List::shared});
  }
  return held;
}

}  // namespace sinkfeed
