#include "feed/snapshots.hpp"

#include <fmt/format.h>
#include <xxhash.h>

namespace sinkfeed {

const std::string& Snapshot::coded(Coding coding) const {
  if (coding == Coding::identity) return body;
  Lazy& lazy = coded_.at(coding == Coding::gzip ? 0 : 1);
  std::call_once(lazy.once, [&] {
    lazy.text = encoded(coding, body);
    if (lazy.text.size() >= body.size()) lazy.text.clear();
  });
  return lazy.text;
}

const std::string& Snapshot::beside(std::size_t number, const std::function<std::string(const Snapshot&)>& make) const {
  Lazy& lazy = beside_.at(number);
  std::call_once(lazy.once, [&] { lazy.text = make(*this); });
  return lazy.text;
}

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

bool Snapshots::is_ready(const std::shared_ptr<const Configuration>& configuration, const FeedDefinition& feed,
                         const FeedFormat& format, const FeedWishes& wishes) const {
  const std::lock_guard lock(mutex_);
  return configuration_ == configuration && rendered_.contains(Key{feed.name, &format, wishes});
}

std::shared_ptr<const Snapshot> Snapshots::get(const std::shared_ptr<const Configuration>& configuration,
                                               const FeedDefinition& feed, const FeedFormat& format,
                                               const FeedWishes& wishes) {
  const Key key{feed.name, &format, wishes};
  std::unique_lock lock(mutex_);
  if (configuration_ != configuration) {
    before_.clear();
    rendered_.clear();
    configuration_ = configuration;
  }
  for (;;) {
    if (const auto found = rendered_.find(key); found != rendered_.end()) return found->second;
    if (rendering_.insert(key).second) break;
    done_.wait(lock);
  }
  const std::shared_ptr<const Generation> generation = current_;
  const auto found = before_.find(key);
  const std::shared_ptr<const Snapshot> before = found == before_.end() ? nullptr : found->second;
  lock.unlock();
  auto snapshot = render(*configuration, feed, format, wishes, *generation, before);
  lock.lock();
  rendering_.erase(key);
  done_.notify_all();
  if (current_ != generation || configuration_ != configuration || !snapshot) return snapshot;
  rendered_[key] = snapshot;
  before_.erase(key);
  if (before && before != snapshot) retire(before);
  return snapshot;
}

std::shared_ptr<const Snapshot> Snapshots::render(const Configuration& configuration, const FeedDefinition& feed,
                                                  const FeedFormat& format, const FeedWishes& wishes,
                                                  const Generation& generation,
                                                  const std::shared_ptr<const Snapshot>& before) const {
  const auto content = build_feed(feed, generation, *configuration.catalogue, format.facts(), wishes, entries_);
  if (!content) return nullptr;
  // The same content keeps its bytes, tag and time: nobody need fetch it again.
  if (before && before->edition == content->edition && !format.facts().tells_evidence) return before;
  auto made = std::make_shared<Snapshot>();
  made->body = format.render(*content);
  const XXH128_hash_t hash = XXH3_128bits(made->body.data(), made->body.size());
  made->etag = fmt::format("\"{:016x}{:016x}\"", hash.high64, hash.low64);
  made->media_type = format.facts().media_type;
  made->changed = generation.created;
  made->generation = generation.number;
  made->edition = content->edition;
  made->entries = content->networks.size() + content->shared.size();
  made->left_out = content->left_out;
  return made;
}

void Snapshots::retire(std::shared_ptr<const Snapshot> snapshot) {
  const SteadyTime now = std::chrono::steady_clock::now();
  retired_bytes_ += snapshot->body.size();
  retired_.emplace_back(now, std::move(snapshot));
  while (!retired_.empty() && (now - retired_.front().first > kKept || retired_bytes_ > kKeptBytes)) {
    retired_bytes_ -= retired_.front().second->body.size();
    retired_.pop_front();
  }
}

}  // namespace sinkfeed
