#include "store/history_sinks.hpp"

#include <algorithm>

#include "store/keys.hpp"

namespace sinkfeed {

Result<std::optional<HistoryPosition>> HistorySinkStates::kept(const std::string& name) const {
  const auto value = database_.get(Column::meta, std::string{keys::kSink} + name);
  if (!value) return value.error();
  if (!*value || (*value)->size() != 8) return std::optional<HistoryPosition>{};
  return std::optional{HistoryPosition{keys::read_u64(**value)}};
}

Result<void> HistorySinkStates::keep(const std::string& name, HistoryPosition position) {
  std::string value;
  keys::append_u64(value, position.record);
  Database::Batch batch;
  batch.put(Column::meta, std::string{keys::kSink} + name, std::move(value));
  return database_.write(batch);
}

Result<void> HistorySinkStates::forget_all_but(const std::vector<std::string>& names) {
  const auto is_one = [&](std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(states_, [&](const auto& state) { return !is_one(state.first); });
  }
  Database::Batch batch;
  auto read = database_.scan(Column::meta, keys::kSink, keys::after(keys::kSink), [&](std::string_view key, auto) {
    if (!is_one(key.substr(keys::kSink.size()))) batch.remove(Column::meta, std::string{key});
    return true;
  });
  if (!read || batch.empty()) return read;
  return database_.write(batch);
}

void HistorySinkStates::report(const std::string& name, const SinkState& state) {
  const std::lock_guard lock(mutex_);
  states_[name] = state;
}

std::map<std::string, SinkState> HistorySinkStates::states() const {
  const std::lock_guard lock(mutex_);
  return states_;
}

}  // namespace sinkfeed
