#include "store/names_by_address.hpp"

#include <algorithm>

#include "store/keys.hpp"
#include "store/name_records.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kWrittenAtOnce = 20000;
constexpr auto kDay = std::chrono::hours(24);
// How much of the limit is kept when it was exceeded, so that it is not exceeded again at once: four fifths.
constexpr std::uint64_t kKeptOf5 = 4;

// Of the first record, all members that a map's lookup does not give.
void see(std::map<DnsName, Need>& found, const DnsName& name, const Need& need) {
  const auto [at, fresh] = found.try_emplace(name, need);
  if (!fresh) merge_need(at->second, need);
}

}  // namespace

void NamesByAddress::add(const NameObservation& observation) {
  Need need{observation.name, observation.seen, observation.seen, observation.queries, {}, ""};
  if (observation.client) need.clients.push_back(*observation.client);
  add(observation.address, need);
}

void NamesByAddress::add(const IpAddress& address, const Need& need) {
  const std::lock_guard lock(mutex_);
  std::pair key(address, need.name);
  if (const auto found = pending_.find(key); found != pending_.end()) {
    merge_need(found->second, need);
  } else if (pending_.size() >= kMaxPending) {
    dropped_++;
  } else {
    pending_.emplace(std::move(key), need);
  }
}

void NamesByAddress::collect(const Pending& pending, const IpAddress& address, std::map<DnsName, Need>& found) {
  for (auto at = pending.lower_bound({address, DnsName()}); at != pending.end() && at->first.first == address; ++at)
    see(found, at->first.second, at->second);
}

Result<std::vector<Need>> NamesByAddress::of(const IpAddress& address) const {
  std::map<DnsName, Need> found;
  {
    const std::lock_guard lock(mutex_);
    collect(pending_, address, found);
    collect(writing_, address, found);
  }
  const std::string from = keys::name(address, DnsName()).substr(0, 1 + address.bytes().size());
  std::string damaged;
  const auto scanned =
      database_.scan(Column::names, from, keys::after(from), [&](std::string_view key, std::string_view value) {
        const auto place = keys::parse_name(key);
        Need need;
        if (!place || !decode_need(value, need)) {
          damaged = "a name of " + address.text();
          return false;
        }
        need.name = place->second;
        see(found, place->second, need);
        return true;
      });
  if (!scanned) return scanned.error();
  if (!damaged.empty()) return Problem{"the store holds a damaged record (" + damaged + "); restore a backup"};
  std::vector<Need> names;
  for (auto& [name, need] : found) names.push_back(std::move(need));
  return names;
}

bool NamesByAddress::has_pending() const {
  const std::lock_guard lock(mutex_);
  return !pending_.empty() || !writing_.empty();
}

std::uint64_t NamesByAddress::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

Result<void> NamesByAddress::write() {
  Database::Batch batch;
  {
    const std::lock_guard lock(mutex_);
    while (!pending_.empty() && writing_.size() < kWrittenAtOnce) writing_.insert(pending_.extract(pending_.begin()));
    if (writing_.empty()) return {};
    for (const auto& [key, need] : writing_)
      batch.merge(Column::names, keys::name(key.first, key.second), encode_need(need));
  }
  if (auto written = database_.write(batch); !written) return written;
  const std::lock_guard lock(mutex_);
  writing_.clear();
  return {};
}

Result<void> NamesByAddress::limit(WallTime now, std::chrono::seconds age, std::uint64_t size) {
  const WallTime too_old = now - age;
  database_.forget_names_before(too_old);
  if (database_.bytes_on_disk(Column::names) <= size) return {};
  // How many bytes were seen last on which day; what is on disk is smaller, for it is compressed.
  std::map<std::int64_t, std::uint64_t> days;
  std::uint64_t all = 0;
  const auto scanned = database_.scan(Column::names, "", "", [&](std::string_view key, std::string_view value) {
    Need need;
    if (!decode_need(value, need)) return true;  // who asks for it is told
    const std::uint64_t bytes = key.size() + value.size();
    days[need.last_seen.time_since_epoch() / kDay] += bytes;
    all += bytes;
    return true;
  });
  if (!scanned) return scanned.error();
  const std::uint64_t on_disk = std::max<std::uint64_t>(database_.bytes_on_disk(Column::names), 1);
  const double kept = static_cast<double>(size) * kKeptOf5 / 5 / static_cast<double>(on_disk);
  double left = static_cast<double>(all) * std::min(kept, 1.0);
  WallTime before = too_old;
  for (auto day = days.rbegin(); day != days.rend(); ++day) {
    left -= static_cast<double>(day->second);
    if (left >= 0) continue;
    // The day itself goes too, unless it is today: else nothing could be learned any more.
    const WallTime day_over{(day->first + 1) * kDay}, an_hour_ago = now - std::chrono::hours(1);
    before = std::max(before, std::min(day_over, an_hour_ago));
    break;
  }
  database_.forget_names_before(before);
  return database_.compact(Column::names);
}

}  // namespace sinkfeed
