#include "feed/feed_journals.hpp"

#include <algorithm>

#include "feed/feed_builder.hpp"

namespace sinkfeed {

namespace {

// Such a feed is what its profile's lists are, always.
bool is_settled(const FeedDefinition& feed, const Configuration& configuration) {
  const auto unlisted = with_feeds_of_profiles({}, configuration.catalogue->profiles());
  return std::find(unlisted.begin(), unlisted.end(), feed) != unlisted.end();
}

}  // namespace

Result<bool> FeedJournals::read(const std::shared_ptr<const Configuration>& configuration, const FeedDefinition& feed,
                                Others others, const std::function<void(const FeedJournal&)>& look) {
  std::shared_ptr<Kept> kept;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(kept_, [&](const auto& one) {
      return std::none_of(configuration->feeds.begin(), configuration->feeds.end(),
                          [&](const FeedDefinition& known) { return known.name == one.first.first; });
    });
    auto& place = kept_[{feed.name, others}];
    if (!place) place = std::make_shared<Kept>();
    kept = place;
  }
  const std::lock_guard lock(kept->mutex);
  const auto is_there = catch_up(*kept, configuration, feed, others);
  // What was taken by halves cannot be taken on.
  if (!is_there) kept->journal.reset();
  if (!is_there || !*is_there) return is_there;
  look(*kept->journal);
  return true;
}

Result<bool> FeedJournals::catch_up(Kept& kept, const std::shared_ptr<const Configuration>& configuration,
                                    const FeedDefinition& defined, Others others) const {
  const auto generation = store_.ledger->current();
  if (!generation->number) return false;
  if (kept.journal && kept.generation == generation->number && kept.configuration == configuration) return true;
  FeedDefinition feed = defined;
  if (others == Others::all) feed.shared = SharedAddresses::include;
  FormatFacts facts;
  facts.reads_prefixes = false;
  facts.blocks_every_port = others == Others::none;
  const auto content = build_feed(feed, *generation, *configuration->catalogue, facts, {}, entries_of(*store_.ledger));
  if (!content) return false;

  const WallTime now = store_.clock->wall();
  std::unique_ptr<FeedJournal> before;
  if (kept.journal && !(kept.journal->feed() == feed)) before = std::move(kept.journal);
  if (!kept.journal) {
    const bool with_shared = feed.shared == SharedAddresses::include && others != Others::none;
    kept.journal =
        std::make_unique<FeedJournal>(feed, with_shared, !before && is_settled(feed, *configuration), before.get());
    kept.generation = 0;
  }
  FeedJournal& journal = *kept.journal;
  const auto replayed = store_.ledger->replay(
      kept.generation, generation->number, [&](std::uint64_t number, WallTime created, const GenerationChange& change) {
        journal.take(number, created, change);
      });
  if (!replayed) return replayed.error();
  journal.settle(content->networks, generation->number, now);
  if (before) journal.succeed(*before, now);
  kept.generation = generation->number;
  kept.configuration = configuration;
  return true;
}

}  // namespace sinkfeed
