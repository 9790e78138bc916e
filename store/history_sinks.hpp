// How far those who pass the history on have got: kept in the store, so that each goes on there after a restart, and
// what metrics and `status` show of them. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "store/database.hpp"
#include "store/history_follow.hpp"

namespace sinkfeed {

struct SinkState {
  bool is_connected = false;
  std::string problem;          // why not; empty: it is, or was never tried
  HistoryPosition position;     // of the next record
  std::uint64_t delivered = 0;  // records, since the start; what is sent twice counts twice
  std::uint64_t missed = 0;     // that were gone before they could be delivered
};

class HistorySinkStates {
 public:
  // The database must outlive it.
  explicit HistorySinkStates(Database& database) : database_(database) {}

  // Up to where a sink of this name has delivered for certain; nothing if there was none.
  Result<std::optional<HistoryPosition>> kept(const std::string& name) const;
  Result<void> keep(const std::string& name, HistoryPosition position);
  // There are only these from now on: one that is taken out of the settings and comes back later begins anew.
  Result<void> forget_all_but(const std::vector<std::string>& names);

  void report(const std::string& name, const SinkState& state);
  std::map<std::string, SinkState> states() const;

 private:
  Database& database_;
  mutable std::mutex mutex_;
  std::map<std::string, SinkState> states_;
};

}  // namespace sinkfeed
