#include "feed/snapshots.hpp"

#include <fmt/format.h>
#include <xxhash.h>

namespace sinkfeed {

void Snapshots::published(std::shared_ptr<const Generation> generation) {
  const std::lock_guard lock(mutex_);
  current_ = std::move(generation);
  rendered_.merge(before_);
  before_ = std::move(rendered_);
  rendered_.clear();
}

std::shared_ptr<const Generation> Snapshots::generation() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

std::shared_ptr<const Snapshot> Snapshots::get(const std::shared_ptr<const Configuration>& configuration,
                                               const FeedDefinition& feed, const FeedFormat& format,
                                               const FeedWishes& wishes) {
  const Key key{feed.name, &format, wishes};
  std::shared_ptr<const Generation> generation;
  std::shared_ptr<const Snapshot> before;
  {
    const std::lock_guard lock(mutex_);
    if (configuration_ != configuration) {
      before_.clear();
      rendered_.clear();
      configuration_ = configuration;
    }
    if (const auto found = rendered_.find(key); found != rendered_.end()) return found->second;
    if (const auto found = before_.find(key); found != before_.end()) before = found->second;
    generation = current_;
  }
  const auto content = build_feed(feed, *generation, *configuration->catalogue, format.facts(), wishes, entries_);
  if (!content) return nullptr;
  std::shared_ptr<const Snapshot> snapshot;
  // The same content keeps its bytes, tag and time: nobody need fetch it again.
  if (before && before->edition == content->edition && !format.facts().tells_evidence) {
    snapshot = std::move(before);
  } else {
    auto made = std::make_shared<Snapshot>();
    made->body = format.render(*content);
    const XXH128_hash_t hash = XXH3_128bits(made->body.data(), made->body.size());
    made->etag = fmt::format("\"{:016x}{:016x}\"", hash.high64, hash.low64);
    made->media_type = format.facts().media_type;
    made->changed = generation->created;
    made->generation = generation->number;
    made->edition = content->edition;
    made->entries = content->networks.size() + content->shared.size();
    made->left_out = content->left_out;
    snapshot = std::move(made);
  }
  const std::lock_guard lock(mutex_);
  if (current_ == generation && configuration_ == configuration) rendered_[key] = snapshot;
  return snapshot;
}

}  // namespace sinkfeed
