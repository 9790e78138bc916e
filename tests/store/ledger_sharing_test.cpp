// Who else needs an address, and what holds one whatever is seen of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/keys.hpp"
#include "store/name_records.hpp"
#include "tests/store/fixture.hpp"

namespace sinkfeed {
namespace {

using ledger_test::at;
using ledger_test::Folder;
using ledger_test::ip;
using ledger_test::name;
using ledger_test::no_guards;
using ledger_test::OpenLedger;
using ledger_test::seen;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kKnown = "216.239.37.125";
constexpr const char* kAddress = "74.125.140.125";

NameObservation need(std::string_view needed_by, std::string_view client = "10.0.0.7", std::int64_t when = 0) {
  return {name(needed_by), ip(kAddress), at(when), 1, ip(client)};
}

TEST(SharedAddresses, LeaveTheFeedWithinASecondOfTheNameTurningUp) {
  const Folder folder;
  OpenLedger ledger(folder);
  ledger.observe({seen(kAddress)});
  ASSERT_THAT(ledger.published(), ElementsAre(kAddress, kKnown));
  EXPECT_EQ(ledger.entry(kAddress).sharing, Sharing::exclusive);
  const auto before = std::chrono::steady_clock::now();
  ledger->observe_names({need("www.test")});
  while (ledger.published().size() > 1 && std::chrono::steady_clock::now() - before < std::chrono::seconds(5))
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(1));
  const LedgerEntry entry = ledger.entry(kAddress);
  EXPECT_EQ(entry.reason, "www.test needs it too");
  EXPECT_EQ(entry.sharing, Sharing::shared);
  const auto changes = ledger->generations(1).value().at(0).changes;
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_FALSE(changes[0].added || changes[0].shared);
  EXPECT_EQ(changes[0].reason, "www.test needs it too");
  EXPECT_TRUE(changes[1].added && changes[1].shared);
  EXPECT_TRUE(ledger->current()->shared.at(entry.profile).contains(ip(kAddress)));
}

TEST(SharedAddresses, AreOfTheSharedListOnlyWhileNothingElseHoldsThem) {
  const Folder folder;
  OpenLedger ledger(folder);
  ledger.observe({seen(kAddress)});
  ledger->observe_names({need("www.test")});
  ledger.observe({});
  const auto& profile = ledger.entry(kAddress).profile;
  ASSERT_TRUE(ledger->current()->shared.at(profile).contains(ip(kAddress)));
  ASSERT_TRUE(ledger->decide(ip(kAddress), std::nullopt, {Ruling::Kind::allow, at(1), std::nullopt, "ann", ""}));
  EXPECT_FALSE(ledger->current()->shared.at(profile).contains(ip(kAddress)));
  ASSERT_TRUE(ledger->decide(ip(kAddress), std::nullopt, {Ruling::Kind::release, at(2), std::nullopt, "ann", ""}));
  EXPECT_FALSE(ledger->current()->shared.at(profile).contains(ip(kAddress)));
  EXPECT_TRUE(ledger->current()->profiles.at(profile).contains(ip(kAddress)));
  ASSERT_TRUE(ledger->undo(ip(kAddress), std::nullopt, "ann", ""));
  EXPECT_TRUE(ledger->current()->shared.at(profile).contains(ip(kAddress)));
}

TEST(SharedAddresses, AreKnownWhenTheNameCameFirstAndAfterARestart) {
  const Folder folder;
  {
    OpenLedger ledger(folder);
    ledger->observe_names({need("www.test")});
    ledger.observe({});
  }
  {
    OpenLedger ledger(folder);
    ledger.observe({seen(kAddress)});
    EXPECT_THAT(ledger.published(), ElementsAre(kKnown));
    const auto generations = ledger->generations(10).value();
    ASSERT_EQ(generations.size(), 2u);
    EXPECT_TRUE(generations[0].changes.at(0).shared) << "never published, not for a moment";
  }
  OpenLedger ledger(folder);
  const AddressSet& shared = ledger->current()->shared.at(ledger.entry(kAddress).profile);
  EXPECT_THAT(std::vector<IpAddress>(shared.begin(), shared.end()), ElementsAre(ip(kAddress)));
  const auto needs = ledger->names_of(ip(kAddress)).value();
  ASSERT_EQ(needs.size(), 1u);
  EXPECT_EQ(needs[0].name, name("www.test"));
  EXPECT_THAT(needs[0].clients, ElementsAre(ip("10.0.0.7")));
}

TEST(SharedAddresses, AreSharedWhenAsManyNamesClientsAndQueriesNeedThemAsSettingsSay) {
  const Folder folder;
  Guards guards = no_guards();
  guards.limits.shared_names = 2;
  guards.limits.shared_clients = 3;
  guards.limits.shared_queries = 5;
  OpenLedger ledger(folder, ledger_test::catalogue(), guards);
  ledger.observe({seen(kAddress)});
  const auto is_held = [&](std::vector<NameObservation> names) {
    ledger->observe_names(std::move(names));
    ledger.observe({});
    return ledger.entry(kAddress).state == State::held;
  };
  EXPECT_FALSE(is_held({need("a.test", "10.0.0.1"), need("a.test", "10.0.0.2"), need("a.test", "10.0.0.3")}));
  EXPECT_FALSE(is_held({need("b.test", "10.0.0.1")})) << "four queries";
  EXPECT_TRUE(is_held({need("b.test", "10.0.0.1")}));
}

TEST(SharedAddresses, TargetsAndNamesThatNobodyAskedForDoNotCount) {
  const Folder folder;
  OpenLedger ledger(folder);
  ledger.observe({seen(kAddress)});
  NameObservation swept = need("www.test");
  swept.queries = 0;
  swept.client.reset();
  ledger->observe_names({swept, need("more.talk.test")});
  ledger.observe({});
  EXPECT_THAT(ledger.published(), ElementsAre(kAddress, kKnown));
}

TEST(SharedAddresses, AreStillWhenTheyWereForgottenAndAreSeenAgain) {
  const Folder folder;
  OpenLedger ledger(folder);
  ledger.observe({seen(kAddress)});
  ledger->observe_names({need("www.test")});
  ledger.observe({});
  ASSERT_TRUE(ledger->forget(ip(kAddress), std::nullopt, "alice", "begin anew", std::nullopt).has_value());
  ledger.observe({seen(kAddress)});
  EXPECT_EQ(ledger.entry(kAddress).reason, "www.test needs it too");
}

TEST(SharedAddresses, OfAStoreThatKnewOnlyNeverListedNamesAreReadFromThere) {
  const Folder folder;
  OpenLedger(folder).observe({seen(kAddress)});
  {
    const auto database = Database::open(folder.path() / "db", Database::Mode::read_write).value();
    Database::Batch batch;
    batch.remove(Column::meta, std::string(keys::kWatched));
    Need mail;
    mail.first_seen = mail.last_seen = at(0);
    batch.put(Column::names, keys::name(ip(kAddress), name("mail.test")), encode_need(mail));
    ASSERT_TRUE(database->write(batch));
  }
  OpenLedger ledger(folder);
  EXPECT_THAT(ledger.published(), ElementsAre(kKnown));
  EXPECT_EQ(ledger.entry(kAddress).reason, "mail.test (never: mail) resolves to it too");
}

TEST(SharedAddresses, AreExclusiveAgainWhenTheOtherNamesAreTooOld) {
  const Folder folder;
  {
    OpenLedger ledger(folder);
    ledger.observe({seen(kAddress)});
    ledger->observe_names({need("www.test")});
    ledger.observe({});
    EXPECT_THAT(ledger.published(), ElementsAre(kKnown));
  }
  // The clock of the second one is of 91 days later.
  const auto database = Database::open(folder.path() / "db", Database::Mode::read_write).value();
  ManualClock clock{at(91 * 86400)};
  Health health;
  Counters counters;
  const auto ledger = Ledger::open(*database, Database::Mode::read_write, ledger_test::catalogue(), no_guards(), clock,
                                   health, counters)
                          .value();
  ASSERT_TRUE(ledger->settle(std::chrono::seconds(10)));
  ASSERT_TRUE(ledger->settle(std::chrono::seconds(10)));
  EXPECT_EQ(ledger->current()->profiles.at("chat").size(), 2u);
}

TEST(SharedAddresses, ProtectedNamesHoldThemWhoeverAsked) {
  const Folder folder;
  std::vector<Profile> profiles{ledger_test::chat_profile()};
  const Tier tiers[] = {Tier::core};
  const DnsName protect[] = {name("office.test")};
  OpenLedger ledger(folder, std::make_shared<const Catalogue>(std::move(profiles), tiers, protect));
  NameObservation swept = need("mail.office.test");
  swept.queries = 0;
  ledger->observe_names({swept});
  ledger.observe({seen(kAddress)});
  EXPECT_EQ(ledger.entry(kAddress).reason, "mail.office.test (never: feed.protect) resolves to it too");
  ASSERT_TRUE(
      ledger->decide(ip(kAddress), std::nullopt, {Ruling::Kind::release, at(0), std::nullopt, "alice", "I insist"})
          .has_value());
  EXPECT_THAT(ledger.published(), ElementsAre(kKnown)) << "nobody gets round it";
}

TEST(GuardedAddresses, MoreNewOnesThanTheLimitAreHeldUntilAPersonReleasesThem) {
  const Folder folder;
  Guards guards = no_guards();
  guards.limits.max_new_per_hour = 3;
  {
    OpenLedger ledger(folder, ledger_test::catalogue(), guards);
    for (int i = 1; i <= 5; i++) ledger.observe({seen("74.125.140." + std::to_string(i))});
    ledger.observe({seen("74.125.141.1", "web.test")});
    EXPECT_THAT(ledger.published(), ElementsAre("74.125.140.1", "74.125.140.2", "74.125.140.3", "74.125.141.1", kKnown))
        << "the other target has a limit of its own";
    EXPECT_THAT(ledger.entry("74.125.140.4").reason, HasSubstr("ledger.max_new_per_hour"));
    ledger.clock.advance(std::chrono::minutes(61));
    ledger.observe({seen("74.125.140.6"), seen("74.125.140.4")});
    EXPECT_EQ(ledger.entry("74.125.140.6").state, State::published);
    EXPECT_EQ(ledger.entry("74.125.140.4").state, State::held) << "seen again is not released";
  }
  OpenLedger ledger(folder, ledger_test::catalogue(), guards);
  EXPECT_EQ(ledger.entry("74.125.140.4").state, State::held) << "nor is a restart";
  ASSERT_TRUE(ledger
                  ->decide(ip("74.125.140.4"), std::nullopt,
                           {Ruling::Kind::release, at(0), std::nullopt, "alice", "it is theirs"})
                  .has_value());
  EXPECT_EQ(ledger.entry("74.125.140.4").state, State::published);
}

TEST(GuardedAddresses, AreThoseOfTheMachinesNetworksItsGatewayAndItsFirewalls) {
  const Folder folder;
  Guards guards = no_guards();
  guards.local = {Network::parse("74.125.140.0/24").value()};
  guards.gateways = {ip("74.126.0.1")};
  {
    OpenLedger ledger(folder, ledger_test::catalogue(), guards);
    ledger.observe({seen(kAddress), seen("74.126.0.1"), seen("74.127.0.1")});
    EXPECT_EQ(ledger.entry(kAddress).reason, "in this machine's own network 74.125.140.0/24");
    EXPECT_EQ(ledger.entry("74.126.0.1").reason, "this machine's default gateway");
    EXPECT_THAT(ledger.published(), ElementsAre("74.127.0.1", kKnown));
    ledger->add_subscriber(ip("74.127.0.1"));
    ledger.observe({});
    EXPECT_EQ(ledger.entry("74.127.0.1").reason, "a firewall that fetches a feed");
    ledger->reconfigure(ledger_test::catalogue(), guards);
    EXPECT_THAT(ledger.published(), ElementsAre(kKnown)) << "after a reload";
  }
  OpenLedger ledger(folder, ledger_test::catalogue(), guards);
  EXPECT_THAT(ledger.published(), ElementsAre(kKnown)) << "and a restart";
}

}  // namespace
}  // namespace sinkfeed
