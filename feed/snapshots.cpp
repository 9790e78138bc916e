#include "feed/snapshots.hpp"

#include <fmt/format.h>
#include <xxhash.h>

namespace sinkfeed {

void Snapshots::published(std::shared_ptr<const Generation> generation) {
  const std::lock_guard lock(mutex_);
  current_ = std::move(generation);
  rendered_.clear();
}

std::shared_ptr<const Generation> Snapshots::generation() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

std::shared_ptr<const Snapshot> Snapshots::get(std::string_view name, const FeedFormat& format,
                                               std::optional<int> family) {
  const Key key{std::string(name), &format, family.value_or(0)};
  std::shared_ptr<const Generation> generation;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = rendered_.find(key); found != rendered_.end()) return found->second;
    generation = current_;
  }
  const Profile* profile = generation->catalogue->find_profile(name);
  if (!profile) return nullptr;
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->body = format.render({*profile, *generation, family, entries_});
  const XXH128_hash_t hash = XXH3_128bits(snapshot->body.data(), snapshot->body.size());
  snapshot->etag = fmt::format("\"{:016x}{:016x}\"", hash.high64, hash.low64);
  snapshot->media_type = format.media_type();
  snapshot->changed = generation->created;
  snapshot->generation = generation->number;
  const std::lock_guard lock(mutex_);
  if (current_ == generation) rendered_[key] = snapshot;
  return snapshot;
}

}  // namespace sinkfeed
