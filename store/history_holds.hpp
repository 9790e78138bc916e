// Times whose history retention must not delete, until somebody releases them. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "config/clock.hpp"
#include "config/result.hpp"
#include "store/database.hpp"

namespace sinkfeed {

struct HistoryHold {
  WallTime since, until;  // since <= time < until
  WallTime made;
  std::string by, reason;
};

class HistoryHolds {
 public:
  // The database outlives it.
  static Result<std::unique_ptr<HistoryHolds>> open(Database& database);

  // `number`: of the link in the chain that tells of it. In force when it returns, and on disk; not at all after a
  // Problem.
  Result<void> add(std::uint64_t number, HistoryHold hold);
  // False: there is none of that number.
  Result<bool> release(std::uint64_t number);
  std::map<std::uint64_t, HistoryHold> all() const;
  // Whether one of them holds something from `first` to `last`.
  bool covers(WallTime first, WallTime last) const;

 private:
  explicit HistoryHolds(Database& database) : database_(database) {}

  Database& database_;
  mutable std::mutex mutex_;
  std::map<std::uint64_t, HistoryHold> holds_;
};

}  // namespace sinkfeed
