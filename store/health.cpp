#include "store/health.hpp"

#include <spdlog/spdlog.h>

namespace sinkfeed {

// Counts in a sentence change all the time; only the first sentence of a trouble is logged.
std::optional<bool> Health::note(Troubles& troubles, const std::string& part, const std::string& sentence) {
  if (sentence.empty()) return troubles.erase(part) ? std::optional(false) : std::nullopt;
  const auto [known, is_new] = troubles.try_emplace(part, Trouble{sentence, std::chrono::steady_clock::now()});
  known->second.sentence = sentence;
  return is_new ? std::optional(true) : std::nullopt;
}

void Health::report(const std::string& part, const std::string& problem) {
  const std::lock_guard lock(mutex_);
  const auto change = note(problems_, part, problem);
  if (!change) return;
  if (*change) {
    spdlog::error("{}: {}", part, problem);
  } else {
    spdlog::info("{}: all is well again", part);
  }
}

void Health::warn(const std::string& part, const std::string& warning) {
  const std::lock_guard lock(mutex_);
  const auto change = note(warnings_, part, warning);
  if (!change) return;
  if (*change) {
    spdlog::warn("{}: {}", part, warning);
  } else {
    spdlog::info("{}: nothing to look at any more", part);
  }
}

std::map<std::string, std::string> Health::sentences(const Troubles& troubles) {
  std::map<std::string, std::string> sentences;
  for (const auto& [part, trouble] : troubles) sentences[part] = trouble.sentence;
  return sentences;
}

std::map<std::string, std::string> Health::problems() const {
  const std::lock_guard lock(mutex_);
  return sentences(problems_);
}

std::map<std::string, std::string> Health::warnings() const {
  const std::lock_guard lock(mutex_);
  return sentences(warnings_);
}

std::optional<std::chrono::steady_clock::duration> Health::lasting(const std::string& part) const {
  const std::lock_guard lock(mutex_);
  const auto found = problems_.find(part);
  if (found == problems_.end()) return std::nullopt;
  return std::chrono::steady_clock::now() - found->second.since;
}

}  // namespace sinkfeed
