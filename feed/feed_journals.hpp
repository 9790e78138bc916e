// The journals of the feeds that somebody asks for by what has changed; each is made when it is first asked for, from
// the recorded changes of all generations, and then kept up.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "feed/feed_journal.hpp"
#include "store/store.hpp"

namespace sinkfeed {

class FeedJournals {
 public:
  // The store outlives it.
  explicit FeedJournals(const Store& store) : store_(store) {}

  // Which addresses that others need too are in it. `all`: even if the feed blocks them on some ports alone.
  enum class Others : std::uint8_t { none, as_the_feed_says, all };
  // Calls `look` with the feed's journal as of the current generation, and nobody else has it meanwhile. False: no
  // generation holds that feed yet. A Problem: the store cannot be read. Any thread; waits for the disk. `feed` is of
  // the configuration.
  Result<bool> read(const std::shared_ptr<const Configuration>& configuration, const FeedDefinition& feed,
                    Others others, const std::function<void(const FeedJournal&)>& look);

 private:
  struct Kept {
    std::mutex mutex;
    std::unique_ptr<FeedJournal> journal;
    std::uint64_t generation = 0;                        // as of which it is
    std::shared_ptr<const Configuration> configuration;  // by which
  };
  Result<bool> catch_up(Kept& kept, const std::shared_ptr<const Configuration>& configuration,
                        const FeedDefinition& defined, Others others) const;

  const Store& store_;
  std::mutex mutex_;
  std::map<std::pair<std::string, Others>, std::shared_ptr<Kept>> kept_;
};

}  // namespace sinkfeed
