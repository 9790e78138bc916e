#include "feed/snapshots.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>

#include "feed/http_message.hpp"

namespace sinkfeed {

namespace {

// What a feed is made of, and nothing that would keep other feeds' addresses in memory.
std::shared_ptr<const Generation> part_of(const Generation& generation, const FeedDefinition& feed) {
  auto part = std::make_shared<Generation>();
  part->number = generation.number;
  part->created = generation.created;
  part->catalogue = generation.catalogue;
  for (const std::string& profile : feed.profiles) {
    if (const auto set = generation.profiles.find(profile); set != generation.profiles.end())
      part->profiles.insert(*set);
    if (const auto set = generation.shared.find(profile); set != generation.shared.end()) part->shared.insert(*set);
  }
  return part;
}

// The addresses themselves are the ledger's generations' too.
std::size_t bytes_of(const Generation& part) {
  std::size_t chunks = 0;
  for (const auto* sets : {&part.profiles, &part.shared}) {
    for (const auto& [profile, set] : *sets) chunks += set.chunks();
  }
  return sizeof part + chunks * sizeof(std::shared_ptr<void>);
}

constexpr std::size_t place_of(Coding coding) { return coding == Coding::gzip ? 0 : 1; }

}  // namespace

std::shared_ptr<const std::string> Snapshot::body() const {
  const std::lock_guard lock(mutex_);
  if (body_) return body_;
  auto body = body_made_.lock();
  if (!body) body_made_ = body = std::make_shared<const std::string>(again_.body());
  return body;
}

void Snapshot::let_go() const {
  const std::lock_guard lock(mutex_);
  if (again_.body && body_) body_made_ = std::exchange(body_, nullptr);
}

const std::string& Snapshot::coded(Coding coding) const {
  Lazy& lazy = coded_.at(place_of(coding));
  std::call_once(lazy.once, [&] {
    const auto body = this->body();
    lazy.text = encoded(coding, *body);
    if (lazy.text.size() >= body->size()) lazy.text.clear();
    lazy.is_there = true;
  });
  return lazy.text;
}

const std::string& Snapshot::beside(std::size_t number, const std::function<std::string(const Snapshot&)>& make) const {
  Lazy& lazy = beside_.at(number);
  std::call_once(lazy.once, [&] {
    lazy.text = make(*this);
    lazy.is_there = true;
  });
  return lazy.text;
}

bool Snapshot::has_coded(Coding coding) const {
  return coding == Coding::identity || coded_.at(place_of(coding)).is_there;
}

bool Snapshot::has_beside(std::size_t number) const { return beside_.at(number).is_there; }

std::size_t Snapshot::bytes() const {
  std::size_t all = again_.bytes;
  {
    const std::lock_guard lock(mutex_);
    if (body_) all += body_->size();
  }
  for (const Lazy& lazy : coded_) {
    if (lazy.is_there) all += lazy.text.size();
  }
  return all;
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

std::shared_ptr<const Snapshot> Snapshots::ready(const std::shared_ptr<const Configuration>& configuration,
                                                 const FeedDefinition& feed, const FeedFormat& format,
                                                 const FeedWishes& wishes) const {
  const std::lock_guard lock(mutex_);
  if (configuration_ != configuration) return nullptr;
  const auto found = rendered_.find(Key{feed.name, &format, wishes});
  return found == rendered_.end() ? nullptr : found->second.snapshot;
}

std::shared_ptr<const Snapshot> Snapshots::get(const std::shared_ptr<const Configuration>& configuration,
                                               const FeedDefinition& feed, const FeedFormat& format,
                                               const FeedWishes& wishes) {
  const Key key{feed.name, &format, wishes};
  const SteadyTime now = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  // Not only when another is retired: whoever has a sidecar pinned to it would not hear of the newest before that.
  drop_retired(now);
  if (configuration_ != configuration) {
    before_.clear();
    rendered_.clear();
    configuration_ = configuration;
  }
  for (;;) {
    if (const auto found = rendered_.find(key); found != rendered_.end()) {
      found->second.asked = now;
      return found->second.snapshot;
    }
    if (rendering_.insert(key).second) break;
    done_.wait(lock);
  }
  const std::shared_ptr<const Generation> generation = current_;
  const auto found = before_.find(key);
  const std::shared_ptr<const Snapshot> before = found == before_.end() ? nullptr : found->second.snapshot;
  lock.unlock();
  auto snapshot = render(configuration, feed, format, wishes, *generation, before);
  lock.lock();
  rendering_.erase(key);
  done_.notify_all();
  if (current_ != generation || configuration_ != configuration || !snapshot) return snapshot;
  before_.erase(key);
  rendered_[key] = {snapshot, now};
  make_room(key);
  if (before && before != snapshot) retire(before);
  return snapshot;
}

std::shared_ptr<const Snapshot> Snapshots::render(const std::shared_ptr<const Configuration>& configuration,
                                                  const FeedDefinition& feed, const FeedFormat& format,
                                                  const FeedWishes& wishes, const Generation& generation,
                                                  const std::shared_ptr<const Snapshot>& before) const {
  const auto content = build_feed(feed, generation, *configuration->catalogue, format.facts(), wishes, entries_);
  if (!content) return nullptr;
  // The same content keeps its bytes, tag and time: nobody need fetch it again.
  if (before && before->edition == content->edition && !format.facts().tells_evidence) return before;
  // Not both at once in memory, if they are large.
  if (before) before->let_go();
  std::string body = format.render(*content);
  const XXH128_hash_t hash = XXH3_128bits(body.data(), body.size());
  Snapshot::Again again;
  if (!format.facts().tells_evidence && !feed.looks_at_entries()) {
    const auto part = part_of(generation, feed);
    again.bytes = bytes_of(*part);
    again.body = [part, configuration, feed, &format, wishes] {
      return format.render(*build_feed(feed, *part, *configuration->catalogue, format.facts(), wishes, {}));
    };
  }
  const auto made = std::make_shared<Snapshot>(std::move(body), std::move(again));
  made->etag = fmt::format("\"{:016x}{:016x}\"", hash.high64, hash.low64);
  made->media_type = format.facts().media_type;
  made->changed = generation.created;
  made->last_modified = http_date(generation.created);
  made->generation = generation.number;
  made->edition = content->edition;
  made->entries = content->networks.size() + content->shared.size();
  made->left_out = content->left_out;
  return made;
}

void Snapshots::retire(std::shared_ptr<const Snapshot> snapshot) {
  const SteadyTime now = std::chrono::steady_clock::now();
  snapshot->let_go();
  const std::size_t bytes = snapshot->bytes();
  retired_bytes_ += bytes;
  retired_.push_back({now, bytes, std::move(snapshot)});
  drop_retired(now);
}

void Snapshots::drop_retired(SteadyTime now) {
  const std::size_t most = std::clamp(shown_bytes_, kFewBytes, kKeptBytes);
  while (!retired_.empty() && (now - retired_.front().since > kept_ || retired_bytes_ > most)) {
    retired_bytes_ -= retired_.front().bytes;
    retired_.pop_front();
  }
}

// Of an older generation first, then of this one, what was asked for the longest ago.
void Snapshots::make_room(const Key& for_key) {
  std::size_t bytes = 0;
  for (const auto* map : {&before_, &rendered_}) {
    for (const auto& [key, rendered] : *map) bytes += rendered.snapshot->bytes();
  }
  shown_bytes_ = bytes;
  for (auto* map : {&before_, &rendered_}) {
    while (bytes > rendered_bytes_ && map->size() > (map->contains(for_key) ? 1 : 0)) {
      const auto oldest = std::min_element(map->begin(), map->end(), [&](const auto& left, const auto& right) {
        if ((left.first == for_key) != (right.first == for_key)) return right.first == for_key;
        return left.second.asked < right.second.asked;
      });
      bytes -= oldest->second.snapshot->bytes();
      map->erase(oldest);
    }
  }
}

}  // namespace sinkfeed
