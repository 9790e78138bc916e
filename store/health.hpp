// What is wrong right now, by part: each room reports, /readyz and `sinkfeed status` show it. Any thread.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace sinkfeed {

class Health {
 public:
  // `part` such as "store", "history", "upstream"; `problem` one sentence, or empty when all is well again.
  // A change is logged once, in both directions.
  void report(const std::string& part, const std::string& problem);
  // The same, of what a person should look at while everything works.
  void warn(const std::string& part, const std::string& warning);

  // The parts that have a problem now, with the sentence. Empty: ready.
  std::map<std::string, std::string> problems() const;
  std::map<std::string, std::string> warnings() const;
  // How long the part has had its problem; nothing if it has none.
  std::optional<std::chrono::steady_clock::duration> lasting(const std::string& part) const;

 private:
  struct Trouble {
    std::string sentence;
    std::chrono::steady_clock::time_point since;
  };
  using Troubles = std::map<std::string, Trouble>;
  static std::map<std::string, std::string> sentences(const Troubles& troubles);
  // True: the part had none before. Nothing: no change to be logged.
  static std::optional<bool> note(Troubles& troubles, const std::string& part, const std::string& sentence);

  mutable std::mutex mutex_;
  Troubles problems_, warnings_;
};

}  // namespace sinkfeed
