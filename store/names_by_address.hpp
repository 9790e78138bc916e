// What every name that is no target resolves to, by address: the store's `names` column. From it an address that turns
// out to be a messenger's is known to be needed by others before it is published.
//
// Records are added without being read first (RocksDB merges them), for there can be millions; what has not been seen
// for ledger.names_age is dropped when RocksDB compacts, and the longest unseen before that if ledger.names_size is
// exceeded.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "config/clock.hpp"
#include "store/database.hpp"
#include "store/needs.hpp"

namespace sinkfeed {

class NamesByAddress {
 public:
  // Added and not yet written, at most; then they are dropped and counted, to be seen again some time.
  static constexpr std::size_t kMaxPending = 200000;

  // The database must outlive it.
  explicit NamesByAddress(Database& database) : database_(database) {}

  // Any thread.
  void add(const NameObservation& observation);
  // What is known of a name and an address that is nobody else's to remember any more. Any thread.
  void add(const IpAddress& address, const Need& need);
  // Who needs the address, written or not. Any thread.
  Result<std::vector<Need>> of(const IpAddress& address) const;
  bool has_pending() const;
  std::uint64_t dropped() const;

  // One thread at a time. Writes what was added, or a part that is soon written. What cannot be written stays pending.
  Result<void> write();
  // One thread at a time, beside write(). Sees to it that the column gets smaller again if it is larger than `size`
  // bytes, and that nothing older than `age` stays. Reads the whole column if it is too large; returns at once
  // otherwise.
  Result<void> limit(WallTime now, std::chrono::seconds age, std::uint64_t size);

 private:
  using Pending = std::map<std::pair<IpAddress, DnsName>, Need>;
  static void collect(const Pending& pending, const IpAddress& address, std::map<DnsName, Need>& found);

  Database& database_;
  mutable std::mutex mutex_;
  Pending pending_;
  Pending writing_;  // taken by write(), until it is on disk
  std::uint64_t dropped_ = 0;
};

}  // namespace sinkfeed
