// What the ledger publishes, what it holds and why, and what it remembers across restarts.
#include "store/ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "store/keys.hpp"
#include "store/records.pb.h"
#include "tests/store/fixture.hpp"

namespace sinkfeed {
namespace {

using ledger_test::at;
using ledger_test::Folder;
using ledger_test::ip;
using ledger_test::name;
using ledger_test::OpenLedger;
using ledger_test::seen;
using testing::ElementsAre;
using testing::HasSubstr;

records::AddressRecord record_of(const std::string& bytes) {
  records::AddressRecord record;
  EXPECT_TRUE(record.ParseFromString(bytes));
  return record;
}

constexpr const char* kKnown = "216.239.37.125";

TEST(Ledger, HoldsTheKnownAddressesFromTheFirstMoment) {
  const Folder folder;
  OpenLedger ledger(folder);
  EXPECT_EQ(ledger->current()->number, 1u);
  EXPECT_THAT(ledger.published(), ElementsAre(kKnown));
  EXPECT_EQ(ledger.entry(kKnown).evidence.at(0).vantage.kind, VantageKind::known);
}

TEST(Ledger, PublishesWhatATargetResolvesTo) {
  const Folder folder;
  OpenLedger ledger(folder);
  ledger.observe({seen("74.125.140.125"), seen("2a00:1450:400c:c06::7d")});
  EXPECT_EQ(ledger->current()->number, 2u);
  EXPECT_THAT(ledger.published(), ElementsAre("74.125.140.125", kKnown, "2a00:1450:400c:c06::7d"));
  const LedgerEntry entry = ledger.entry("74.125.140.125");
  EXPECT_EQ(entry.first_generation, 2u);
  EXPECT_EQ(entry.evidence.at(0).name, name("talk.test"));
}

TEST(Ledger, SeeingAnAddressAgainMovesItsTimesAndMakesNoGeneration) {
  const Folder folder;
  OpenLedger ledger(folder);
  ledger.observe({seen("74.125.140.125", "talk.test", 10)});
  ledger.observe({seen("74.125.140.125", "talk.test", 70)});
  ledger.observe({seen("74.125.140.125", "talk.test", 5)});
  const LedgerEntry entry = ledger.entry("74.125.140.125");
  EXPECT_EQ(entry.count, 3u);
  EXPECT_EQ(entry.first_seen, at(5));
  EXPECT_EQ(entry.last_seen, at(70)) << "a clock that jumped back does not age anything";
  EXPECT_EQ(ledger->current()->number, 2u);
}

TEST(Ledger, KeepsEverythingAndTheGenerationAcrossARestart) {
  const Folder folder;
  {
    OpenLedger ledger(folder);
    ledger.observe({seen("74.125.140.125", "talk.test", 10)});
    ledger.observe({seen("74.125.140.125", "talk.test", 99)});
  }
  OpenLedger ledger(folder);
  EXPECT_EQ(ledger->current()->number, 2u) << "nothing has changed";
  EXPECT_EQ(ledger.entry("74.125.140.125").last_seen, at(99));
  EXPECT_EQ(ledger.entry("74.125.140.125").count, 2u);
}

TEST(Ledger, EveryGuardHoldsAndSaysWhy) {
  const Folder folder;
  Guards guards = ledger_test::no_guards();
  guards.ours = {ip("74.125.1.1")};
  guards.upstreams = {ip("74.125.1.2")};
  guards.never_block = {Network::parse("74.125.2.0/24").value()};
  OpenLedger ledger(folder, ledger_test::catalogue(), guards);
  ledger.observe({seen("10.1.2.3"), seen("74.125.1.1"), seen("74.125.1.2"), seen("74.125.2.9"),
                  seen("74.125.3.3", "uncovered.test")});
  EXPECT_THAT(ledger.published(), ElementsAre(kKnown));
  EXPECT_THAT(ledger.entry("10.1.2.3").reason, HasSubstr("RFC 6890"));
  EXPECT_THAT(ledger.entry("74.125.1.1").reason, HasSubstr("our own"));
  EXPECT_THAT(ledger.entry("74.125.1.2").reason, HasSubstr("upstream server"));
  EXPECT_THAT(ledger.entry("74.125.2.9").reason, HasSubstr("74.125.2.0/24"));
  EXPECT_THAT(ledger.entry("74.125.3.3").reason, HasSubstr("no covered name"));
  EXPECT_EQ(ledger->current()->number, 1u);
}

TEST(Ledger, NeverPublishesWhatANeverListedNameResolvesTo) {
  const Folder folder;
  {
    OpenLedger ledger(folder);
    ledger.observe({seen("74.125.140.125"), seen("74.125.140.19")}, {{name("mail.test"), ip("74.125.140.19"), at(0)}});
    EXPECT_THAT(ledger.published(), ElementsAre("74.125.140.125", kKnown));
    EXPECT_THAT(ledger.entry("74.125.140.19").reason, HasSubstr("mail.test"));
    // Learned afterwards: it leaves the feed.
    ledger.observe({}, {{name("mail.test"), ip("74.125.140.125"), at(1)}});
    EXPECT_THAT(ledger.published(), ElementsAre(kKnown));
    EXPECT_EQ(ledger->current()->number, 3u);
  }
  OpenLedger ledger(folder);
  EXPECT_THAT(ledger.published(), ElementsAre(kKnown)) << "remembered across a restart";
  EXPECT_EQ(ledger->names_of(ip("74.125.140.125")).value().at(0).name, name("mail.test"));
}

TEST(Ledger, JudgesAnewWhenSettingsHaveChanged) {
  const Folder folder;
  {
    OpenLedger ledger(folder);
    ledger.observe({seen("74.125.140.125"), seen("74.125.150.9", "web.test")});
    EXPECT_EQ(ledger.published().size(), 3u);
  }
  OpenLedger ledger(folder, ledger_test::catalogue({Tier::core}));
  EXPECT_THAT(ledger.published(), ElementsAre("74.125.140.125", kKnown)) << "the web tier is off now";
  EXPECT_EQ(ledger->current()->number, 3u);
}

TEST(Ledger, TellsWhatEachGenerationChanged) {
  const Folder folder;
  OpenLedger ledger(folder);
  ledger.observe({seen("74.125.140.125")});
  ledger.observe({}, {{name("mail.test"), ip("74.125.140.125"), at(1)}});
  const auto generations = ledger->generations(10).value();
  ASSERT_EQ(generations.size(), 3u);
  EXPECT_EQ(generations[0].number, 3u);
  EXPECT_FALSE(generations[0].changes.at(0).added);
  EXPECT_THAT(generations[0].changes.at(0).reason, HasSubstr("mail.test"));
  EXPECT_TRUE(generations[1].changes.at(0).added);
  EXPECT_EQ(generations[1].published, 2u);
  EXPECT_EQ(ledger->generations(1).value().size(), 1u);
}

TEST(Ledger, ObserversSeeEachGenerationOnlyWhenItIsOnDisk) {
  struct Watcher : GenerationObserver {
    std::vector<std::uint64_t> numbers;
    void published(std::shared_ptr<const Generation> generation) override { numbers.push_back(generation->number); }
  } watcher;
  const Folder folder;
  OpenLedger ledger(folder);
  ledger->subscribe(watcher);
  ledger.observe({seen("74.125.140.125")});
  ledger.observe({seen("74.125.140.126")});
  EXPECT_THAT(watcher.numbers, ElementsAre(1u, 2u, 3u)) << "the first is the one that was there already";
}

NeverObservation mail(std::string_view address, std::int64_t when = 0) {
  return {name("mail.test"), ip(address), at(when)};
}

TEST(Ledger, AnAddressHeldForItsNameLeavesTheFeedWithinASecond) {
  const Folder folder;
  OpenLedger ledger(folder);
  ledger.observe({seen("74.125.140.125")});
  const auto before = std::chrono::steady_clock::now();
  ledger->observe({}, {mail("74.125.140.125")});
  while (ledger.published().size() > 1 && std::chrono::steady_clock::now() - before < std::chrono::seconds(5))
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(1));
  EXPECT_EQ(ledger.entry("74.125.140.125").reason, "mail.test (never: mail) resolves to it too");
}

TEST(Ledger, ANameThatNoProfileListsAnyMoreGuardsNothing) {
  const Folder folder;
  OpenLedger(folder).observe({seen("74.125.140.125")}, {mail("74.125.140.125")});
  Profile profile = ledger_test::chat_profile();
  profile.never.clear();
  {
    OpenLedger ledger(folder, ledger_test::catalogue({Tier::core}, profile));
    EXPECT_THAT(ledger.published(), ElementsAre("74.125.140.125", kKnown));
    EXPECT_EQ(ledger->names_of(ip("74.125.140.125")).value().at(0).never_why, "");
  }
  OpenLedger ledger(folder);
  EXPECT_THAT(ledger.published(), ElementsAre(kKnown)) << "listed again, it guards again";
}

TEST(Ledger, ANeverListedNameIsOnDiskBeforeItsAddressIsEverATarget) {
  const Folder folder;
  const auto database = Database::open(folder.path() / "db", Database::Mode::read_write).value();
  ManualClock clock{at(0)};
  Health health;
  Counters counters;
  const auto ledger = Ledger::open(*database, Database::Mode::read_write, ledger_test::catalogue(),
                                   ledger_test::no_guards(), clock, health, counters)
                          .value();
  ledger->observe({}, {mail("74.125.140.19")});
  // Without settle(), which writes everything: a killed process has only this.
  const std::string key = keys::name(ip("74.125.140.19"), name("mail.test"));
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!database->get(Column::names, key).value() && std::chrono::steady_clock::now() < limit)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_TRUE(database->get(Column::names, key).value().has_value());
}

TEST(Ledger, NamesOfAnAddressAreBounded) {
  const Folder folder;
  Profile profile = ledger_test::chat_profile();
  profile.never = {{name("mail.test"), Match::suffix, "mail"}};
  const auto rules = ledger_test::catalogue({Tier::core}, profile);
  {
    OpenLedger ledger(folder, rules);
    for (int i = 0; i < 100; i++)
      ledger->observe({}, {{name("m" + std::to_string(i) + ".mail.test"), ip("74.125.140.19"), at(i)}});
    ledger.observe({seen("74.125.140.19")});
    EXPECT_EQ(ledger.entry("74.125.140.19").state, State::held);
  }
  OpenLedger ledger(folder, rules);
  const auto names = ledger->names_of(ip("74.125.140.19")).value();
  EXPECT_EQ(names.size(), 64u);
  for (const Need& need : names) EXPECT_GE(need.last_seen, at(36)) << "the latest are kept";
}

TEST(Ledger, ANetworkAddedToNeverBlockTakesItsAddressesOutAtTheNextStart) {
  const Folder folder;
  OpenLedger(folder).observe({seen("74.125.140.125"), seen("74.126.1.1")});
  Guards guards = ledger_test::no_guards();
  guards.never_block = {Network::parse("74.125.0.0/16").value()};
  {
    OpenLedger ledger(folder, ledger_test::catalogue(), guards);
    EXPECT_THAT(ledger.published(), ElementsAre("74.126.1.1", kKnown));
    EXPECT_EQ(ledger.entry("74.125.140.125").reason, "feed.never_block 74.125.0.0/16");
    EXPECT_EQ(ledger->current()->number, 3u);
  }
  OpenLedger ledger(folder);
  EXPECT_THAT(ledger.published(), ElementsAre("74.125.140.125", "74.126.1.1", kKnown));
  EXPECT_EQ(ledger.entry("74.125.140.125").first_generation, 2u) << "when it was published first";
}

TEST(Ledger, AProfileThatIsSwitchedOffKeepsItsEntriesUnpublished) {
  const Folder folder;
  OpenLedger(folder).observe({seen("74.125.140.125")});
  Profile other = ledger_test::chat_profile();
  other.name = "other";
  {
    OpenLedger ledger(folder, ledger_test::catalogue({Tier::core}, other));
    EXPECT_FALSE(ledger->current()->profiles.contains("chat"));
    EXPECT_EQ(ledger.entry("74.125.140.125").state, State::held);
    EXPECT_THAT(ledger.entry("74.125.140.125").reason, HasSubstr("block.profiles"));
  }
  OpenLedger ledger(folder);
  EXPECT_THAT(ledger.published(), ElementsAre("74.125.140.125", kKnown));
}

TEST(Ledger, AnotherProfilesRuleNeitherHoldsNorPublishesAnAddress) {
  const Folder folder;
  Profile other;
  other.name = "other";
  other.ports = {443};
  other.names = {{name("deep.talk.test"), Match::exact, Tier::core, "", ""},
                 {name("else.test"), Match::exact, Tier::core, "", ""}};
  std::vector<Profile> profiles{ledger_test::chat_profile(), other};
  const std::vector<Tier> tiers{Tier::core};
  OpenLedger ledger(folder, std::make_shared<const Catalogue>(std::move(profiles), tiers));
  ledger.observe({seen("74.125.140.125", "deep.talk.test"), seen("74.125.140.126", "else.test")});
  EXPECT_THAT(ledger.published(), ElementsAre("74.125.140.125", kKnown));
}

TEST(Ledger, AKnownAddressThatTheProfileDropsIsHeldUnlessANameLedToIt) {
  const Folder folder;
  Profile profile = ledger_test::chat_profile();
  profile.known.push_back({ip("72.14.253.125"), "first known addresses"});
  OpenLedger(folder, ledger_test::catalogue({Tier::core}, profile)).observe({seen("72.14.253.125")});
  profile.known.clear();
  OpenLedger ledger(folder, ledger_test::catalogue({Tier::core}, profile));
  EXPECT_THAT(ledger.published(), ElementsAre("72.14.253.125"));
  EXPECT_EQ(ledger.entry(kKnown).reason, "no covered name leads to it");
}

TEST(Ledger, EvidenceIsBoundedAndKeepsWhatWasSeenLastAndWhatIsKnown) {
  const Folder folder;
  OpenLedger ledger(folder);
  for (int i = 100; i-- > 0;) ledger->observe({seen(kKnown, "n" + std::to_string(i) + ".talk.test", 10 + i)}, {});
  ledger.observe({});
  const LedgerEntry entry = ledger.entry(kKnown);
  ASSERT_EQ(entry.evidence.size(), 64u);
  EXPECT_EQ(entry.count, 101u);
  int known = 0;
  for (const Evidence& evidence : entry.evidence) {
    if (evidence.vantage.kind == VantageKind::known) {
      known++;
    } else {
      EXPECT_GE(evidence.last_seen, at(10 + 37));
    }
  }
  EXPECT_EQ(known, 1);
}

TEST(Ledger, EvidenceThatCountsOutlastsAnyThatDoesNot) {
  const Folder folder;
  OpenLedger ledger(folder);
  ledger.observe({seen("74.125.140.125", "talk.test", 1)});
  std::vector<Observation> uncovered;
  for (int i = 0; i < 100; i++) uncovered.push_back(seen("74.125.140.125", "n" + std::to_string(i) + ".gone.test", 10));
  ledger.observe(std::move(uncovered));
  EXPECT_THAT(ledger.published(), ElementsAre("74.125.140.125", kKnown));
  EXPECT_EQ(ledger->current()->number, 2u);
}

TEST(Ledger, EachGenerationIsASecondLaterThanTheOneBeforeAtLeast) {
  const Folder folder;
  {
    OpenLedger ledger(folder);
    ledger.clock.advance(std::chrono::hours(1));
    ledger.observe({seen("74.125.140.125")});
  }
  OpenLedger ledger(folder);  // its clock is an hour behind
  ledger.observe({seen("74.125.140.126")});
  EXPECT_EQ(ledger->current()->number, 3u);
  EXPECT_EQ(ledger->current()->created, at(3601)) << "HTTP compares whole seconds";
  ledger.clock.advance(std::chrono::microseconds(3'602'700'000));
  ledger.observe({seen("74.125.140.127")});
  EXPECT_EQ(ledger->current()->created, at(3602) + std::chrono::milliseconds(700)) << "as late as it is";
  ledger.observe({seen("74.125.140.128")});
  EXPECT_EQ(ledger->current()->created, at(3603));
}

TEST(Ledger, WhatDoesNotFitTheQueueIsCounted) {
  const Folder folder;
  OpenLedger ledger(folder);
  ledger.observe(std::vector<Observation>(100001, seen("74.125.140.125")));
  EXPECT_EQ(ledger.counters.observations_dropped.load(), 100001u);
  ledger.observe(std::vector<Observation>(100000, seen("74.125.140.125")));
  EXPECT_EQ(ledger.entry("74.125.140.125").count, 100000u);
  EXPECT_EQ(ledger.counters.observations_dropped.load(), 100001u);
}

TEST(Ledger, ReadOnlyShowsTheGenerationAsItWasPublishedAndJudgesByTodaysSettings) {
  const Folder folder;
  OpenLedger(folder).observe({seen("74.125.150.9", "web.test")});
  {
    OpenLedger ledger(folder, ledger_test::catalogue({Tier::core}), {}, Database::Mode::read_only);
    EXPECT_EQ(ledger->current()->number, 2u);
    EXPECT_THAT(ledger.published(), ElementsAre("74.125.150.9", kKnown));
    EXPECT_EQ(ledger.entry("74.125.150.9").state, State::held);
    EXPECT_TRUE(ledger->settle(std::chrono::milliseconds(0)));
  }
  EXPECT_EQ(OpenLedger(folder)->current()->number, 2u) << "nothing was written";
}

TEST(Ledger, AGenerationKeepsItsProfilesTitlesAndPortsAcrossARestart) {
  const Folder folder;
  { OpenLedger ledger(folder); }
  Profile chat = ledger_test::chat_profile(), office = ledger_test::chat_profile();
  chat.title = "Chat 2";
  chat.ports = {5269};
  office.name = "office";
  std::vector<Profile> profiles{chat, office};
  const std::vector<Tier> tiers{Tier::core};
  // Read-only: as after a start whose first generation could not be written.
  OpenLedger ledger(folder, std::make_shared<const Catalogue>(std::move(profiles), tiers), {},
                    Database::Mode::read_only);
  const auto generation = ledger->current();
  EXPECT_EQ(generation->number, 1u);
  EXPECT_FALSE(generation->profiles.contains("office")) << "an empty list would be taken for the truth";
  EXPECT_EQ(generation->catalogue->find_profile("office"), nullptr);
  const Profile* const then = generation->catalogue->find_profile("chat");
  ASSERT_NE(then, nullptr);
  EXPECT_EQ(then->title, "Chat");
  EXPECT_EQ(then->ports, ledger_test::chat_profile().ports);
  EXPECT_THAT(ledger.published(), ElementsAre(kKnown));
}

TEST(Guards, HoldTheAddressesOfAWildcardListener) {
  Settings settings;
  settings.dns.listen = settings.http.listen = {Endpoint::parse("192.0.2.9:53", 0).value()};
  EXPECT_THAT(Guards::from(settings).ours, testing::Not(testing::Contains(ip("127.0.0.1"))));
  settings.http.listen = {Endpoint::parse("0.0.0.0:53", 0).value()};
  EXPECT_THAT(Guards::from(settings).ours, testing::Contains(ip("127.0.0.1")));
}

TEST(Ledger, ADamagedRecordIsNamed) {
  const Folder folder;
  OpenLedger(folder).observe({seen("74.125.140.125")});
  const auto database = Database::open(folder.path() / "db", Database::Mode::read_write).value();
  Database::Batch batch;
  batch.put(Column::ledger, keys::ledger("chat", ip("74.125.140.125")), "\xff\xff\xff");
  ASSERT_TRUE(database->write(batch).has_value());
  ManualClock clock{at(0)};
  Health health;
  Counters counters;
  const auto opened = Ledger::open(*database, Database::Mode::read_write, ledger_test::catalogue(),
                                   ledger_test::no_guards(), clock, health, counters);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().what, HasSubstr("chat 74.125.140.125"));
}

TEST(LedgerReconfigured, AnotherCatalogueIsPublishedAtOnce) {
  const Folder folder;
  OpenLedger ledger(folder);
  ledger.observe({seen("74.125.140.125"), seen("74.125.140.126", "web.test")});
  ASSERT_EQ(ledger->current()->number, 2u);
  ledger->reconfigure(ledger_test::catalogue({Tier::core}), ledger_test::no_guards());
  EXPECT_EQ(ledger->current()->number, 3u);
  EXPECT_THAT(ledger.published(), ElementsAre("74.125.140.125", kKnown));
  Profile profile = ledger_test::chat_profile();
  profile.known.push_back({ip("198.41.0.7"), "later"});
  ledger->reconfigure(ledger_test::catalogue({Tier::core}, profile), ledger_test::no_guards());
  EXPECT_THAT(ledger.published(), ElementsAre("74.125.140.125", "198.41.0.7", kKnown));
  ledger->reconfigure(ledger_test::catalogue(), ledger_test::no_guards());
  EXPECT_THAT(ledger.published(), ElementsAre("74.125.140.125", "74.125.140.126", kKnown));
}

TEST(LedgerReconfigured, NothingNewIsNoGeneration) {
  const Folder folder;
  OpenLedger ledger(folder);
  ledger->reconfigure(ledger_test::catalogue(), ledger_test::no_guards());
  EXPECT_EQ(ledger->current()->number, 1u);
}

TEST(LedgerReconfigured, OtherPortsAreAGenerationAlsoOverARestart) {
  const Folder folder;
  Profile profile = ledger_test::chat_profile();
  profile.ports = {5222};
  {
    OpenLedger ledger(folder);
    ledger->reconfigure(ledger_test::catalogue({Tier::core, Tier::web}, profile), ledger_test::no_guards());
    const auto generation = ledger->current();
    EXPECT_EQ(generation->number, 2u);
    EXPECT_EQ(generation->catalogue->profiles()[0].ports, profile.ports);
  }
  {
    OpenLedger ledger(folder, ledger_test::catalogue({Tier::core, Tier::web}, profile));
    EXPECT_EQ(ledger->current()->number, 2u);
  }
  OpenLedger ledger(folder);
  EXPECT_EQ(ledger->current()->number, 3u) << "a firewall that asks by date gets the other ports too";
}

TEST(LedgerReconfigured, ANameThatIsOnANeverListNowGuardsByWhatIsKnownOfIt) {
  const Folder folder;
  Profile without = ledger_test::chat_profile();
  without.never.clear();
  const auto tiers = {Tier::core, Tier::web};
  OpenLedger ledger(folder);
  ledger.observe({seen("74.125.140.125")}, {{name("mail.test"), ip("74.125.140.125"), at(0)}});
  EXPECT_THAT(ledger.published(), ElementsAre(kKnown));
  ledger->reconfigure(ledger_test::catalogue(tiers, without), ledger_test::no_guards());
  EXPECT_THAT(ledger.published(), ElementsAre("74.125.140.125", kKnown)) << "listed nowhere: guards nothing";
  ledger->reconfigure(ledger_test::catalogue(tiers), ledger_test::no_guards());
  EXPECT_THAT(ledger.published(), ElementsAre(kKnown)) << "read again from the database";
}

TEST(Ledger, AnAddressIsNotPublishedBeforeItCanBeReadWhoElseNeedsIt) {
  const Folder folder;
  const auto database = Database::open(folder.path() / "db", Database::Mode::read_write).value();
  ManualClock clock{at(0)};
  Health health;
  Counters counters;
  const auto ledger = Ledger::open(*database, Database::Mode::read_write, ledger_test::catalogue(),
                                   ledger_test::no_guards(), clock, health, counters)
                          .value();
  const std::string damaged = keys::name(ip("74.125.140.125"), name("www.test"));
  Database::Batch damage, repair;
  damage.put(Column::names, damaged, "\xff\xff\xff");
  repair.remove(Column::names, damaged);
  ASSERT_TRUE(database->write(damage));
  ledger->observe({seen("74.125.140.125"), seen("74.125.140.126")}, {});
  ASSERT_TRUE(ledger->settle(std::chrono::seconds(10)));
  EXPECT_EQ(ledger->current()->profiles.at("chat").size(), 2u) << "the other one is, with the known one";
  ASSERT_FALSE(health.problems().empty());
  EXPECT_THAT(health.problems().begin()->second, HasSubstr("74.125.140.125"));
  ASSERT_TRUE(database->write(repair));
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (ledger->current()->profiles.at("chat").size() < 3 && std::chrono::steady_clock::now() < limit)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(ledger->current()->profiles.at("chat").size(), 3u) << "tried again by itself";
  EXPECT_TRUE(health.problems().empty());
}

// Holds up the thread that asks first after close(), until open().
class Gate final : public Clock {
 public:
  WallTime wall() const override {
    if (closed_.exchange(false)) {
      reached_ = true;
      opened_.wait(false);
    }
    return at(0);
  }
  SteadyTime steady() const override { return {}; }
  void close() { closed_ = true; }
  void wait_until_reached() const {
    while (!reached_) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  void open() {
    opened_ = true;
    opened_.notify_all();
  }

 private:
  mutable std::atomic<bool> closed_ = false, reached_ = false, opened_ = false;
};

TEST(LedgerReconfigured, IsNotLostToAnEditionThatIsBeingWritten) {
  const Folder folder;
  const auto database = Database::open(folder.path() / "db", Database::Mode::read_write).value();
  Gate gate;
  Health health;
  Counters counters;
  const auto ledger = Ledger::open(*database, Database::Mode::read_write, ledger_test::catalogue(),
                                   ledger_test::no_guards(), gate, health, counters)
                          .value();
  ledger->observe({seen("74.125.140.125")}, {});
  ASSERT_TRUE(ledger->settle(std::chrono::seconds(10)));
  gate.close();
  // Enough that writing them takes longer than waking the thread that waits for the book.
  std::vector<Observation> many;
  for (int i = 0; i < 50000; i++)
    many.push_back(seen("74.126." + std::to_string(i / 250) + "." + std::to_string(i % 250)));
  ledger->observe(std::move(many), {});
  gate.wait_until_reached();
  Guards guards = ledger_test::no_guards();
  guards.never_block = {Network::parse("74.125.0.0/16").value()};
  std::thread reload([&] { ledger->reconfigure(ledger_test::catalogue(), guards); });
  std::this_thread::sleep_for(std::chrono::milliseconds(10'500));  // until it waits for the edition no longer
  gate.open();
  reload.join();
  ASSERT_TRUE(ledger->settle(std::chrono::seconds(30)));
  EXPECT_EQ(ledger->find(ip("74.125.140.125")).at(0).state, State::held);
  for (const IpAddress& published : ledger->current()->profiles.at("chat")) ASSERT_NE(published, ip("74.125.140.125"));
  const auto row = database->get(Column::ledger, keys::ledger("chat", ip("74.125.140.125"))).value();
  EXPECT_EQ(record_of(*row).state(), records::STATE_HELD);
}

TEST(LedgerReconfigured, NewGuardsHoldAtOnce) {
  const Folder folder;
  OpenLedger ledger(folder);
  ledger.observe({seen("74.125.140.125")});
  Guards guards = ledger_test::no_guards();
  guards.never_block = {Network::parse("74.125.0.0/16").value()};
  ledger->reconfigure(ledger_test::catalogue(), guards);
  EXPECT_THAT(ledger.published(), ElementsAre(kKnown));
  EXPECT_THAT(ledger.entry("74.125.140.125").reason, HasSubstr("74.125.0.0/16"));
}

}  // namespace
}  // namespace sinkfeed
