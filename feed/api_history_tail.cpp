#include "feed/api_history_tail.hpp"

#include <algorithm>

#include "feed/api_history.hpp"
#include "feed/json_values.hpp"
#include "feed/parameters.hpp"
#include "store/history_follow.hpp"

namespace sinkfeed {

namespace {

constexpr std::uint64_t kFirst = 10;  // of those that there are already
constexpr std::size_t kAtOnce = 1000;
// Who is further behind than a terminal could show skips what is between.
constexpr std::uint64_t kMostBehind = 100'000;

}  // namespace

ApiAnswer api_history_tail(const Store& store, const Parameters& parameters) {
  const auto filter = read_history_filter(parameters, store.clock->wall(), {"after"});
  if (!filter) return api_problem(400, filter.error().what);
  const std::uint64_t end = HistoryFollower::end(*store.history).record;
  std::uint64_t from = end - std::min(end, kFirst), missed = 0;
  if (const auto after = parameters.find("after"); after != parameters.end() && !after->second.empty()) {
    const auto given = whole_number(after->second);
    if (!given) return api_problem(400, "after: \"" + after->second + "\" is not the number of a record");
    // One from before the store was restored has a higher number than there is.
    from = std::min(*given, end);
    if (end - from > kMostBehind) missed = end - kMostBehind - from, from = end - kMostBehind;
  }
  HistoryFollower follower(*store.history, {from});
  boost::json::array records;
  const auto read = follower.read(kAtOnce, [&](const QueryRecord& record) {
    if (filter->matches(record)) records.push_back(record_value(record));
  });
  if (!read) return api_problem(500, read.error().what);
  missed += follower.take_missed();
  return {200, boost::json::object{{"records", std::move(records)},
                                   {"position", follower.position().record},
                                   {"behind", follower.position().record < end},
                                   {"missed", missed},
                                   {"live", store.mode == Database::Mode::read_write}}};
}

}  // namespace sinkfeed
