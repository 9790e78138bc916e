// The ledger's generations: the one that was written last, and the batch that makes the next.
#include <algorithm>
#include <span>

#include "store/keys.hpp"
#include "store/ledger_book.hpp"
#include "store/ledger_records.hpp"

namespace sinkfeed {

namespace {

constexpr std::string_view kGenerationKey = "generation";
constexpr std::string_view kProfilesKey = "profiles";

}  // namespace

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
  current_ =
      build(current, summary.created, std::make_shared<const Catalogue>(std::move(*profiles), std::span<const Tier>{}));
  return {};
}

std::vector<GenerationChange> LedgerBook::changes() const {
  std::vector<GenerationChange> found;
  for (const Key& key : news_) {
    const LedgerEntry& entry = entries_.at(key);
    const bool was = published_.contains(key), is = entry.state == State::published;
    if (was == is) continue;
    found.push_back({is, key.first, key.second, entry.reason});
  }
  return found;
}

std::shared_ptr<Generation> LedgerBook::build(std::uint64_t number, WallTime created,
                                              std::shared_ptr<const Catalogue> catalogue) const {
  auto generation = std::make_shared<Generation>();
  generation->number = number;
  generation->created = created;
  generation->catalogue = std::move(catalogue);
  for (const Profile& profile : generation->catalogue->profiles()) generation->profiles[profile.name];
  for (const auto& [key, entry] : entries_) {
    if (entry.state != State::published) continue;
    const auto profile = generation->profiles.find(key.first);
    if (profile != generation->profiles.end())
      profile->second.push_back({entry.address, entry.first_seen, entry.last_seen, entry.count, entry.evidence});
  }
  return generation;
}

LedgerBook::Edition LedgerBook::prepare(WallTime now) const {
  Edition edition;
  const std::vector<GenerationChange> changed = changes();
  const std::uint64_t number = current_->number + 1;
  for (const GenerationChange& change : changed) {
    if (change.added && !entries_.at({change.profile, change.address}).first_generation)
      edition.first_published.emplace(change.profile, change.address);
  }
  std::set<Key> unwritten = news_;
  unwritten.insert(touched_.begin(), touched_.end());
  for (const Key& key : unwritten) {
    LedgerEntry entry = entries_.at(key);
    if (edition.first_published.contains(key)) entry.first_generation = number;
    edition.batch.put(Column::ledger, keys::ledger(key.first, key.second), encode_entry(entry));
  }
  for (const auto& [address, name] : touched_names_) {
    const auto& names = never_.at(address);
    if (const auto sighting = names.find(name); sighting != names.end()) {
      edition.batch.put(Column::names, keys::name(address, name), encode_sighting(sighting->second));
    } else {
      edition.batch.remove(Column::names, keys::name(address, name));
    }
  }
  if (changed.empty() && current_->number && !feeds_differ_) return edition;

  const WallTime next_second = std::chrono::floor<std::chrono::seconds>(current_->created) + std::chrono::seconds(1);
  edition.generation = build(number, std::max(now, next_second), catalogue_);
  std::uint64_t published = 0;
  for (const auto& [profile, addresses] : edition.generation->profiles) published += addresses.size();
  edition.batch.put(Column::changes, keys::change(number, 0),
                    encode_generation_header(edition.generation->created, published));
  std::uint32_t sequence = 0;
  for (const GenerationChange& change : changed)
    edition.batch.put(Column::changes, keys::change(number, ++sequence), encode_generation_change(change));
  std::string counter;
  keys::append_u64(counter, number);
  edition.batch.put(Column::meta, std::string(kGenerationKey), counter);
  edition.batch.put(Column::meta, std::string(kProfilesKey), encode_profiles(catalogue_->profiles()));
  return edition;
}

void LedgerBook::committed(const Edition& edition) {
  for (const Key& key : news_) {
    if (entries_.at(key).state == State::published) {
      published_.insert(key);
    } else {
      published_.erase(key);
    }
  }
  for (const Key& key : edition.first_published) entries_.at(key).first_generation = edition.generation->number;
  news_.clear();
  touched_.clear();
  touched_names_.clear();
  fresh_names_ = false;
  if (!edition.generation) return;
  current_ = edition.generation;
  feeds_differ_ = false;
}

}  // namespace sinkfeed
