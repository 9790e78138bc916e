// What is wrong right now, by part: each room reports, /readyz and `sinkfeed status` show it. Any thread.
#pragma once

#include <map>
#include <mutex>
#include <string>

namespace sinkfeed {

class Health {
 public:
  // `part` such as "store", "history", "upstream"; `problem` one sentence, or empty when all is well again.
  // A change is logged once, in both directions.
  void report(const std::string& part, const std::string& problem);
  // The parts that have a problem now, with the sentence. Empty: ready.
  std::map<std::string, std::string> problems() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> problems_;
};

}  // namespace sinkfeed
