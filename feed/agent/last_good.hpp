// The last good list on disk: what the agent blocks with when it starts and no server answers.
//
// One file, replaced as a whole: a line of JSON that says what it is, then the list as .txt has it. One that is
// damaged, or of another feed, is none.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "config/result.hpp"
#include "feed/agent/followed_list.hpp"

namespace sinkfeed {

class LastGood {
 public:
  // Makes the folder if it is not there. A Problem: nothing can be written there.
  static Result<LastGood> open(const std::filesystem::path& folder, const std::string& feed,
                               const std::optional<int>& family);

  // Nothing: there is none yet. A Problem: there is one that cannot be used.
  Result<std::optional<FollowedList>> load() const;
  // On disk when it returns.
  Result<void> save(const FollowedList& list) const;

 private:
  LastGood(std::filesystem::path file, std::string feed, std::optional<int> family)
      : file_(std::move(file)), feed_(std::move(feed)), family_(family) {}

  std::filesystem::path file_;
  std::string feed_;
  std::optional<int> family_;
};

}  // namespace sinkfeed
