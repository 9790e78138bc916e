// The batch that writes what is unwritten of the ledger, and makes the next generation.
#include <algorithm>
#include <span>
#include <tuple>

#include "store/keys.hpp"
#include "store/ledger_book.hpp"
#include "store/ledger_records.hpp"

namespace sinkfeed {

namespace {

using List = KeptEntry::List;

}  // namespace

LedgerBook::Edition LedgerBook::prepare(std::size_t touched) const {
  Edition edition;
  const std::uint64_t number = current_->number + 1;
  const auto put = [&](const Unwritten& at, const KeptEntry& entry, bool is_first) {
    LedgerEntry copy = copy_of(*at.shelf, at.address, entry);
    if (is_first) copy.first_generation = number;
    edition.batch.put(Column::ledger, keys::ledger(at.shelf->profile, at.address), encode_entry(copy));
  };

  edition.gate = gate_;
  std::vector<Due> due = what_is_due();
  decide_lists(due, edition.gate);
  struct Changed {
    std::vector<IpAddress> added, removed;
  };
  std::map<std::pair<Shelf*, List>, Changed> of_list;
  std::vector<GenerationChange> changes;
  const auto back = [&](const Due& one) -> std::string {
    if (!wanted_.contains({one.at.shelf->profile, one.at.address})) return "";
    return "rolled back to generation " + std::to_string(gate_.pin()->to);
  };
  const auto why_it_goes = [&](const Due& one) -> std::string {
    if (std::string reason = back(one); !reason.empty() || one.next == List::published) return reason;
    return one.entry ? copy_of(*one.at.shelf, one.at.address, *one.entry).reason : "forgotten by a person";
  };
  for (const Due& one : due) {
    const Unwritten& at = one.at;
    const bool is_first = one.entry && one.next == List::published && !one.entry->first_generation;
    if (is_first) edition.first_published.push_back(at);
    if (one.entry) {
      put(at, *one.entry, is_first);
    } else {
      edition.batch.remove(Column::ledger, keys::ledger(at.shelf->profile, at.address));
    }
    write_list(edition, one);
    if (one.next == one.was) continue;
    if (one.was != List::none) {
      of_list[{at.shelf, one.was}].removed.push_back(at.address);
      changes.push_back({false, at.shelf->profile, at.address, why_it_goes(one), one.was == List::shared});
    }
    if (one.next == List::none) continue;
    of_list[{at.shelf, one.next}].added.push_back(at.address);
    changes.push_back({true, at.shelf->profile, at.address, back(one), one.next == List::shared});
  }
  edition.touched = std::min(touched, touched_.size());
  for (std::size_t i = 0; i < edition.touched; i++) {
    const auto found = touched_[i].shelf->entries.find(touched_[i].address);
    if (found != touched_[i].shelf->entries.end() && !found->second.is_news) put(touched_[i], found->second, false);
  }
  needs_.write(edition.batch);
  write_meta(edition.batch);
  edition.gate_record = edition.gate.encode();
  edition.changes_what_waits =
      !edition.waiting.empty() || !edition.agreed.empty() || edition.gate_record != gate_written_;
  if (edition.gate_record != gate_written_)
    edition.batch.put(Column::meta, std::string(keys::kGate), edition.gate_record);
  if (changes.empty() && current_->number && !feeds_differ_ && !generation_wanted_) return edition;

  for (const auto& [of, changed] : of_list) {
    const auto [shelf, list] = of;
    Edition::Sets& sets = edition.sets.try_emplace(shelf, Edition::Sets{shelf->published, shelf->shared}).first->second;
    AddressSet& set = list == List::shared ? sets.shared : sets.published;
    set = set.changed(changed.added, changed.removed);
  }
  auto generation = std::make_shared<Generation>();
  generation->number = number;
  const WallTime next_second = std::chrono::floor<std::chrono::seconds>(current_->created) + std::chrono::seconds(1);
  generation->created = std::max(now_.wall, next_second);
  generation->catalogue = catalogue_;
  show(*generation, &edition);
  std::uint64_t published = 0;
  for (const auto& [profile, addresses] : generation->profiles) published += addresses.size();
  edition.batch.put(Column::changes, keys::change(number, 0), encode_generation_header(generation->created, published));
  std::uint32_t sequence = 0;
  for (const GenerationChange& change : changes)
    edition.batch.put(Column::changes, keys::change(number, ++sequence), encode_generation_change(change));
  std::string counter;
  keys::append_u64(counter, number);
  edition.batch.put(Column::meta, std::string(keys::kGeneration), counter);
  edition.batch.put(Column::meta, std::string(keys::kProfiles), encode_profiles(catalogue_->profiles()));
  edition.generation = std::move(generation);
  edition.changes = std::move(changes);
  return edition;
}

std::vector<LedgerBook::Due> LedgerBook::what_is_due() const {
  std::vector<Unwritten> news = news_;
  std::sort(news.begin(), news.end(), [](const Unwritten& a, const Unwritten& b) {
    return std::tie(a.shelf->profile, a.address) < std::tie(b.shelf->profile, b.address);
  });
  news.erase(std::unique(news.begin(), news.end()), news.end());
  std::vector<Due> due;
  due.reserve(news.size());
  for (const Unwritten& at : news) {
    const auto found = at.shelf->entries.find(at.address);
    if (found != at.shelf->entries.end()) {
      due.push_back({at, &found->second, found->second.in_generation, found->second.list()});
      continue;
    }
    const List was = at.shelf->shared.contains(at.address)      ? List::shared
                     : at.shelf->published.contains(at.address) ? List::published
                                                                : List::none;
    due.push_back({at, nullptr, was, List::none});
  }
  return due;
}

// Where the generation has it, if that is not where its record says.
void LedgerBook::write_list(Edition& edition, const Due& due) const {
  const Place place{due.at.shelf->profile, due.at.address};
  std::string key = std::string(keys::kShown) + keys::ledger(place.first, place.second);
  if (due.next != due.is) {
    edition.waiting.emplace_back(due.at, due.next);
    edition.batch.put(Column::meta, std::move(key), std::string(1, static_cast<char>(due.next)));
  } else if (shown_otherwise_.contains(place)) {
    edition.agreed.push_back(place);
    edition.batch.remove(Column::meta, std::move(key));
  }
}

// What is not of one address, and is small.
void LedgerBook::write_meta(Database::Batch& batch) const {
  std::string number;
  keys::append_u64(number, now_.watched_s);
  batch.put(Column::meta, std::string(keys::kWatched), number);
  std::uint64_t written = actions_written_;
  for (const LedgerAction& action : actions_) batch.put(Column::meta, keys::action(written++), encode_action(action));
  for (const Place& place : forgotten_news_) {
    std::string key = std::string(keys::kForgotten) + keys::ledger(place.first, place.second);
    if (const auto found = forgotten_.find(place); found != forgotten_.end()) {
      batch.put(Column::meta, std::move(key), encode_forgotten(found->second));
    } else {
      batch.remove(Column::meta, std::move(key));
    }
  }
  for (const IpAddress& address : subscriber_news_) {
    number.clear();
    keys::append_u64(number, static_cast<std::uint64_t>(now_.wall.time_since_epoch().count()));
    batch.put(Column::meta, std::string(keys::kSubscriber) + keys::address(address), number);
  }
}

// The sets of the generation's profiles: those in `changed`, else those of the current generation.
void LedgerBook::show(Generation& generation, const Edition* changed) const {
  for (const Profile& profile : generation.catalogue->profiles()) {
    AddressSet& published = generation.profiles[profile.name];
    AddressSet& shared = generation.shared[profile.name];
    const Shelf* here = find_shelf(profile.name);
    if (!here) continue;
    published = here->published;
    shared = here->shared;
    if (!changed) continue;
    const auto found = changed->sets.find(here);
    if (found == changed->sets.end()) continue;
    published = found->second.published;
    shared = found->second.shared;
  }
}

void LedgerBook::committed(const Edition& edition) {
  for (const Unwritten& at : news_) {
    const auto found = at.shelf->entries.find(at.address);
    if (found == at.shelf->entries.end()) continue;
    found->second.is_news = false;
    found->second.in_generation = found->second.list();
  }
  for (const Place& place : edition.agreed) show_otherwise(place, std::nullopt);
  for (const auto& [at, list] : edition.waiting) {
    show_otherwise({at.shelf->profile, at.address}, list);
    const auto found = at.shelf->entries.find(at.address);
    if (found != at.shelf->entries.end()) found->second.in_generation = list;
  }
  gate_ = edition.gate;
  gate_written_ = edition.gate_record;
  wanted_.clear();
  released_ = false;
  for (const Unwritten& at : edition.first_published)
    at.shelf->entries.at(at.address).first_generation = static_cast<std::uint32_t>(edition.generation->number);
  for (std::size_t i = 0; i < edition.touched; i++) {
    const auto found = touched_[i].shelf->entries.find(touched_[i].address);
    if (found != touched_[i].shelf->entries.end()) found->second.is_touched = false;
  }
  for (const auto& [of, sets] : edition.sets) {
    Shelf& shelf = shelves_.at(of->profile);
    shelf.published = sets.published;
    shelf.shared = sets.shared;
  }
  news_.clear();
  touched_.erase(touched_.begin(), touched_.begin() + static_cast<std::ptrdiff_t>(edition.touched));
  needs_.written();
  actions_written_ += actions_.size();
  actions_.clear();
  forgotten_news_.clear();
  subscriber_news_.clear();
  if (!edition.generation) return;
  current_ = edition.generation;
  feeds_differ_ = generation_wanted_ = false;
}

}  // namespace sinkfeed
