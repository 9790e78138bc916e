// From a feed's definition and a generation to what a format renders.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "config/feed_definition.hpp"
#include "feed/feed_content.hpp"
#include "feed/format.hpp"
#include "store/generation.hpp"

namespace sinkfeed {

// Every address of `ascending` (each once), and no other, in as few networks as can be: two halves are one whole.
NetworkList aggregated(std::span<const IpAddress> ascending);

// How a client wants it, beside what the feed's definition says.
struct FeedWishes {
  std::optional<int> family;
  std::optional<Aggregation> aggregation;
  bool ranges = false;
  friend auto operator<=>(const FeedWishes&, const FeedWishes&) = default;
};

// Nothing if the generation lacks one of the feed's profiles. Tiers are those of `catalogue`: a generation that was
// loaded knows no names. Reads the entries only if the definition limits their
// number or tiers. Any thread.
std::optional<FeedContent> build_feed(const FeedDefinition& feed, const Generation& generation,
                                      const Catalogue& catalogue, const FormatFacts& format, const FeedWishes& wishes,
                                      const Entries& entries);

}  // namespace sinkfeed
