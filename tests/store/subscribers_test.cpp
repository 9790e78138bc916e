// Who fetches what: bounded, told of once when he falls behind, kept over a restart.
#include "store/subscribers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/keys.hpp"
#include "store/records.pb.h"
#include "tests/store/fixture.hpp"

namespace sinkfeed {
namespace {

using ledger_test::at;
using ledger_test::Folder;
using ledger_test::ip;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view kFeed = "google-talk.txt";

FeedEdition edition(std::uint64_t number) { return {number, number * 1000, at(static_cast<std::int64_t>(number))}; }

struct SubscribersTest : testing::Test {
  Folder folder;
  std::unique_ptr<Database> database = Database::open(folder.path() / "db", Database::Mode::read_write).value();
  ManualClock clock{at(0)};
  Health health;
  std::unique_ptr<Subscribers> subscribers = Subscribers::open(*database, clock, health).value();

  void restart(std::size_t most = Subscribers::kMost) {
    subscribers.reset();
    health.warn("subscribers", "");
    subscribers = Subscribers::open(*database, clock, health, most).value();
  }
  SubscriberKey key(std::string_view client, std::string_view feed = kFeed) { return {ip(client), feed, ""}; }
  void poll(std::string_view client, std::uint64_t number, unsigned status = 304, std::string_view feed = kFeed) {
    subscribers->polled({key(client, feed), "curl/7.88", status, false, edition(number)});
  }
  // Fetches the list, and gets all of it.
  void fetch(std::string_view client, std::uint64_t number, std::string_view feed = kFeed) {
    poll(client, number, 200, feed);
    subscribers->received(key(client, feed), edition(number), 100);
  }
  // Polls so often, with that between.
  void poll_on(std::string_view client, std::uint64_t number, int times, seconds between, unsigned status = 304) {
    for (int i = 0; i < times; i++) {
      clock.advance(between);
      poll(client, number, status);
      check(number);
    }
  }
  void check(std::uint64_t newest) { subscribers->check({{std::string(kFeed), edition(newest)}}); }
  std::string warning() { return health.warnings()["subscribers"]; }
  Subscriber of(std::string_view client) {
    for (const Subscriber& one : subscribers->list()) {
      if (one.client == ip(client)) return one;
    }
    ADD_FAILURE() << client << " is no subscriber";
    return {};
  }
};

TEST_F(SubscribersTest, AreThoseWhoGetAListOrHaveIt) {
  poll("192.0.2.1", 1, 503);
  poll("192.0.2.2", 1, 404);
  subscribers->polled({key("192.0.2.3"), "", 200, true, edition(1)});
  EXPECT_THAT(subscribers->list(), IsEmpty()) << "errors and sidecars make no subscriber";
  fetch("192.0.2.1", 3);
  poll("192.0.2.2", 2);
  EXPECT_EQ(subscribers->list().size(), 2u);
  EXPECT_EQ(of("192.0.2.1").holds.generation, 3u);
  EXPECT_EQ(of("192.0.2.2").holds.generation, 2u);
  EXPECT_EQ(of("192.0.2.1").bytes, 100u);
  poll("192.0.2.1", 3, 503);
  subscribers->polled({key("192.0.2.1"), "", 200, true, edition(3)});
  const Subscriber one = of("192.0.2.1");
  EXPECT_EQ(one.ok, 2u);
  EXPECT_EQ(one.other, 1u);
  EXPECT_EQ(one.polls, 1u) << "all within a moment";
}

TEST_F(SubscribersTest, HoldWhatCameWholeAlone) {
  fetch("192.0.2.1", 1);
  poll("192.0.2.1", 2, 200);  // broken off, or a HEAD
  EXPECT_EQ(of("192.0.2.1").holds.generation, 1u);
  check(2);
  EXPECT_EQ(of("192.0.2.1").lacks_since, at(2));
  EXPECT_EQ(of("192.0.2.1").newest, 2u);
  fetch("192.0.2.1", 2);
  EXPECT_FALSE(of("192.0.2.1").lacks_since);
}

TEST_F(SubscribersTest, TheSameContentUnderAnotherNumberIsNotLacked) {
  fetch("192.0.2.1", 1);
  subscribers->check({{std::string(kFeed), {7, edition(1).hash, at(7)}}});
  EXPECT_FALSE(of("192.0.2.1").lacks_since);
  check(8);
  EXPECT_EQ(of("192.0.2.1").lacks_since, at(8));
  check(9);
  EXPECT_EQ(of("192.0.2.1").lacks_since, at(8)) << "since it was first behind";
  subscribers->check({{std::string(kFeed), {10, edition(1).hash, at(10)}}});
  EXPECT_FALSE(of("192.0.2.1").lacks_since) << "it was rolled back to what it has";
}

TEST_F(SubscribersTest, OneThatFallsSilentIsToldOfOnceAndOnceWhenItIsBack) {
  fetch("192.0.2.1", 1);
  poll_on("192.0.2.1", 1, 5, minutes(5));
  EXPECT_EQ(of("192.0.2.1").interval, minutes(5));
  clock.advance(minutes(15));
  check(1);
  EXPECT_EQ(warning(), "");
  clock.advance(seconds(1));
  check(1);
  EXPECT_THAT(warning(), AllOf(HasSubstr("192.0.2.1 google-talk.txt has not fetched since"), HasSubstr("each 5 min")));
  EXPECT_EQ(of("192.0.2.1").late, Lateness::silent);
  clock.advance(hours(40));
  check(1);
  poll("192.0.2.1", 1);
  check(1);
  EXPECT_EQ(warning(), "");
  // That it was away so long is no new habit, and as long as it is fresh in mind no silence counts that is shorter.
  poll_on("192.0.2.1", 1, 9, minutes(5));
  EXPECT_EQ(of("192.0.2.1").interval, minutes(5));
  clock.advance(minutes(16));
  check(1);
  EXPECT_NE(warning(), "");
}

TEST_F(SubscribersTest, OneThatPollsSeldomOrShortlyIsNotExpected) {
  fetch("192.0.2.1", 1);
  clock.advance(minutes(1));
  poll("192.0.2.1", 1);
  fetch("192.0.2.2", 1);
  poll_on("192.0.2.2", 1, 4, hours(24));
  EXPECT_EQ(warning(), "") << "two polls are no habit";
  clock.advance(hours(48));
  check(1);
  EXPECT_EQ(warning(), "") << "nor are two days silence of one that comes each day";
  clock.advance(hours(25));
  check(1);
  EXPECT_THAT(warning(), AllOf(HasSubstr("192.0.2.2"), HasSubstr("each 24 h"), Not(HasSubstr("192.0.2.1"))));
}

TEST_F(SubscribersTest, OneThatChangesItsHabitIsToldOfOnce) {
  fetch("192.0.2.1", 1);
  poll_on("192.0.2.1", 1, 9, minutes(1));
  int alarms = 0;
  for (int i = 0; i < 300; i++) {
    clock.advance(minutes(1));
    if (i % 60 == 59) poll("192.0.2.1", 1);
    const bool before = !warning().empty();
    check(1);
    alarms += !before && !warning().empty();
  }
  EXPECT_EQ(alarms, 1);
}

TEST_F(SubscribersTest, OneThatAsksAndDoesNotGetWhatIsNewerIsToldOf) {
  fetch("192.0.2.1", 1);
  poll_on("192.0.2.1", 1, 4, minutes(5));
  check(2);
  poll("192.0.2.1", 2, 200);
  poll_on("192.0.2.1", 2, 1, minutes(5), 200);
  EXPECT_EQ(warning(), "");
  poll_on("192.0.2.1", 2, 1, minutes(5), 200);
  EXPECT_THAT(warning(), HasSubstr("asks, but still holds generation 1"));
  EXPECT_EQ(of("192.0.2.1").late, Lateness::stale);
  check(3);
  EXPECT_EQ(of("192.0.2.1").late, Lateness::stale);
  fetch("192.0.2.1", 3);
  check(3);
  EXPECT_EQ(warning(), "");
}

TEST_F(SubscribersTest, WhatTheyWereIsThereAfterARestart) {
  fetch("192.0.2.1", 1);
  poll_on("192.0.2.1", 1, 4, minutes(5));
  fetch("2001:db8::1", 1, "google-talk.txt?family=6");
  clock.advance(hours(1));
  check(2);
  const std::string before = warning();
  EXPECT_THAT(before, HasSubstr("192.0.2.1"));
  ASSERT_TRUE(subscribers->write());
  poll("192.0.2.9", 1);  // lost
  restart();
  check(2);
  EXPECT_EQ(warning(), before);
  ASSERT_EQ(subscribers->list().size(), 2u);
  const Subscriber one = of("192.0.2.1"), other = of("2001:db8::1");
  EXPECT_EQ(one.holds.generation, 1u);
  EXPECT_EQ(one.lacks_since, at(2));
  EXPECT_EQ(one.interval, minutes(5));
  EXPECT_EQ(one.not_modified, 4u);
  EXPECT_EQ(one.user_agent, "curl/7.88");
  EXPECT_EQ(other.feed, "google-talk.txt?family=6");
  EXPECT_EQ(other.first_seen, at(1200));
}

TEST_F(SubscribersTest, SilenceWhileTheDaemonWasDownIsNotTheirs) {
  fetch("192.0.2.1", 1);
  poll_on("192.0.2.1", 1, 4, minutes(5));
  ASSERT_TRUE(subscribers->write());
  clock.advance(hours(10));
  restart();
  check(1);
  EXPECT_EQ(warning(), "");
  clock.advance(minutes(16));
  check(1);
  EXPECT_THAT(warning(), HasSubstr("192.0.2.1"));
}

TEST_F(SubscribersTest, BeyondTheLimitTheIdlestGo) {
  restart(3);
  for (const char* client : {"192.0.2.1", "192.0.2.2", "192.0.2.3"}) fetch(client, 1), clock.advance(seconds(1));
  ASSERT_TRUE(subscribers->write());
  poll("192.0.2.1", 1);
  fetch("192.0.2.4", 1);
  EXPECT_EQ(subscribers->list().size(), 3u);
  for (const char* client : {"192.0.2.1", "192.0.2.3", "192.0.2.4"}) EXPECT_EQ(of(client).holds.generation, 1u);
  ASSERT_TRUE(subscribers->write());
  restart();
  EXPECT_EQ(subscribers->list().size(), 3u) << "in the store too";
}

TEST_F(SubscribersTest, GoWhenTheyAreGoneForLongOrForgotten) {
  fetch("192.0.2.1", 1);
  poll_on("192.0.2.1", 1, 4, minutes(5));
  fetch("192.0.2.2", 1);
  fetch("192.0.2.2", 1, "google-talk.nft");
  ASSERT_TRUE(subscribers->write());
  clock.advance(hours(1));
  check(1);
  EXPECT_NE(warning(), "");
  EXPECT_EQ(subscribers->forget(ip("192.0.2.1")), 1u);
  EXPECT_EQ(warning(), "");
  EXPECT_EQ(subscribers->forget(ip("192.0.2.2"), "google-talk.nft"), 1u);
  EXPECT_EQ(subscribers->forget(ip("192.0.2.7")), 0u);
  ASSERT_TRUE(subscribers->write());
  restart();
  EXPECT_EQ(subscribers->list().size(), 1u);
  clock.advance(Subscribers::kAge);
  check(1);
  EXPECT_THAT(subscribers->list(), IsEmpty());
  EXPECT_THAT(subscribers->feeds(), IsEmpty());
}

TEST_F(SubscribersTest, WhatTheySayOfThemselvesIsCutAndPlain) {
  subscribers->polled({key("192.0.2.1"), "\x1b[31m" + std::string(500, 'x') + "\xff", 200, false, edition(1)});
  EXPECT_EQ(of("192.0.2.1").user_agent.substr(0, 6), "?[31mx");
  EXPECT_EQ(of("192.0.2.1").user_agent.size(), Subscribers::kLongestAgent);
  subscribers->polled({key("192.0.2.2", std::string(500, 'x')), "", 200, false, edition(1)});
  EXPECT_EQ(subscribers->list().size(), 1u);
  ASSERT_TRUE(subscribers->write());
}

TEST_F(SubscribersTest, ADamagedRecordIsLeftOut) {
  Database::Batch batch;
  batch.put(Column::meta, std::string(keys::kSubscription) + "x", "\xff\xff");
  records::SubscriberRecord record;
  record.set_client("123");
  batch.put(Column::meta, std::string(keys::kSubscription) + "y", record.SerializeAsString());
  ASSERT_TRUE(database->write(batch));
  restart();
  EXPECT_THAT(subscribers->list(), IsEmpty());
}

TEST_F(SubscribersTest, TheFurthestBehindComeFirst) {
  fetch("192.0.2.1", 3);
  fetch("192.0.2.2", 1);
  check(1);
  check(2);
  fetch("192.0.2.3", 2);
  check(3);
  std::vector<std::string> order;
  for (const Subscriber& one : subscribers->list()) order.push_back(one.client.text());
  EXPECT_THAT(order, testing::ElementsAre("192.0.2.2", "192.0.2.3", "192.0.2.1"));
  EXPECT_EQ(subscribers->totals().behind, 2u);
}

TEST_F(SubscribersTest, AnswersAreCountedByStatusAndByWhoShowedAToken) {
  for (const unsigned status : {200u, 304u, 304u, 503u, 418u}) subscribers->count(status, "");
  subscribers->count(304, "edge-1");
  const auto answers = subscribers->totals().answers;
  EXPECT_EQ(answers.at("").at("304"), 2u);
  EXPECT_EQ(answers.at("").at("503"), 1u);
  EXPECT_EQ(answers.at("").at("other"), 1u);
  EXPECT_EQ(answers.at("edge-1"), (std::map<std::string, std::uint64_t>{{"304", 1}}));
}

TEST_F(SubscribersTest, NoMoreNamesAreCountedThanAreAllowed) {
  for (std::size_t i = 0; i < Subscribers::kMostNames + 5; i++) subscribers->count(200, "name-" + std::to_string(i));
  const auto answers = subscribers->totals().answers;
  EXPECT_EQ(answers.size(), Subscribers::kMostNames + 2) << "and those who showed nothing, and others";
  EXPECT_EQ(answers.at("others").at("200"), 5u);
}

}  // namespace
}  // namespace sinkfeed
