// Who fetches which feed: what each firewall holds, how far it is behind, how often it asks; and who has fallen behind.
//
// A subscriber is a client's address with the file that it fetches, as it wishes it ("google-talk.txt?family=4"), and
// the name of the token that it shows, if it shows one. All are kept in memory, and written now and then: a crash loses
// what came since. Counting a poll takes a look-up under a mutex, and no allocation for one who is known.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/address.hpp"
#include "config/clock.hpp"
#include "config/result.hpp"
#include "store/database.hpp"
#include "store/health.hpp"

namespace sinkfeed {

// What a feed held at a time. Two of one feed with the same hash list the same, whatever their numbers are.
struct FeedEdition {
  std::uint64_t generation = 0;  // in which the feed got this content; 0: none
  std::uint64_t hash = 0;
  WallTime changed;  // when that was
};

// Views are valid during the call.
struct SubscriberKey {
  IpAddress client;
  std::string_view feed;  // at most Subscribers::kLongestFeed bytes; longer ones are not followed
  std::string_view who;
  friend bool operator==(const SubscriberKey&, const SubscriberKey&) = default;
};

struct FeedPoll {
  SubscriberKey by;
  std::string_view user_agent;
  unsigned status = 200;
  bool is_sidecar = false;
  std::optional<FeedEdition> offered;  // what the answer is of
};

enum class Lateness : std::uint8_t { no, silent, stale };
std::string_view lateness_name(Lateness late);

struct Subscriber {
  IpAddress client;
  std::string feed, who, user_agent;
  WallTime first_seen, last_seen;
  std::uint64_t polls = 0;                            // requests that are close together are one
  std::uint64_t ok = 0, not_modified = 0, other = 0;  // answers: 200, 304, and the rest
  std::uint64_t bytes = 0;                            // of lists that went out whole
  FeedEdition holds;                                  // generation 0: nothing yet
  std::uint64_t newest = 0;                           // the generation that it could have; 0: not known
  std::optional<WallTime> lacks_since;                // when what it does not have yet was published
  std::optional<std::chrono::seconds> interval;       // between its polls, usually
  Lateness late = Lateness::no;
};

class Subscribers {
 public:
  static constexpr std::size_t kMost = 20'000;        // beyond them those that have not been heard of for longest go
  static constexpr std::chrono::hours kAge{30 * 24};  // so do those that have not been heard of for so long
  static constexpr std::size_t kLongestFeed = 200, kLongestAgent = 200;
  // Who is late: one that has polled so often at least and then is not heard of for three times its usual interval (and
  // a quarter more than it ever kept silent of late, and this long); or one that has polled twice since there is
  // something newer than it holds, for this long, and has not got it.
  static constexpr std::uint64_t kUsual = 3;
  static constexpr std::chrono::minutes kLeastSilence{10}, kLongestLack{10};
  static constexpr std::chrono::seconds kOnePoll{5};

  // All outlive it. What it cannot read of the store is left out: it comes again with the next polls.
  static Result<std::unique_ptr<Subscribers>> open(Database& database, const Clock& clock, Health& health,
                                                   std::size_t most = kMost);
  ~Subscribers();

  // One request that was answered. 200 and 304 for the list itself make a new subscriber; with 304 it holds what is
  // offered. Any thread.
  void polled(const FeedPoll& poll);
  // A list has gone out to it, whole: so far as its kernel knows, it holds it. Any thread.
  void received(const SubscriberKey& by, const FeedEdition& edition, std::uint64_t bytes);
  // An answer to who asked for a feed; `who`: the name of the token or of the certificate that was shown, if one was.
  // Of more than kMostNames the rest is counted as "others". Any thread.
  static constexpr std::size_t kMostNames = 1000;
  void count(unsigned status, std::string_view who);

  // The files that somebody is subscribed to. Any thread.
  std::vector<std::string> feeds() const;
  // Sees who is behind what the feeds hold now (one that is not named is as it was), tells of those that are late and
  // of those that no longer are, once each, and lets the oldest go. One thread at a time.
  void check(const std::map<std::string, FeedEdition>& newest);
  // Writes what is new. Any thread; read_write only.
  Result<void> write();
  // Forgets what the client fetches, or that of one feed; returns how many subscribers that were. Any thread.
  std::size_t forget(const IpAddress& client, std::string_view feed = {});

  // Copies, the furthest behind first: the late ones, then those that lack something, longest first, then those that
  // were not heard of for longest. Any thread.
  std::vector<Subscriber> list() const;
  static bool comes_before(const Subscriber& one, const Subscriber& other);
  struct Totals {
    std::size_t subscribers = 0, behind = 0, late = 0;
    // By who (empty: who showed nothing) and status: "200", "304", … and "other".
    std::map<std::string, std::map<std::string, std::uint64_t>> answers;
  };
  Totals totals() const;

 private:
  static constexpr std::size_t kGaps = 8;
  static constexpr std::array<unsigned, 10> kStatuses{200, 304, 400, 401, 403, 404, 405, 410, 429, 503};

  struct Feed {
    std::size_t subscribers = 0;
    FeedEdition newest;
  };
  using Feeds = std::map<std::string, Feed, std::less<>>;
  struct Entry {
    Subscriber told;  // but feed, interval and newest
    Feeds::iterator feed;
    SteadyTime heard;                      // or when it was loaded
    std::optional<SteadyTime> poll_began;  // its last one
    std::optional<SteadyTime> lacks_from;
    std::uint64_t polls_at_lack = 0;
    std::array<std::uint32_t, kGaps> gaps{};
    std::uint32_t gap_count = 0;  // of all time; the last are in `gaps`
    bool is_back = false;         // it was heard of since it fell silent
    bool is_new = true, is_written = false;
  };
  using Entries = std::list<Entry>;  // heard of last first
  struct Hash {
    std::size_t operator()(const SubscriberKey& key) const noexcept;
  };

  Subscribers(Database& database, const Clock& clock, Health& health, std::size_t most)
      : database_(database), clock_(clock), health_(health), most_(most) {}
  void load(std::string_view value);
  Entries::iterator find(const SubscriberKey& by);  // its end: there is none
  Entries::iterator add(const SubscriberKey& by);
  void erase(Entries::iterator entry);
  void hold(Entry& entry, const FeedEdition& edition);
  void notice(Entry& entry);
  Lateness lateness(const Entry& entry, SteadyTime now) const;
  static SubscriberKey key_of(const Entry& entry) { return {entry.told.client, entry.feed->first, entry.told.who}; }
  static std::optional<std::chrono::seconds> interval_of(const Entry& entry);
  static std::string record_of(const Entry& entry);
  std::string sentence(const Entry& entry) const;

  Database& database_;
  const Clock& clock_;
  Health& health_;
  const std::size_t most_;
  bool was_warned_ = false;  // at the last check
  std::mutex writing_;       // one write() at a time
  mutable std::mutex mutex_;
  Feeds feeds_;
  Entries entries_;
  std::unordered_map<SubscriberKey, Entries::iterator, Hash> places_;  // the keys' views are into the entries and feeds
  std::vector<std::string> gone_;                                      // keys that are still to be removed
  std::array<std::atomic<std::uint64_t>, kStatuses.size() + 1> answers_{};  // to who showed nothing
  mutable std::mutex named_mutex_;                                          // guards what is below
  std::map<std::string, std::array<std::uint64_t, kStatuses.size() + 1>, std::less<>> named_answers_;
};

}  // namespace sinkfeed
