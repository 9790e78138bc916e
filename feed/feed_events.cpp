#include "feed/feed_events.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "config/thread_priority.hpp"
#include "feed/digests.hpp"
#include "feed/feed_delta.hpp"
#include "feed/format.hpp"
#include "store/sha256.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kMostCatchUps = 16;  // of a channel

// The one whose list the events tell the changes of.
const FeedFormat& list_format() {
  static const FeedFormat& format = *find_format("txt");
  return format;
}

std::string sha256_of(const FeedContent& content) {
  return to_hex(digest_of(Digest::sha256, list_format().render(content)));
}

boost::json::object facts_of(const char* type, const FeedContent& content, std::uint64_t number,
                             const std::string& sha256) {
  return {{"type", type},
          {"feed", content.name},
          {"generation", number},
          {"entries", content.networks.size()},
          {"full_sha256", sha256}};
}

std::string edition_event(const FeedContent& content, std::uint64_t number, const std::string& sha256) {
  boost::json::object object = facts_of("edition", content, number, sha256);
  object["ports"] = boost::json::array(content.ports.begin(), content.ports.end());
  return event_text("edition", number, boost::json::serialize(object));
}

std::string reset_event(const FeedContent& content, std::uint64_t number, const std::string& sha256) {
  return event_text("reset", 0, boost::json::serialize(facts_of("reset", content, number, sha256)));
}

std::string change_event(const FeedContent& from, std::uint64_t from_number, const FeedContent& to,
                         std::uint64_t to_number, const std::string& sha256) {
  std::string lines = delta_lines(delta_of(from, to), to, from_number, to_number, sha256);
  if (lines.size() <= FeedEvents::kLargestDelta) return event_text("delta", to_number, lines);
  return reset_event(to, to_number, sha256);
}

}  // namespace

// What is followed by however many streams.
struct FeedEvents::Channel {
  std::mutex mutex;  // taken after that of FeedEvents, never before it
  std::shared_ptr<const FeedContent> content;
  std::uint64_t number = 0;     // of the generation that it is of
  std::uint64_t looked_at = 0;  // the newest generation, which may have changed nothing here
  std::string sha256;
  std::vector<std::weak_ptr<EventStream>> streams;
  std::map<std::uint64_t, std::shared_ptr<const std::string>> catch_ups;  // to `number`, by what the client has
  std::string feed;
  FeedWishes wishes;
  bool has_ended = false;  // by end_streams(): nothing comes to it any more

  void push(std::string text) {
    const auto event = std::make_shared<const std::string>(std::move(text));
    for (const auto& stream : streams) {
      if (const auto open = stream.lock()) open->push(event);
    }
  }
};

// A stream with what it needs while its client is there.
struct FeedEvents::Follower {
  Follower(std::chrono::milliseconds heartbeat, std::shared_ptr<std::atomic<std::size_t>> count)
      : stream(heartbeat), streams(std::move(count)) {
    ++*streams;
  }
  ~Follower() { --*streams; }
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  EventStream stream;
  std::shared_ptr<Channel> channel;
  const std::shared_ptr<std::atomic<std::size_t>> streams;
};

FeedEvents::FeedEvents(const Store& store, std::chrono::milliseconds heartbeat)
    : store_(store), heartbeat_(heartbeat) {}

FeedEvents::~FeedEvents() { stop(); }

void FeedEvents::published(std::shared_ptr<const Generation> generation) {
  const std::lock_guard lock(mutex_);
  current_ = std::move(generation);
  news_.notify_all();
}

void FeedEvents::run() {
  enter_background("events");
  std::unique_lock lock(mutex_);
  for (;;) {
    news_.wait(lock, [&] { return stopping_ || (current_ && current_->number != handled_); });
    if (stopping_) return;
    const auto generation = current_;
    std::erase_if(channels_, [](const auto& one) { return one.second.expired(); });
    std::vector<std::shared_ptr<Channel>> followed;
    for (const auto& [key, channel] : channels_) {
      if (auto open = channel.lock()) followed.push_back(std::move(open));
    }
    lock.unlock();
    for (const auto& channel : followed) bring_up_to(*channel, *generation);
    followed.clear();
    lock.lock();
    handled_ = generation->number;
  }
}

void FeedEvents::bring_up_to(Channel& channel, const Generation& generation) {
  const std::lock_guard lock(channel.mutex);
  std::erase_if(channel.streams, [](const auto& stream) { return stream.expired(); });
  if (!channel.content || channel.looked_at >= generation.number) return;
  const auto configuration = store_.configuration();
  const auto& feeds = configuration->feeds;
  const auto feed =
      std::find_if(feeds.begin(), feeds.end(), [&](const FeedDefinition& one) { return one.name == channel.feed; });
  // A feed that is gone ends with the reload that took it away.
  if (feed == feeds.end()) return;
  auto content = build_feed(*feed, generation, *configuration->catalogue, list_format().facts(), channel.wishes,
                            entries_of(*store_.ledger));
  channel.looked_at = generation.number;
  if (!content || content->networks.empty() || content->edition == channel.content->edition) return;
  const FeedContent& before = *channel.content;
  std::string event;
  std::string sha256 = channel.sha256;
  if (content->networks != before.networks) {
    sha256 = sha256_of(*content);
    event = change_event(before, channel.number, *content, generation.number, sha256);
  }
  if (content->ports != before.ports || event.empty()) event += edition_event(*content, generation.number, sha256);
  channel.content = std::make_shared<const FeedContent>(std::move(*content));
  channel.number = generation.number;
  channel.sha256 = std::move(sha256);
  channel.catch_ups.clear();
  channel.push(std::move(event));
}

Result<std::shared_ptr<const std::string>> FeedEvents::catch_up(const FeedContent& content, std::uint64_t number,
                                                                const std::string& sha256,
                                                                const Configuration& configuration,
                                                                const FeedDefinition& feed, const FeedWishes& wishes,
                                                                std::uint64_t has) const {
  const auto event = [](std::string text) { return std::make_shared<const std::string>(std::move(text)); };
  const auto reset = event(reset_event(content, number, sha256));
  const auto generation = store_.ledger->generation(has);
  if (!generation) return Problem{"the store cannot be read; keep the list that you have"};
  if (!*generation) return reset;
  const auto before = build_feed(feed, **generation, *configuration.catalogue, list_format().facts(), wishes,
                                 entries_of(*store_.ledger));
  if (!before || before->networks.empty()) return reset;
  if (before->networks == content.networks) return event("");
  // Newer than what is current here: an empty edition lies between, or the client has it from elsewhere.
  if (has >= number) return reset;
  return event(change_event(*before, has, content, number, sha256));
}

Result<std::shared_ptr<FeedEvents::Channel>> FeedEvents::channel_of(const FeedDefinition& feed,
                                                                    const FeedWishes& wishes) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return Problem{"the server is being stopped; keep the list that you have"};
  if (*streams_ >= kMostStreams) return Problem{"too many follow feeds just now; keep the list that you have"};
  std::weak_ptr<Channel>& known = channels_[Key{feed.name, wishes}];
  auto channel = known.lock();
  if (!channel) {
    known = channel = std::make_shared<Channel>();
    channel->feed = feed.name;
    channel->wishes = wishes;
  }
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  return channel;
}

Result<std::shared_ptr<EventStream>> FeedEvents::follow(const std::shared_ptr<const Configuration>& configuration,
                                                        const FeedDefinition& feed, const FeedWishes& wishes,
                                                        const std::optional<std::uint64_t>& has) {
  auto found = channel_of(feed, wishes);
  if (!found) return found.error();
  const std::shared_ptr<Channel> channel = std::move(*found);
  const auto follower = std::make_shared<Follower>(heartbeat_, streams_);
  follower->channel = channel;
  std::shared_ptr<EventStream> stream(follower, &follower->stream);
  std::unique_lock lock(channel->mutex);
  if (!channel->content) {
    // Under the lock: what is published after this comes to the channel when it is released.
    const auto generation = store_.ledger->current();
    auto content = build_feed(feed, *generation, *configuration->catalogue, list_format().facts(), wishes,
                              entries_of(*store_.ledger));
    if (!content) return Problem{"no list has been made yet; keep the one you have"};
    if (content->networks.empty())
      return Problem{"the list is empty, which firewalls take for all or for nothing; keep the one you have"};
    channel->content = std::make_shared<const FeedContent>(std::move(*content));
    channel->number = channel->looked_at = generation->number;
    channel->sha256 = sha256_of(*channel->content);
  }
  std::shared_ptr<const std::string> lacking = std::make_shared<const std::string>();
  if (has) {
    // The store is read without the lock, so that others are not kept waiting; whoever is overtaken does it again.
    while (!channel->catch_ups.contains(*has)) {
      const auto content = channel->content;
      const std::uint64_t number = channel->number;
      const std::string sha256 = channel->sha256;
      lock.unlock();
      auto event = catch_up(*content, number, sha256, *configuration, feed, wishes, *has);
      if (!event) return event.error();
      lock.lock();
      if (channel->number != number) continue;
      if (channel->catch_ups.size() >= kMostCatchUps) channel->catch_ups.clear();
      channel->catch_ups[*has] = *event;
    }
    lacking = channel->catch_ups[*has];
  }
  stream->push(std::make_shared<const std::string>("retry: " + std::to_string(kRetry.count()) + "\n\n"));
  stream->push(lacking);
  stream->push(std::make_shared<const std::string>(edition_event(*channel->content, channel->number, channel->sha256)));
  channel->streams.push_back(stream);
  if (channel->has_ended) stream->end();
  return stream;
}

void FeedEvents::end_streams() {
  std::vector<std::shared_ptr<Channel>> followed;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, channel] : channels_) {
      if (auto open = channel.lock()) followed.push_back(std::move(open));
    }
    // Who follows from now on finds a channel of the settings that are in force now.
    channels_.clear();
  }
  for (const auto& channel : followed) {
    const std::lock_guard lock(channel->mutex);
    channel->has_ended = true;
    for (const auto& stream : channel->streams) {
      if (const auto open = stream.lock()) open->end();
    }
  }
}

void FeedEvents::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    news_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  end_streams();
}

}  // namespace sinkfeed
