// Where the agent puts a list: the sets of the kernel's packet filter.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "config/result.hpp"
#include "feed/agent/followed_list.hpp"
#include "feed/feed_content.hpp"

namespace sinkfeed {

class KernelSets {
 public:
  virtual ~KernelSets() = default;
  // Whether this program may change sets here. The Problem says what is missing.
  virtual Result<void> can_be_used() const = 0;
  // The list as a whole, at once, in the place of what was there.
  virtual Result<void> load(const FollowedList& list) const = 0;
  // Of `from`, which is there, to `to`. A Problem: it was not, or could not be changed; load() then mends it.
  virtual Result<void> change(const FollowedList& from, const FollowedList& to) const = 0;
  // Reads back what is there: nothing if it is the list, to the address; else one sentence that says what is not as it
  // should be. A Problem: it cannot be read.
  virtual Result<std::optional<std::string>> difference(const FollowedList& list) const = 0;
  virtual std::string name() const = 0;  // "nftables"
};

// `set`: in whose names the feed's name stands otherwise; empty: the feed's.
struct NftSetOptions {
  std::string table = "sinkfeed", set;
  bool sets_only = false;
};
std::unique_ptr<KernelSets> make_nft_sets(NftSetOptions options);
std::unique_ptr<KernelSets> make_ipset_sets(std::string set);

// For the formats, which render it.
FeedContent content_of(const FollowedList& list, const std::string& set);

}  // namespace sinkfeed
