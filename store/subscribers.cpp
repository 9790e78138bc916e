#include "store/subscribers.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

#include "store/keys.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kNamed = 5;    // in the warning
constexpr std::size_t kLogged = 20;  // lines of one check
constexpr std::size_t kWrittenAtOnce = 500;

std::string printable(std::string_view text, std::size_t longest) {
  std::string plain(text.substr(0, longest));
  std::replace_if(
      plain.begin(), plain.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return plain;
}

std::string span_text(std::chrono::seconds span) {
  const auto count = span.count();
  if (count % 3600 == 0 || count >= 48 * 3600) return std::to_string(count / 3600) + " h";
  return count >= 120 ? std::to_string((count + 30) / 60) + " min" : std::to_string(count) + " s";
}

// A warning of many names a few.
std::string warning_of(const std::vector<std::string>& late) {
  std::string text;
  for (std::size_t i = 0; i < late.size() && i < kNamed; i++) text += (i ? "; " : "") + late[i];
  if (late.size() > kNamed) text += "; and " + std::to_string(late.size() - kNamed) + " more";
  return late.empty() ? "" : text + " (`sinkfeed subscribers` lists them)";
}

// What comes beyond is only counted.
void log_lines(const std::vector<std::string>& lines, spdlog::level::level_enum level) {
  for (std::size_t i = 0; i < lines.size() && i < kLogged; i++) spdlog::log(level, "{}", lines[i]);
  if (lines.size() > kLogged)
    spdlog::log(level, "and {} more subscribers: `sinkfeed subscribers` lists them", lines.size() - kLogged);
}

}  // namespace

std::string_view lateness_name(Lateness late) {
  switch (late) {
    case Lateness::no:
      return "no";
    case Lateness::silent:
      return "silent";
    case Lateness::stale:
      return "stale";
  }
  return "unknown";
}

std::size_t Subscribers::Hash::operator()(const SubscriberKey& key) const noexcept {
  const std::hash<std::string_view> text;
  return std::hash<IpAddress>()(key.client) ^ (text(key.feed) * 3) ^ (text(key.who) * 7);
}

Subscribers::~Subscribers() = default;

Subscribers::Entries::iterator Subscribers::find(const SubscriberKey& by) {
  const auto place = places_.find(by);
  return place == places_.end() ? entries_.end() : place->second;
}

Subscribers::Entries::iterator Subscribers::add(const SubscriberKey& by) {
  while (entries_.size() >= most_) erase(std::prev(entries_.end()));
  Entry& entry = entries_.emplace_front();
  entry.told.client = by.client;
  entry.told.who = by.who;
  entry.told.first_seen = clock_.wall();
  entry.feed = feeds_.find(by.feed);
  if (entry.feed == feeds_.end()) entry.feed = feeds_.emplace(std::string(by.feed), Feed()).first;
  entry.feed->second.subscribers++;
  places_.emplace(key_of(entry), entries_.begin());
  return entries_.begin();
}

void Subscribers::erase(Entries::iterator entry) {
  if (entry->is_written) gone_.push_back(keys::subscription(entry->told.client, entry->feed->first, entry->told.who));
  places_.erase(key_of(*entry));
  if (--entry->feed->second.subscribers == 0) feeds_.erase(entry->feed);
  entries_.erase(entry);
}

void Subscribers::polled(const FeedPoll& poll) {
  if (poll.by.feed.size() > kLongestFeed) return;
  const SteadyTime now = clock_.steady();
  const std::lock_guard lock(mutex_);
  auto entry = find(poll.by);
  if (entry == entries_.end()) {
    if (poll.is_sidecar || (poll.status != 200 && poll.status != 304)) return;
    entry = add(poll.by);
  }
  entries_.splice(entries_.begin(), entries_, entry);
  Subscriber& told = entry->told;
  if (!entry->poll_began || now - *entry->poll_began >= kOnePoll) {
    told.polls++;
    if (entry->poll_began)
      entry->gaps.at(entry->gap_count++ % kGaps) = static_cast<std::uint32_t>(
          std::chrono::duration_cast<std::chrono::seconds>(now - *entry->poll_began).count());
    entry->poll_began = now;
  }
  (poll.status == 200 ? told.ok : poll.status == 304 ? told.not_modified : told.other)++;
  told.last_seen = clock_.wall();
  entry->heard = now;
  entry->is_back = entry->is_new = true;
  if (const auto agent = poll.user_agent.substr(0, kLongestAgent); told.user_agent != agent)
    told.user_agent = printable(agent, kLongestAgent);
  if (poll.status == 304 && !poll.is_sidecar && poll.offered) hold(*entry, *poll.offered);
}

void Subscribers::received(const SubscriberKey& by, const FeedEdition& edition, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  const auto entry = find(by);
  if (entry == entries_.end()) return;  // forgotten while it was being sent
  entry->told.bytes += bytes;
  entry->is_new = true;
  hold(*entry, edition);
}

// One that was replaced while it was on its way has an earlier number than the newest.
void Subscribers::hold(Entry& entry, const FeedEdition& edition) {
  entry.told.holds = edition;
  FeedEdition& newest = entry.feed->second.newest;
  if (edition.generation >= newest.generation) newest = edition;
  notice(entry);
}

void Subscribers::notice(Entry& entry) {
  const FeedEdition &newest = entry.feed->second.newest, &holds = entry.told.holds;
  if (!newest.generation) return;
  const bool lacks = holds.generation && holds.hash != newest.hash;
  if (lacks == entry.told.lacks_since.has_value()) return;
  entry.is_new = true;
  entry.told.lacks_since.reset();
  entry.lacks_from.reset();
  if (!lacks) return;
  entry.told.lacks_since = newest.changed;
  entry.lacks_from = clock_.steady();
  entry.polls_at_lack = entry.told.polls;
}

void Subscribers::count(unsigned status, std::string_view who) {
  const auto place =
      static_cast<std::size_t>(std::find(kStatuses.begin(), kStatuses.end(), status) - kStatuses.begin());
  if (who.empty()) {
    answers_.at(place).fetch_add(1, std::memory_order_relaxed);
    return;
  }
  const std::lock_guard lock(named_mutex_);
  auto named = named_answers_.find(who);
  if (named == named_answers_.end())
    named = named_answers_.try_emplace(named_answers_.size() < kMostNames ? std::string(who) : "others").first;
  named->second.at(place)++;
}

std::vector<std::string> Subscribers::feeds() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, feed] : feeds_) names.push_back(name);
  return names;
}

std::optional<std::chrono::seconds> Subscribers::interval_of(const Entry& entry) {
  const std::size_t count = std::min<std::size_t>(entry.gap_count, kGaps);
  if (!count) return std::nullopt;
  auto gaps = entry.gaps;
  const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(count / 2);
  std::nth_element(gaps.begin(), middle, gaps.begin() + static_cast<std::ptrdiff_t>(count));
  return std::chrono::seconds(*middle);
}

Lateness Subscribers::lateness(const Entry& entry, SteadyTime now) const {
  // One alarm lasts until what it is about is over.
  if (entry.told.late == Lateness::silent && !entry.is_back) return Lateness::silent;
  if (entry.told.late == Lateness::stale && entry.told.lacks_since) return Lateness::stale;
  const auto interval = interval_of(entry);
  if (entry.told.polls < kUsual || !interval) return Lateness::no;
  const std::size_t count = std::min<std::size_t>(entry.gap_count, kGaps);
  const std::chrono::seconds longest(
      *std::max_element(entry.gaps.begin(), entry.gaps.begin() + static_cast<std::ptrdiff_t>(count)));
  if (now - entry.heard > std::max({std::chrono::seconds(kLeastSilence), *interval * 3, longest * 5 / 4}))
    return Lateness::silent;
  if (entry.lacks_from && now - *entry.lacks_from >= kLongestLack && entry.told.polls >= entry.polls_at_lack + 2)
    return Lateness::stale;
  return Lateness::no;
}

std::string Subscribers::sentence(const Entry& entry) const {
  const Subscriber& told = entry.told;
  const std::string who =
      told.client.text() + (told.who.empty() ? "" : " (" + told.who + ")") + " " + entry.feed->first;
  const auto interval = interval_of(entry);
  if (told.late == Lateness::silent)
    return who + " has not fetched since " + format_second(told.last_seen) +
           (interval ? ", usually each " + span_text(*interval) : "");
  return who + " asks, but still holds generation " + std::to_string(told.holds.generation) + " of " +
         format_second(told.holds.changed) + (interval ? ", and asks each " + span_text(*interval) : "");
}

void Subscribers::check(const std::map<std::string, FeedEdition>& newest) {
  std::vector<std::string> late, began, ended;
  {
    const std::lock_guard lock(mutex_);
    const SteadyTime now = clock_.steady();
    const WallTime too_old = clock_.wall() - kAge;
    while (!entries_.empty() && entries_.back().told.last_seen < too_old) erase(std::prev(entries_.end()));
    for (const auto& [name, edition] : newest) {
      const auto feed = feeds_.find(name);
      if (feed != feeds_.end() && feed->second.newest.hash != edition.hash) feed->second.newest = edition;
    }
    for (Entry& entry : entries_) {
      notice(entry);
      const Lateness before = std::exchange(entry.told.late, lateness(entry, now));
      if (before != entry.told.late) {
        entry.is_new = true;
        if (entry.told.late != Lateness::no) {
          entry.is_back = false;
          began.push_back("subscriber " + sentence(entry));
        } else {
          ended.push_back("subscriber " + entry.told.client.text() + " " + entry.feed->first +
                          (before == Lateness::silent ? " fetches again" : " has the newest list"));
        }
      }
      if (entry.told.late != Lateness::no) late.push_back(sentence(entry));
    }
  }
  // The first of a trouble, and its end, are logged by that.
  health_.warn("subscribers", warning_of(late));
  if (was_warned_ || began.size() > kNamed) log_lines(began, spdlog::level::warn);
  was_warned_ = !late.empty();
  if (was_warned_) log_lines(ended, spdlog::level::info);
}

std::size_t Subscribers::forget(const IpAddress& client, std::string_view feed) {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto here = entry++;
    if (!(here->told.client == client) || (!feed.empty() && here->feed->first != feed)) continue;
    erase(here);
    count++;
  }
  std::vector<std::string> late;
  for (const Entry& entry : entries_) {
    if (entry.told.late != Lateness::no) late.push_back(sentence(entry));
  }
  health_.warn("subscribers", warning_of(late));
  return count;
}

bool Subscribers::comes_before(const Subscriber& one, const Subscriber& other) {
  if ((one.late == Lateness::no) != (other.late == Lateness::no)) return other.late == Lateness::no;
  if (one.lacks_since != other.lacks_since)
    return one.lacks_since.value_or(WallTime::max()) < other.lacks_since.value_or(WallTime::max());
  return std::tie(one.last_seen, one.client, one.feed, one.who) <
         std::tie(other.last_seen, other.client, other.feed, other.who);
}

std::vector<Subscriber> Subscribers::list() const {
  std::vector<Subscriber> all;
  {
    const std::lock_guard lock(mutex_);
    all.reserve(entries_.size());
    for (const Entry& entry : entries_) {
      Subscriber& one = all.emplace_back(entry.told);
      one.feed = entry.feed->first;
      one.interval = interval_of(entry);
      if (entry.feed->second.newest.generation) one.newest = entry.feed->second.newest.generation;
      if (one.holds.generation && !one.lacks_since) one.newest = one.holds.generation;
    }
  }
  std::sort(all.begin(), all.end(), comes_before);
  return all;
}

Subscribers::Totals Subscribers::totals() const {
  Totals totals;
  const auto name = [](std::size_t place) {
    return place < kStatuses.size() ? std::to_string(kStatuses.at(place)) : std::string("other");
  };
  // All of them from the start on, so that the first of a kind is seen as one more.
  for (std::size_t i = 0; i < answers_.size(); i++)
    totals.answers[""][name(i)] = answers_.at(i).load(std::memory_order_relaxed);
  {
    const std::lock_guard lock(named_mutex_);
    for (const auto& [who, counts] : named_answers_) {
      for (std::size_t i = 0; i < counts.size(); i++) {
        if (counts.at(i)) totals.answers[who][name(i)] = counts.at(i);
      }
    }
  }
  const std::lock_guard lock(mutex_);
  totals.subscribers = entries_.size();
  for (const Entry& entry : entries_) {
    totals.behind += entry.told.lacks_since.has_value();
    totals.late += entry.told.late != Lateness::no;
  }
  return totals;
}

Result<void> Subscribers::write() {
  const std::lock_guard writing(writing_);
  Database::Batch batch;
  std::vector<std::string> removed;
  for (bool more = true; more;) {
    more = false;
    // A few at a time, for who polls waits for it.
    const std::lock_guard lock(mutex_);
    for (; !gone_.empty(); gone_.pop_back()) removed.push_back(std::move(gone_.back()));
    std::size_t taken = 0;
    for (Entry& entry : entries_) {
      if (!entry.is_new) continue;
      if (more = taken++ == kWrittenAtOnce; more) break;
      batch.put(Column::meta, keys::subscription(entry.told.client, entry.feed->first, entry.told.who),
                record_of(entry));
      entry.is_new = false;
      entry.is_written = true;
    }
  }
  Database::Batch all;
  for (const std::string& key : removed) all.remove(Column::meta, key);
  for (auto* part : {&all, &batch}) {
    if (part->empty()) continue;
    if (auto written = database_.write(*part); !written) {
      // All of it again, next time.
      const std::lock_guard lock(mutex_);
      for (Entry& entry : entries_) entry.is_new = true;
      if (part == &all) gone_.insert(gone_.end(), removed.begin(), removed.end());
      return written;
    }
  }
  return {};
}

}  // namespace sinkfeed
