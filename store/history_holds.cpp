#include "store/history_holds.hpp"

#include <algorithm>
#include <utility>

#include "store/keys.hpp"
#include "store/records.pb.h"

namespace sinkfeed {
namespace {

WallTime from_us(std::int64_t us) { return WallTime{std::chrono::microseconds{us}}; }
std::int64_t us(WallTime time) { return time.time_since_epoch().count(); }

}  // namespace

Result<std::unique_ptr<HistoryHolds>> HistoryHolds::open(Database& database) {
  std::unique_ptr<HistoryHolds> holds{new HistoryHolds{database}};
  bool damaged = false;
  const auto read = database.scan(Column::meta, keys::kHold, keys::after(keys::kHold),
                                  [&](std::string_view key, std::string_view value) {
                                    records::HistoryHoldRecord record;
                                    damaged = key.size() != keys::kHold.size() + 8 ||
                                              !record.ParseFromArray(value.data(), static_cast<int>(value.size()));
                                    if (damaged) return false;
                                    holds->holds_[keys::read_u64(key.substr(keys::kHold.size()))] = {
                                        from_us(record.since_us()), from_us(record.until_us()),
                                        from_us(record.made_us()), record.by(), record.reason()};
                                    return true;
                                  });
  if (!read) return read.error();
  // Without it retention would delete what somebody needs.
  if (damaged) return Problem{"a hold of the history is damaged in the store: restore a backup"};
  return holds;
}

Result<void> HistoryHolds::add(std::uint64_t number, HistoryHold hold) {
  records::HistoryHoldRecord record;
  record.set_since_us(us(hold.since));
  record.set_until_us(us(hold.until));
  record.set_made_us(us(hold.made));
  record.set_by(hold.by);
  record.set_reason(hold.reason);
  {
    // Before it is on disk: from now on nothing is deleted that it holds.
    const std::lock_guard lock{mutex_};
    holds_[number] = std::move(hold);
  }
  Database::Batch batch;
  batch.put(Column::meta, keys::hold(number), record.SerializeAsString());
  auto written = database_.write(batch);
  if (!written) {
    const std::lock_guard lock{mutex_};
    holds_.erase(number);
  }
  return written;
}

Result<bool> HistoryHolds::release(std::uint64_t number) {
  {
    const std::lock_guard lock{mutex_};
    if (!holds_.contains(number)) return false;
  }
  Database::Batch batch;
  batch.remove(Column::meta, keys::hold(number));
  if (const auto written = database_.write(batch); !written) return written.error();
  const std::lock_guard lock{mutex_};
  holds_.erase(number);
  return true;
}

std::map<std::uint64_t, HistoryHold> HistoryHolds::all() const {
  const std::lock_guard lock{mutex_};
  return holds_;
}

bool HistoryHolds::covers(WallTime first, WallTime last) const {
  const std::lock_guard lock{mutex_};
  return std::any_of(holds_.begin(), holds_.end(),
                     [&](const auto& hold) { return first < hold.second.until && last >= hold.second.since; });
}

}  // namespace sinkfeed
