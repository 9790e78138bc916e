// Subscribers as the store keeps them.
#include <algorithm>

#include "store/keys.hpp"
#include "store/records.pb.h"
#include "store/subscribers.hpp"

namespace sinkfeed {

namespace {

std::int64_t us_of(WallTime time) { return time.time_since_epoch().count(); }
WallTime time_of(std::int64_t us) { return WallTime{std::chrono::microseconds{us}}; }

std::optional<IpAddress> address_of(const std::string& bytes) {
  const auto* first = reinterpret_cast<const std::uint8_t*>(bytes.data());
  if (bytes.size() == 4) return IpAddress::v4(std::span<const std::uint8_t, 4>(first, 4));
  if (bytes.size() == 16) return IpAddress::v6(std::span<const std::uint8_t, 16>(first, 16));
  return std::nullopt;
}

}  // namespace

std::string Subscribers::record_of(const Entry& entry) {
  const Subscriber& told = entry.told;
  records::SubscriberRecord record;
  const auto bytes = told.client.bytes();
  record.set_client(bytes.data(), bytes.size());
  record.set_feed(entry.feed->first);
  record.set_who(told.who);
  record.set_user_agent(told.user_agent);
  record.set_first_seen_us(us_of(told.first_seen));
  record.set_last_seen_us(us_of(told.last_seen));
  record.set_polls(told.polls);
  record.set_ok(told.ok);
  record.set_not_modified(told.not_modified);
  record.set_other(told.other);
  record.set_bytes(told.bytes);
  record.set_generation(told.holds.generation);
  record.set_edition(told.holds.hash);
  record.set_changed_us(us_of(told.holds.changed));
  record.set_newest(std::max(told.newest, entry.feed->second.newest.generation));
  if (told.lacks_since) record.set_lacks_since_us(us_of(*told.lacks_since));
  const std::uint32_t first = entry.gap_count > kGaps ? entry.gap_count - kGaps : 0;
  for (std::uint32_t i = first; i < entry.gap_count; i++) record.add_gap_s(entry.gaps.at(i % kGaps));
  record.set_late(static_cast<records::SubscriberRecord::Late>(told.late));
  return record.SerializeAsString();
}

void Subscribers::load(std::string_view value) {
  records::SubscriberRecord record;
  if (!record.ParseFromArray(value.data(), static_cast<int>(value.size()))) return;
  const auto client = address_of(record.client());
  if (!client || record.feed().size() > kLongestFeed) return;
  const SubscriberKey key{*client, record.feed(), record.who()};
  if (find(key) != entries_.end()) return;
  Entry& entry = *add(key);
  Subscriber& told = entry.told;
  told.user_agent = record.user_agent();
  told.first_seen = time_of(record.first_seen_us());
  told.last_seen = time_of(record.last_seen_us());
  told.polls = record.polls();
  told.ok = record.ok();
  told.not_modified = record.not_modified();
  told.other = record.other();
  told.bytes = record.bytes();
  told.holds = {record.generation(), record.edition(), time_of(record.changed_us())};
  told.newest = record.newest();
  // Silence and lack begin anew: while the daemon was down nobody could fetch anything.
  entry.heard = clock_.steady();
  if (record.lacks_since_us()) {
    told.lacks_since = time_of(record.lacks_since_us());
    entry.lacks_from = entry.heard;
    entry.polls_at_lack = told.polls;
  }
  for (const std::uint32_t gap : record.gap_s()) entry.gaps.at(entry.gap_count++ % kGaps) = gap;
  if (record.late() == records::SubscriberRecord::SILENT) told.late = Lateness::silent;
  if (record.late() == records::SubscriberRecord::STALE) told.late = Lateness::stale;
  entry.is_new = false;
  entry.is_written = true;
}

Result<std::unique_ptr<Subscribers>> Subscribers::open(Database& database, const Clock& clock, Health& health,
                                                       std::size_t most) {
  std::unique_ptr<Subscribers> subscribers(new Subscribers(database, clock, health, most));
  const auto scanned = database.scan(Column::meta, keys::kSubscription, keys::after(keys::kSubscription),
                                     [&](std::string_view, std::string_view value) {
                                       subscribers->load(value);
                                       return true;
                                     });
  if (!scanned) return scanned.error();
  subscribers->entries_.sort([](const Entry& a, const Entry& b) { return a.told.last_seen > b.told.last_seen; });
  return subscribers;
}

}  // namespace sinkfeed
