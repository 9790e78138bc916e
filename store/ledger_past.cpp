// Generations as they were, from the records of what each has changed.
#include <map>

#include "store/keys.hpp"
#include "store/ledger.hpp"
#include "store/ledger_core.hpp"
#include "store/ledger_records.hpp"

namespace sinkfeed {

namespace {

const Problem kDamaged{"a record of the generations' changes is damaged; restore a backup"};

struct List {
  std::string profile;
  bool shared;
  friend auto operator<=>(const List&, const List&) = default;
};

void take_back(AddressSet& set, const std::map<IpAddress, bool>& was_there) {
  std::vector<IpAddress> added, removed;
  for (const auto& [address, was] : was_there) (was ? added : removed).push_back(address);
  set = set.changed(added, removed);
}

}  // namespace

Result<std::shared_ptr<const Generation>> Ledger::generation(std::uint64_t number) const {
  using Found = std::shared_ptr<const Generation>;
  const auto now = current();
  if (number == now->number) return now;
  if (!number || number > now->number) return Found();
  auto past = std::make_shared<Generation>(*now);
  past->number = number;
  const auto header = core_->database.get(Column::changes, keys::change(number, 0));
  if (!header) return header.error();
  if (!*header) return Found();
  GenerationSummary summary;
  if (!decode_change_record(**header, summary)) return kDamaged;
  past->created = summary.created;

  // From the last change to the first after that generation: the first of an address says how it was before.
  std::map<List, std::map<IpAddress, bool>> was_there;
  std::size_t changes = 0;
  bool damaged = false;
  const auto scanned = core_->database.scan(
      Column::changes, keys::change(number + 1, 0), keys::change(now->number + 1, 0),
      [&](std::string_view, std::string_view value) {
        summary.changes.clear();
        if (!decode_change_record(value, summary)) return damaged = true, false;
        for (const GenerationChange& change : summary.changes)
          was_there[{change.profile, change.shared}][change.address] = !change.added;
        return ++changes <= kMostTakenBack;
      },
      true);
  if (!scanned) return scanned.error();
  if (damaged) return kDamaged;
  if (changes > kMostTakenBack) return Found();
  for (const auto& [list, addresses] : was_there) {
    auto& sets = list.shared ? past->shared : past->profiles;
    if (const auto set = sets.find(list.profile); set != sets.end()) take_back(set->second, addresses);
  }
  return Found(std::move(past));
}

Result<void> Ledger::replay(std::uint64_t after, std::uint64_t last, const TakeChange& take) const {
  GenerationSummary summary;  // the header, which comes first, gives it its time
  bool damaged = false;
  const auto scanned = core_->database.scan(Column::changes, keys::change(after + 1, 0), keys::change(last + 1, 0),
                                            [&](std::string_view key, std::string_view value) {
                                              summary.changes.clear();
                                              if (key.size() != 12 || !decode_change_record(value, summary))
                                                return damaged = true, false;
                                              for (const GenerationChange& change : summary.changes)
                                                take(keys::read_u64(key), summary.created, change);
                                              return true;
                                            });
  if (!scanned) return scanned.error();
  if (damaged) return kDamaged;
  return {};
}

Result<std::uint64_t> Ledger::generation_at(WallTime time) const {
  std::uint64_t low = 0, high = current()->number;
  // Their times only go up.
  while (low < high) {
    const std::uint64_t middle = low + (high - low + 1) / 2;
    const auto header = core_->database.get(Column::changes, keys::change(middle, 0));
    if (!header) return header.error();
    GenerationSummary summary;
    if (!*header || !decode_change_record(**header, summary)) return kDamaged;
    if (summary.created <= time) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

}  // namespace sinkfeed
