// Goes through the history for an answer of the API, but not for ever: what could not be looked at is said in it.
#pragma once

#include <atomic>
#include <boost/json/object.hpp>
#include <chrono>
#include <functional>
#include <stop_token>
#include <thread>

#include "store/store.hpp"

namespace sinkfeed {

class HistoryLook {
 public:
  static constexpr std::chrono::seconds kPatience{10};

  // All that is looked at takes kPatience together, less if nobody waits for it any more (`stop`). Into `body` goes
  // "unfinished" if that was not enough, "damage" if a part cannot be read. All three outlive it.
  HistoryLook(const Store& store, const std::stop_token& stop, boost::json::object& body);

  // Newest first. Calls `visit` with each query that matches, until it returns false.
  void at(HistoryFilter filter, const std::function<bool(const QueryRecord&)>& visit);

 private:
  const Store& store_;
  boost::json::object& body_;
  std::stop_source source_;
  std::atomic<bool> is_over_{false};
  std::stop_callback<std::function<void()>> passed_on_;
  std::jthread timer_;
};

}  // namespace sinkfeed
