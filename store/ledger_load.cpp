// The ledger from disk, as it was written last.
#include <algorithm>
#include <array>
#include <span>

#include "store/keys.hpp"
#include "store/ledger_book.hpp"
#include "store/ledger_records.hpp"
#include "store/scan_ahead.hpp"

namespace sinkfeed {

namespace {

using List = KeptEntry::List;

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
  scanned = database.scan(
      Column::meta, keys::kShown, keys::after(keys::kShown), [&](std::string_view key, std::string_view value) {
        const auto place = keys::parse_ledger(key.substr(keys::kShown.size()));
        if (!place || value.size() != 1 || value[0] < 0 || value[0] > static_cast<char>(List::shared))
          return all_read = false;
        show_otherwise(*place, static_cast<List>(value[0]));
        return true;
      });
  if (!scanned) return scanned.error();
  const auto gate = database.get(Column::meta, keys::kGate);
  if (!gate) return gate.error();
  if (*gate) {
    auto decoded = FeedGate::decode(**gate);
    if (!decoded) return decoded.error();
    gate_ = std::move(*decoded);
    gate_written_ = **gate;
  }
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
    if (!shown_otherwise_.empty()) {
      const auto other = shown_otherwise_.find(*place);
      if (other != shown_otherwise_.end()) entry.in_generation = other->second;
    }
    if (entry.in_generation == KeptEntry::List::published) published.push_back(place->second);
    if (entry.in_generation == KeptEntry::List::shared) shared.push_back(place->second);
    here->count_of(entry.state, place->second)++;
    here->entries.emplace_hint(here->entries.end(), place->second, std::move(entry));  // keys come in order
    return true;
  });
  close_shelf();
  if (!scanned) return scanned.error();
  for (const auto& [place, list] : shown_otherwise_) {
    Shelf& of = shelf(place.first);
    if (list == List::none || of.entries.contains(place.second)) continue;
    AddressSet& set = list == List::shared ? of.shared : of.published;
    set = set.changed(std::array{place.second}, {});
  }
  if (!needs_are_kept_) for_each_address([&](const IpAddress& address) { to_be_read_.insert(address); });
  if (!damaged.empty()) return Problem{"the store holds a damaged record (" + damaged + "); restore a backup"};
  return {};
}

Result<void> LedgerBook::load_generation(const Database& database) {
  const auto number = database.get(Column::meta, keys::kGeneration);
  if (!number) return number.error();
  if (!*number) return {};
  if ((*number)->size() != 8) return Problem{"the store's generation counter is damaged; restore a backup"};
  const std::uint64_t current = keys::read_u64(**number);
  const auto header = database.get(Column::changes, keys::change(current, 0));
  if (!header) return header.error();
  GenerationSummary summary;
  if (!*header || !decode_change_record(**header, summary))
    return Problem{"the store's newest generation is damaged; restore a backup"};
  const auto written = database.get(Column::meta, keys::kProfiles);
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

}  // namespace sinkfeed
