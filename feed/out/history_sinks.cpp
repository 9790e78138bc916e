#include "feed/out/history_sinks.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace sinkfeed {

void HistorySinks::apply(const std::vector<SinkSettings>& wanted) {
  const auto stays = [&](const auto& sink) {
    return std::find(wanted.begin(), wanted.end(), sink->settings()) != wanted.end();
  };
  const auto gone = std::stable_partition(sinks_.begin(), sinks_.end(), stays);
  // All at once, then each is waited for.
  for (auto sink = gone; sink != sinks_.end(); ++sink) (*sink)->request_stop();
  sinks_.erase(gone, sinks_.end());
  std::vector<std::string> names;
  for (const SinkSettings& settings : wanted) names.push_back(settings.name());
  if (const auto forgotten = store_.sinks->forget_all_but(names); !forgotten)
    spdlog::warn("the positions of sinks that are no more stay in the store: {}", forgotten.error().what);
  for (const SinkSettings& settings : wanted) {
    const auto runs = [&](const auto& sink) { return sink->settings() == settings; };
    if (std::none_of(sinks_.begin(), sinks_.end(), runs))
      sinks_.push_back(std::make_unique<HistorySink>(store_, settings));
  }
}

void HistorySinks::stop() {
  for (const auto& sink : sinks_) sink->request_stop();
  sinks_.clear();
}

}  // namespace sinkfeed
