// What is behind History.
#pragma once

#include <memory>

#include "store/history.hpp"
#include "store/history_writer.hpp"

namespace sinkfeed {

struct History::Core {
  std::unique_ptr<HistoryWriter> writer;
};

}  // namespace sinkfeed
