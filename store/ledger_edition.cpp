// The ledger from disk and to it: what was written last, and the batch that makes the next generation.
#include <algorithm>
#include <span>
#include <tuple>

#include "store/keys.hpp"
#include "store/ledger_book.hpp"
#include "store/ledger_records.hpp"
#include "store/scan_ahead.hpp"

namespace sinkfeed {

namespace {

constexpr std::string_view kGenerationKey = "generation";
constexpr std::string_view kProfilesKey = "profiles";

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    text += kDigits[static_cast<std::uint8_t>(byte) >> 4];
    text += kDigits[static_cast<std::uint8_t>(byte) & 15];
  }
  return text;
}

}  // namespace

Result<void> LedgerBook::load(const Database& database) {
  if (auto meta = load_meta(database); !meta) return meta;
  if (auto entries = load_entries(database); !entries) return entries;
  if (auto needs = needs_.load(database, *catalogue_); !needs) return needs;
  return load_generation(database);
}

Result<void> LedgerBook::load_meta(const Database& database) {
  const auto damaged = [](const char* what) {
    return Problem{std::string("the store holds a damaged record (") + what + "); restore a backup"};
  };
  const auto watched = database.get(Column::meta, keys::kWatched);
  if (!watched) return watched.error();
  needs_are_kept_ = watched->has_value();  // both came with the same version
  if (*watched && (*watched)->size() != 8) return damaged("watched");
  if (*watched) now_.watched_s = static_cast<std::uint32_t>(keys::read_u64(**watched));
  bool all_read = true;
  auto scanned = database.scan(Column::meta, keys::kForgotten, keys::after(keys::kForgotten),
                               [&](std::string_view key, std::string_view value) {
                                 const auto place = keys::parse_ledger(key.substr(keys::kForgotten.size()));
                                 const auto until = decode_forgotten(value);
                                 if (!place || !until) return all_read = false;
                                 forgotten_[*place] = *until;
                                 end_at(*place, *until);
                                 return true;
                               });
  if (!scanned) return scanned.error();
  scanned = database.scan(Column::meta, keys::kSubscriber, keys::after(keys::kSubscriber),
                          [&](std::string_view key, std::string_view) {
                            const auto address = keys::parse_address(key.substr(keys::kSubscriber.size()));
                            if (!address) return all_read = false;
                            guards_.subscribers.push_back(*address);  // keys come in order
                            return true;
                          });
  if (!scanned) return scanned.error();
  scanned = database.scan(
      Column::meta, keys::kAction, keys::after(keys::kAction),
      [&](std::string_view key, std::string_view) {
        if (key.size() != keys::kAction.size() + 8) return all_read = false;
        actions_written_ = keys::read_u64(key.substr(keys::kAction.size())) + 1;
        return false;
      },
      true);
  if (!scanned) return scanned.error();
  if (!all_read) return damaged("meta");
  return {};
}

Result<void> LedgerBook::load_entries(const Database& database) {
  std::string damaged, reason;
  std::optional<Ruling> ruling;
  EntryReader reader(sources_, pool_);
  Shelf* here = nullptr;
  std::vector<IpAddress> published, shared;
  const auto close_shelf = [&] {
    if (here) here->published = AddressSet(published), here->shared = AddressSet(shared);
    published.clear();
    shared.clear();
  };
  const auto scanned = scan_ahead(database, Column::ledger, [&](std::string_view key, std::string_view value) {
    const auto place = keys::parse_ledger(key);
    KeptEntry entry;
    if (!place || !reader.read(value, entry, reason, ruling)) {
      damaged = "ledger: " + (place ? place->first + " " + place->second.text() : hex(key));
      return false;
    }
    if (!here || here->profile != place->first) {
      close_shelf();
      here = &shelf(place->first);
    }
    entry.reason_hash = hash_of_reason(reason);
    entry.is_expired = entry.state == State::expired;
    if (ruling) {
      if (ruling->until) end_at(*place, *ruling->until);
      rulings_[*place] = *std::move(ruling);
    }
    entry.in_generation = entry.list();
    if (entry.in_generation == KeptEntry::List::published) published.push_back(place->second);
    if (entry.in_generation == KeptEntry::List::shared) shared.push_back(place->second);
    here->states[static_cast<std::size_t>(entry.state)]++;
    here->entries.emplace_hint(here->entries.end(), place->second, std::move(entry));  // keys come in order
    return true;
  });
  close_shelf();
  if (!scanned) return scanned.error();
  if (!needs_are_kept_) for_each_address([&](const IpAddress& address) { to_be_read_.insert(address); });
  if (!damaged.empty()) return Problem{"the store holds a damaged record (" + damaged + "); restore a backup"};
  return {};
}

Result<void> LedgerBook::load_generation(const Database& database) {
  const auto number = database.get(Column::meta, kGenerationKey);
  if (!number) return number.error();
  if (!*number) return {};
  if ((*number)->size() != 8) return Problem{"the store's generation counter is damaged; restore a backup"};
  const std::uint64_t current = keys::read_u64(**number);
  const auto header = database.get(Column::changes, keys::change(current, 0));
  if (!header) return header.error();
  GenerationSummary summary;
  if (!*header || !decode_change_record(**header, summary))
    return Problem{"the store's newest generation is damaged; restore a backup"};
  const auto written = database.get(Column::meta, kProfilesKey);
  if (!written) return written.error();
  auto profiles = decode_profiles(written->value_or(""));
  if (!profiles) return Problem{"the profiles of the store's newest generation are damaged; restore a backup"};
  feeds_differ_ = *written != encode_profiles(catalogue_->profiles());
  // With the profiles that it had, not today's: one that it did not have would be an empty list, not one yet to come.
  auto generation = std::make_shared<Generation>();
  generation->number = current;
  generation->created = summary.created;
  generation->catalogue = std::make_shared<const Catalogue>(std::move(*profiles), std::span<const Tier>{});
  show(*generation, nullptr);
  current_ = std::move(generation);
  return {};
}

LedgerBook::Edition LedgerBook::prepare(std::size_t touched) const {
  Edition edition;
  const std::uint64_t number = current_->number + 1;
  const auto put = [&](const Unwritten& at, const KeptEntry& entry, bool is_first) {
    LedgerEntry copy = copy_of(*at.shelf, at.address, entry);
    if (is_first) copy.first_generation = number;
    edition.batch.put(Column::ledger, keys::ledger(at.shelf->profile, at.address), encode_entry(copy));
  };

  using List = KeptEntry::List;
  struct Changed {
    std::vector<IpAddress> added, removed;
  };
  std::map<std::pair<Shelf*, List>, Changed> of_list;
  std::vector<GenerationChange> changes;
  const auto leave = [&](const Unwritten& at, List list, const std::string& reason) {
    if (list == List::none) return;
    of_list[{at.shelf, list}].removed.push_back(at.address);
    changes.push_back({false, at.shelf->profile, at.address, reason, list == List::shared});
  };
  std::vector<Unwritten> news = news_;
  std::sort(news.begin(), news.end(), [](const Unwritten& a, const Unwritten& b) {
    return std::tie(a.shelf->profile, a.address) < std::tie(b.shelf->profile, b.address);
  });
  news.erase(std::unique(news.begin(), news.end()), news.end());
  for (const Unwritten& at : news) {
    const auto found = at.shelf->entries.find(at.address);
    if (found == at.shelf->entries.end()) {
      edition.batch.remove(Column::ledger, keys::ledger(at.shelf->profile, at.address));
      const bool was_shared = at.shelf->shared.contains(at.address);
      if (was_shared || at.shelf->published.contains(at.address))
        leave(at, was_shared ? List::shared : List::published, "forgotten by a person");
      continue;
    }
    const KeptEntry& entry = found->second;
    const List is = entry.list(), was = entry.in_generation;
    const bool is_first = is == List::published && !entry.first_generation;
    if (is_first) edition.first_published.push_back(at);
    put(at, entry, is_first);
    if (is == was) continue;
    if (was != List::none) leave(at, was, is == List::published ? "" : copy_of(*at.shelf, at.address, entry).reason);
    if (is == List::none) continue;
    of_list[{at.shelf, is}].added.push_back(at.address);
    changes.push_back({true, at.shelf->profile, at.address, "", is == List::shared});
  }
  edition.touched = std::min(touched, touched_.size());
  for (std::size_t i = 0; i < edition.touched; i++) {
    const auto found = touched_[i].shelf->entries.find(touched_[i].address);
    if (found != touched_[i].shelf->entries.end() && !found->second.is_news) put(touched_[i], found->second, false);
  }
  needs_.write(edition.batch);
  write_meta(edition.batch);
  if (changes.empty() && current_->number && !feeds_differ_) return edition;

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
  edition.batch.put(Column::meta, std::string(kGenerationKey), counter);
  edition.batch.put(Column::meta, std::string(kProfilesKey), encode_profiles(catalogue_->profiles()));
  edition.generation = std::move(generation);
  edition.changes = std::move(changes);
  return edition;
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
  feeds_differ_ = false;
}

}  // namespace sinkfeed
