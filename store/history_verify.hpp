// Looks whether the history, its index, the chain of evidence and its checkpoints are what they were when they were
// written, and names the first thing that is not. In steps, because that takes as long as reading all of it.
//
// What it finds: each link, block and checkpoint that was changed, is missing, stands in another's place or belongs to
// nothing. What it cannot find from the store alone: that somebody who can write the store has made all of it anew from
// some place on, newer than any checkpoint; checkpoints that are kept elsewhere show that.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "config/clock.hpp"
#include "config/result.hpp"
#include "store/database.hpp"
#include "store/node_key.hpp"

namespace sinkfeed {

struct VerifyStep {
  std::string cursor;                    // where the step before ended; empty: at the beginning
  std::optional<WallTime> since, until;  // of blocks with such rows the content is read; links are all looked at
  std::chrono::milliseconds most{2000};  // it ends after that time, or somewhat later
};

struct VerifyResult {
  std::string cursor;   // for the next step; empty: there is none
  std::string finding;  // what is wrong first, one sentence; nothing follows then. Empty: nothing so far
  // What this step has looked at.
  std::uint64_t links = 0, blocks = 0, rows = 0, checkpoints = 0;
  double done = 0;  // of the whole, 0 to 1
};

// Any thread, while the history is written and dropped. A Problem: the cursor is none.
Result<VerifyResult> verify_history(const Database& database, const NodeKey& key, const VerifyStep& step);

}  // namespace sinkfeed
