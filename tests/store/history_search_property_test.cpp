// Whatever is searched for, in blocks, in what waits and in rings, after restarts too: what is found is what a look at
// each record by itself finds.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <random>

#include "store/history.hpp"
#include "tests/store/history_samples.hpp"

namespace sinkfeed {
namespace {

using test::Random;
using namespace std::chrono_literals;

constexpr std::int64_t kStart = 1'790'000'000'000'000;
constexpr std::uint64_t kMinute = 60'000'000;

// Few values of each kind, so that filters match something: made of a seed, which shrinks at once.
IpAddress some_client(Random& random) {
  const auto n = static_cast<std::uint8_t>(test::below(random, 6));
  if (test::below(random, 4) == 0) {
    std::array<std::uint8_t, 16> bytes{0x20, 1, 0xd, 0xb8};
    bytes[7] = n % 2, bytes[15] = n;
    return IpAddress::v6(bytes);
  }
  return IpAddress::v4(std::array<std::uint8_t, 4>{10, 0, static_cast<std::uint8_t>(n % 2), n});
}

DnsName some_name(Random& random) {
  static constexpr const char* kNames[] = {".",
                                           "com",
                                           "google.com",
                                           "talk.google.com",
                                           "users.talk.google.com",
                                           "xtalk.google.com",
                                           "talk.google.com.example",
                                           "a\\.b.example",
                                           "b.example",
                                           "\\200\\000x.example",
                                           "talk\\*.example",
                                           "sixty-three-bytes-is-the-most-that-a-label-can-have-in-the-dns-x.example"};
  if (test::below(random, 10) == 0) return test::random_name(random);
  if (test::below(random, 6) == 0) return test::dns("n" + std::to_string(test::below(random, 1000)) + ".once.example");
  return test::dns(kNames[test::below(random, std::size(kNames) - 1)]);
}

IpAddress some_answer(Random& random) {
  const auto n = static_cast<std::uint8_t>(test::below(random, 5));
  if (n == 4) return IpAddress::v6(std::array<std::uint8_t, 16>{0x2a, 0, 0x14, 0x50});
  return IpAddress::v4(std::array<std::uint8_t, 4>{192, 0, 2, n});
}

template <class T, std::size_t n>
T one_of(Random& random, const T (&list)[n]) {
  return list[test::below(random, n)];
}
constexpr std::uint16_t kTypes[] = {1, 1, 28, 65, 33, 16, 4711};
constexpr std::uint8_t kRcodes[] = {0, 0, 0, 3, 2, 5, 23};

std::int64_t some_time(Random& random) {
  const auto near = static_cast<std::int64_t>(test::below(random, 10 * kMinute));
  // Clocks are set: some are far away.
  if (test::below(random, 40) == 0) return kStart - 86400'000'000LL * 30 + near;
  if (test::below(random, 40) == 0) return kStart + 86400'000'000LL * 30 + near;
  return kStart + near / 1000 * 1000;  // often the same
}

QueryRecord some_record(Random& random) {
  QueryRecord r = test::random_record(random);
  r.kind = QueryRecord::Kind::query, r.gap_count = 0;
  r.time = test::at(some_time(random));
  r.client = some_client(random);
  r.name = some_name(random);
  r.type = one_of(random, kTypes);
  r.rcode = one_of(random, kRcodes);
  if (test::below(random, 2)) {
    r.answers.clear();
    for (std::uint64_t n = test::below(random, 3); n > 0; --n) {
      const IpAddress address = some_answer(random);
      PackedAnswers::append(r.answers, address.is_v4() ? 1 : 28,
                            {reinterpret_cast<const char*>(address.bytes().data()), address.bytes().size()});
    }
  }
  return r;
}

HistoryFilter some_filter(Random& random) {
  HistoryFilter filter;
  filter.limit = 0;
  const auto sometimes = [&] { return test::below(random, 4) == 0; };
  if (sometimes()) {
    const IpAddress client = some_client(random);
    static constexpr int kShorter[] = {0, 0, 1, 8, 16, 17};
    filter.client = Network{client, static_cast<int>(client.bytes().size()) * 8 - one_of(random, kShorter)};
  }
  if (sometimes()) {
    static constexpr const char* kWanted[] = {"talk.google.com", "*.google.com", "*.com",       "*talk*",
                                              "talk*",           "*e",           "*.example",   "a\\.b.example",
                                              "*\\200*",         "*google.com",  "*",           "*n1*",
                                              "n7.once.example", "nowhere.test", "*k\\*.exam*", "*.talk.google.com"};
    EXPECT_TRUE(filter.set_name(one_of(random, kWanted)));
  }
  if (sometimes()) filter.type = one_of(random, kTypes);
  if (sometimes()) filter.verdict = static_cast<Verdict>(test::below(random, 4));
  if (sometimes()) filter.rcode = one_of(random, kRcodes);
  if (sometimes()) filter.answer = some_answer(random);
  if (sometimes()) filter.since = test::at(some_time(random));
  if (sometimes()) filter.until = test::at(some_time(random));
  filter.newest_first = test::below(random, 2) == 0;
  return filter;
}

class Tried {
 public:
  explicit Tried(std::uint64_t seed) : random_(seed) { settings_.retention = 24h * 36500; }

  void open() {
    history_.reset(), database_.reset();
    database_ = Database::open(folder_ / "db", Database::Mode::read_write).value();
    history_ =
        History::open(*database_, Database::Mode::read_write, folder_ / "rings", 2, settings_, clock_, health_).value();
  }

  void push(int count) {
    for (int i = 0; i < count; ++i) {
      raw_.push_back(some_record(random_));
      ASSERT_TRUE(history_->ring(static_cast<int>(test::below(random_, 2))).push(test::entry_of(raw_.back())));
    }
  }

  void ask(Random random) const {
    const HistoryFilter filter = some_filter(random);
    std::vector<const QueryRecord*> wanted;
    for (const QueryRecord& record : raw_) {
      if (matches(filter, record)) wanted.push_back(&record);
    }
    const auto found = search(filter);
    RC_ASSERT(found.size() == wanted.size());
    std::map<std::string, int> difference;
    for (const QueryRecord& record : found) ++difference[test::everything(record)];
    for (const QueryRecord* record : wanted) --difference[test::everything(*record)];
    for (const auto& [record, times] : difference) RC_ASSERT(times == 0);
    for (std::size_t i = 1; i < found.size(); ++i)
      RC_ASSERT((filter.newest_first ? found[i - 1].time >= found[i].time : found[i - 1].time <= found[i].time));

    const auto counted = history_->count(filter);
    RC_ASSERT(!!counted);
    RC_ASSERT(counted->queries == wanted.size());
    RC_ASSERT(counted->lost == 0U);

    // A part of it is its beginning.
    HistoryFilter limited = filter;
    limited.limit = 1 + test::below(random, 20);
    const auto part = search(limited);
    RC_ASSERT(part.size() == std::min(limited.limit, found.size()));
    for (std::size_t i = 0; i < part.size(); ++i) RC_ASSERT(part[i].time == found[i].time);
  }

 private:
  // Said again in the plainest way, so that what the search is made of cannot be wrong together with it.
  static bool matches(const HistoryFilter& f, const QueryRecord& r) {
    if (f.client && !f.client->contains(r.client)) return false;
    if (f.name && !f.below && r.name != *f.name) return false;
    if (f.name && f.below && (r.name == *f.name || !r.name.is_at_or_below(*f.name))) return false;
    if (!f.name_part.empty()) {
      const std::string text = r.name.text();
      bool has = false;
      for (std::size_t at = text.find(f.name_part); at != std::string::npos; at = text.find(f.name_part, at + 1)) {
        if (f.part_at_start && at != 0) continue;
        if (f.part_at_end && at + f.name_part.size() != text.size()) continue;
        // Not from the middle of an escape on.
        std::size_t start = 0;
        while (start < at)
          start += text[start] != '\\' ? 1 : std::isdigit(static_cast<unsigned char>(text[start + 1])) ? 4 : 2;
        has = has || start == at;
      }
      if (!has) return false;
    }
    if (f.type && r.type != *f.type) return false;
    if (f.verdict && r.verdict != *f.verdict) return false;
    if (f.rcode && r.rcode != *f.rcode) return false;
    if (f.answer) {
      bool has = false;
      for (const auto& item : PackedAnswers::items(r.answers)) has = has || item.address() == f.answer;
      if (!has) return false;
    }
    return (!f.since || r.time >= *f.since) && (!f.until || r.time < *f.until);
  }

  std::vector<QueryRecord> search(const HistoryFilter& filter) const {
    std::vector<QueryRecord> found;
    const auto done = history_->search(filter, [&](const QueryRecord& record) {
      found.push_back(record);
      return true;
    });
    RC_ASSERT(!!done);
    return found;
  }

  Random random_;
  test::Folder folder_;
  ManualClock clock_{test::at(kStart + 3'600'000'000)};
  Health health_;
  Settings::History settings_;
  std::vector<QueryRecord> raw_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<History> history_;
};

TEST(HistorySearch, FindsWhatALookAtEachRecordFinds) {
  // Opening takes most of the time: one history that grows, and many questions to it.
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("records of seed " + std::to_string(seed));
  Tried history{seed};
  for (int start = 0; start < 3; ++start) {
    history.open();
    history.push(start == 0 ? 40 : 400);
    EXPECT_TRUE(rc::check("the same is found", [&] { history.ask(Random{*rc::gen::arbitrary<std::uint64_t>()}); }));
  }
}

}  // namespace
}  // namespace sinkfeed
