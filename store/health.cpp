#include "store/health.hpp"

#include <spdlog/spdlog.h>

namespace sinkfeed {

void Health::report(const std::string& part, const std::string& problem) {
  const std::lock_guard lock(mutex_);
  const auto known = problems_.find(part);
  if (problem.empty()) {
    if (known == problems_.end()) return;
    problems_.erase(known);
    spdlog::info("{}: all is well again", part);
    return;
  }
  // Counts in a sentence change all the time; only the first sentence of a trouble is logged.
  if (known == problems_.end()) spdlog::error("{}: {}", part, problem);
  problems_[part] = problem;
}

std::map<std::string, std::string> Health::problems() const {
  const std::lock_guard lock(mutex_);
  return problems_;
}

}  // namespace sinkfeed
