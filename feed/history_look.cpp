#include "feed/history_look.hpp"

#include <condition_variable>
#include <mutex>
#include <string>

namespace sinkfeed {

HistoryLook::HistoryLook(const Store& store, const std::stop_token& stop, boost::json::object& body)
    : store_(store),
      body_(body),
      passed_on_(stop, [this] { source_.request_stop(); }),
      timer_([this](const std::stop_token& end) {
        std::mutex mutex;
        std::unique_lock lock(mutex);
        std::condition_variable_any ended;
        ended.wait_for(lock, end, kPatience, [] { return false; });
        if (end.stop_requested()) return;
        is_over_ = true;
        source_.request_stop();
      }) {}

void HistoryLook::at(HistoryFilter filter, const std::function<bool(const QueryRecord&)>& visit) {
  filter.limit = 0;
  filter.stop = source_.get_token();
  const auto searched = store_.history->search(
      filter, [&](const QueryRecord& record) { return record.kind == QueryRecord::Kind::gap || visit(record); });
  if (searched) return;
  if (is_over_)
    body_["unfinished"] = "the history was searched for " + std::to_string(kPatience.count()) + " s, newest first";
  else
    body_["damage"] = searched.error().what;
}

}  // namespace sinkfeed
