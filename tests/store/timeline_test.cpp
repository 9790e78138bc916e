#include "store/timeline.hpp"

#include "fixture.hpp"

namespace sinkfeed {
namespace {

using namespace std::chrono_literals;
using ledger_test::Folder;

struct Timelines : testing::Test {
  Timelines() {
    database = Database::open(folder.path() / "db", Database::Mode::read_write).value();
    timeline = std::make_unique<Timeline>(*database, clock);
  }
  // So many queries more, so many seconds later.
  void pass(std::chrono::seconds time, std::uint64_t queries) {
    clock.advance(time);
    now.counts.queries[0] += queries;
    now.counts.latencies[3] += queries;
    now.published["chat"] += queries;
    timeline->note(now);
  }
  std::vector<TimelinePoint> read(std::chrono::minutes step = 1min) {
    return timeline->read(start, clock.wall() + 1min, step).value();
  }
  void restart() {
    timeline = std::make_unique<Timeline>(*database, clock);
    now = {};
  }

  Folder folder;
  const WallTime start{std::chrono::minutes{30'000'000}};
  ManualClock clock{start};
  std::unique_ptr<Database> database;
  std::unique_ptr<Timeline> timeline;
  Timeline::Now now;
};

TEST_F(Timelines, EachMinuteHasWhatCameInIt) {
  timeline->note(now);
  for (int i = 0; i < 12; i++) pass(5s, 1);  // the last look is at the next minute's begin
  for (int i = 0; i < 6; i++) pass(5s, 10);
  const auto points = read();
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].time, start);
  EXPECT_EQ(points[0].counts.queries[0], 11u);
  EXPECT_EQ(points[0].seconds, 55u);
  EXPECT_EQ(points[0].published.at("chat"), 11u);
  EXPECT_EQ(points[1].time, start + 1min);
  EXPECT_EQ(points[1].counts.queries[0], 61u) << "the present minute, which is not written yet";
  EXPECT_EQ(points[1].counts.latencies[3], 61u);
  EXPECT_EQ(points[1].seconds, 35u);
}

TEST_F(Timelines, WhatWasWrittenOutlastsARestartAndIsAddedTo) {
  timeline->note(now);
  for (int i = 0; i < 13; i++) pass(5s, 1);
  restart();
  timeline->note(now);
  pass(10s, 7);
  const auto points = read();
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].counts.queries[0], 11u);
  EXPECT_EQ(points[1].counts.queries[0], 7u) << "counters begin at 0 again, and what a kill took is gone";
}

TEST_F(Timelines, TheEndOfTheProgramIsWritten) {
  Timeline::Now at_end;
  timeline->start([&] { return at_end; });
  at_end.counts.queries[1] = 5;
  timeline->stop();
  restart();
  ASSERT_EQ(read().size(), 1u);
  EXPECT_EQ(read()[0].counts.queries[1], 5u);
}

TEST_F(Timelines, StepsAreSumsAndThoseWithoutTheDaemonAreMissing) {
  timeline->note(now);
  for (int i = 0; i < 24; i++) pass(5s, 1);  // two minutes
  clock.advance(10min);
  restart();
  timeline->note(now);
  for (int i = 0; i < 24; i++) pass(5s, 2);
  const auto points = read(5min);
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].time, start);
  EXPECT_EQ(points[0].counts.queries[0], 23u);
  EXPECT_EQ(points[1].time, start + 10min);
  EXPECT_EQ(points[1].published.at("chat"), 48u) << "as it was at the end";
}

TEST_F(Timelines, AClockThatIsSetBackAddsToTheMinutesThatItComesToAgain) {
  timeline->note(now);
  for (int i = 0; i < 13; i++) pass(5s, 1);
  clock.jump(-1min);
  for (int i = 0; i < 13; i++) pass(5s, 1);
  std::uint64_t all = 0;
  for (const TimelinePoint& point : read()) all += point.counts.queries[0];
  EXPECT_EQ(all, 26u);
}

TEST_F(Timelines, ADiskThatWritesNothingLosesNothingForAnHour) {
  timeline->note(now);
  database.reset();
  database = Database::open(folder.path() / "db", Database::Mode::read_only).value();
  timeline = std::make_unique<Timeline>(*database, clock);
  timeline->note(now);
  for (int i = 0; i < 12 * 90; i++) pass(5s, 1);
  EXPECT_GE(read().size(), 60u);
  EXPECT_LE(read().size(), 62u);
}

}  // namespace
}  // namespace sinkfeed
