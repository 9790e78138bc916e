// The live receivers of the history that the settings name.
#pragma once

#include <memory>
#include <vector>

#include "feed/out/history_sink.hpp"

namespace sinkfeed {

class HistorySinks {
 public:
  // The store must outlive it.
  explicit HistorySinks(Store& store) : store_(store) {}
  ~HistorySinks() { stop(); }

  // There are these from now on: those that are as before go on undisturbed, one that is changed goes on where it was,
  // one that is new begins with what comes now. One thread at a time.
  void apply(const std::vector<SinkSettings>& wanted);
  void stop();

 private:
  Store& store_;
  std::vector<std::unique_ptr<HistorySink>> sinks_;
};

}  // namespace sinkfeed
