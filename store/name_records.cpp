#include "store/name_records.hpp"

#include <algorithm>
#include <set>

#include "store/ledger_records.hpp"
#include "store/records.pb.h"

namespace sinkfeed {

std::string encode_need(const Need& need) {
  records::NameRecord record;
  record.set_first_seen_us(need.first_seen.time_since_epoch().count());
  record.set_last_seen_us(need.last_seen.time_since_epoch().count());
  record.set_count(need.queries);
  for (const IpAddress& client : need.clients) record.add_client(bytes_of(client));
  return record.SerializeAsString();
}

bool decode_need(std::string_view bytes, Need& need) {
  records::NameRecord record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
  need.first_seen = WallTime{std::chrono::microseconds{record.first_seen_us()}};
  need.last_seen = WallTime{std::chrono::microseconds{record.last_seen_us()}};
  need.queries = record.count();
  need.clients.clear();
  for (const std::string& client : record.client()) {
    const auto address = address_of(client);
    if (!address) return false;
    need.clients.push_back(*address);
  }
  return true;
}

void merge_need(Need& into, const Need& other) {
  into.first_seen = std::min(into.first_seen, other.first_seen);
  into.last_seen = std::max(into.last_seen, other.last_seen);
  into.queries += other.queries;
  // The least of them: which stay does not depend on the order.
  std::set<IpAddress> clients(into.clients.begin(), into.clients.end());
  clients.insert(other.clients.begin(), other.clients.end());
  into.clients.assign(clients.begin(), clients.end());
  if (into.clients.size() > Needs::kMaxClients) into.clients.resize(Needs::kMaxClients);
}

}  // namespace sinkfeed
