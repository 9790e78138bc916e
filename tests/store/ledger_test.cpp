#include "store/ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <random>
#include <set>
#include <thread>

#include "store/records.pb.h"
#include "tests/store/fixture.hpp"

namespace sinkfeed {
namespace {

using test::at;
using test::Folder;
using test::ip;
using test::name;
using test::OpenLedger;
using test::seen;
using testing::ElementsAre;
using testing::HasSubstr;

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
  Guards guards;
  guards.ours = {ip("74.125.1.1")};
  guards.upstreams = {ip("74.125.1.2")};
  guards.never_block = {Network::parse("74.125.2.0/24").value()};
  OpenLedger ledger(folder, test::catalogue(), guards);
  ledger.observe({seen("10.1.2.3"), seen("74.125.1.1"), seen("74.125.1.2"), seen("74.125.2.9"),
                  seen("74.125.3.3", "uncovered.test")});
  EXPECT_THAT(ledger.published(), ElementsAre(kKnown));
  EXPECT_THAT(ledger.entry("10.1.2.3").reason, HasSubstr("RFC 6890"));
  EXPECT_THAT(ledger.entry("74.125.1.1").reason, HasSubstr("our own"));
  EXPECT_THAT(ledger.entry("74.125.1.2").reason, HasSubstr("upstream"));
  EXPECT_THAT(ledger.entry("74.125.2.9").reason, HasSubstr("74.125.2.0/24"));
  EXPECT_THAT(ledger.entry("74.125.3.3").reason, HasSubstr("no name"));
  EXPECT_EQ(ledger->current()->number, 1u);
}

TEST(Ledger, NeverPublishesWhatANeverListedNameResolvesTo) {
  const Folder folder;
  {
    OpenLedger ledger(folder);
    ledger.observe({seen("74.125.140.125"), seen("74.125.140.19")},
                   {{name("mail.test"), "mail", ip("74.125.140.19"), at(0)}});
    EXPECT_THAT(ledger.published(), ElementsAre("74.125.140.125", kKnown));
    EXPECT_THAT(ledger.entry("74.125.140.19").reason, HasSubstr("mail.test"));
    // Learned afterwards: it leaves the feed.
    ledger.observe({}, {{name("mail.test"), "mail", ip("74.125.140.125"), at(1)}});
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
  OpenLedger ledger(folder, test::catalogue({Tier::core}));
  EXPECT_THAT(ledger.published(), ElementsAre("74.125.140.125", kKnown)) << "the web tier is off now";
  EXPECT_EQ(ledger->current()->number, 3u);
}

TEST(Ledger, TellsWhatEachGenerationChanged) {
  const Folder folder;
  OpenLedger ledger(folder);
  ledger.observe({seen("74.125.140.125")});
  ledger.observe({}, {{name("mail.test"), "mail", ip("74.125.140.125"), at(1)}});
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
  EXPECT_THAT(watcher.numbers, ElementsAre(2u, 3u));
}

TEST(Ledger, OrderAndDuplicationOfObservationsChangeNothing) {
  std::vector<Observation> all;
  for (int i = 0; i < 40; i++)
    all.push_back(seen("74.125." + std::to_string(i % 8) + ".125", i % 3 ? "talk.test" : "a.talk.test", i));
  const std::vector<NeverObservation> never{{name("mail.test"), "mail", ip("74.125.3.125"), at(3)}};
  std::vector<std::string> expected;
  std::mt19937 random(7);
  for (int round = 0; round < 8; round++) {
    std::shuffle(all.begin(), all.end(), random);
    const Folder folder;
    OpenLedger ledger(folder);
    std::size_t done = 0;
    bool told = false;
    while (done < all.size()) {
      const std::size_t count = std::min<std::size_t>(1 + random() % 20, all.size() - done);
      std::vector<Observation> batch(all.begin() + static_cast<std::ptrdiff_t>(done),
                                     all.begin() + static_cast<std::ptrdiff_t>(done + count));
      batch.push_back(batch.front());
      ledger.observe(batch, told || random() % 2 ? std::vector<NeverObservation>{} : (told = true, never));
      done += count;
    }
    if (!told) ledger.observe({}, never);
    std::vector<std::string> state;
    for (const LedgerEntry& entry : ledger->entries()) {
      std::set<std::string> evidence;
      for (const Evidence& e : entry.evidence)
        evidence.insert(e.name.text() + format_time(e.first_seen) + format_time(e.last_seen));
      std::string line = entry.address.text() + " " + std::string(state_name(entry.state)) + " " + entry.reason +
                         format_time(entry.first_seen) + format_time(entry.last_seen);
      for (const std::string& text : evidence) line += " " + text;
      // The clock stands at 0: the known address's times are the same in each round.
      state.push_back(line);
    }
    if (round == 0) expected = state;
    EXPECT_EQ(state, expected);
  }
}

// A child observes as fast as it can and reports each generation that it sees published; it is killed at random
// moments.
TEST(Ledger, LosesNothingThatWasPublishedWhenItIsKilled) {
  const Folder folder;
  std::mt19937 random(11);
  std::set<std::string> shown;
  std::uint64_t newest = 0;
  for (int round = 0; round < 15; round++) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(ends[0]);
      struct Reporter : GenerationObserver {
        int to = -1;
        void published(std::shared_ptr<const Generation> generation) override {
          std::string text = std::to_string(generation->number);
          for (const PublishedAddress& address : generation->profiles.at("chat")) text += " " + address.address.text();
          text += "\n";
          if (write(to, text.data(), text.size()) < 0) _exit(1);
        }
      } reporter;
      reporter.to = ends[1];
      OpenLedger ledger(folder);
      ledger->subscribe(reporter);
      for (int i = 0;; i++) {
        const int number = round * 50 + i % 50;
        ledger->observe({seen("74." + std::to_string(number / 250) + "." + std::to_string(number % 250) + ".125")}, {});
        std::this_thread::sleep_for(std::chrono::milliseconds(3));
      }
    }
    close(ends[1]);
    std::this_thread::sleep_for(std::chrono::milliseconds(150 + random() % 150));
    kill(child, SIGKILL);
    std::string text;
    char buffer[65536];
    for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
    close(ends[0]);
    waitpid(child, nullptr, 0);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream fields(line);
      std::uint64_t number = 0;
      fields >> number;
      EXPECT_GT(number, newest) << "a generation's number was used twice";
      newest = std::max(newest, number);
      for (std::string address; fields >> address;) shown.insert(address);
    }
    OpenLedger after(folder);
    EXPECT_GE(after->current()->number, newest);
    newest = after->current()->number;
    const auto published = after.published();
    const std::set<std::string> now(published.begin(), published.end());
    for (const std::string& address : shown) EXPECT_TRUE(now.contains(address)) << address << " was shown and is lost";
  }
  EXPECT_GT(shown.size(), 15u) << "the children did something";
}

// A file system that can be filled.
class SmallDisk {
 public:
  SmallDisk() { mounted_ = mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=64m") == 0; }
  ~SmallDisk() {
    if (mounted_) umount2(folder_.path().c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  const Folder& folder() const { return folder_; }
  void fill() {
    std::ofstream file(folder_.path() / "ballast", std::ios::binary);
    const std::string block(1 << 20, 'x');
    for (int i = 0; i < 128 && file.write(block.data(), static_cast<std::streamsize>(block.size())).flush(); i++) {
    }
  }
  void free() { std::filesystem::remove(folder_.path() / "ballast"); }

 private:
  Folder folder_;
  bool mounted_ = false;
};

TEST(Ledger, AFullDiskStopsNothingButPublishingAndLosesNothing) {
  SmallDisk disk;
  ASSERT_TRUE(disk.mounted()) << "this test mounts a tmpfs and needs root";
  OpenLedger ledger(disk.folder());
  disk.fill();
  // RocksDB reserves room for its log ahead of time: it takes some megabytes of addresses until it notices.
  int number = 0;
  while (ledger.health.problems().empty() && number < 400000) {
    std::vector<Observation> batch;
    for (int i = 0; i < 5000; i++, number++)
      batch.push_back(seen("74." + std::to_string(number / 62500) + "." + std::to_string(number / 250 % 250) + "." + std::to_string(number % 250)));
    ledger->observe(std::move(batch), {});
    ledger->settle(std::chrono::milliseconds(1500));
  }
  EXPECT_THAT(ledger.health.problems()["store"], HasSubstr("no space"));
  EXPECT_EQ(ledger->entries().size(), static_cast<std::size_t>(number) + 1) << "what was found is remembered";
  disk.free();
  EXPECT_TRUE(ledger->settle(std::chrono::seconds(30)));
  EXPECT_TRUE(ledger.health.problems().empty());
  EXPECT_EQ(ledger.published().size(), static_cast<std::size_t>(number) + 1);
}

TEST(Database, ASecondDaemonOnTheSameFolderIsToldWhoHasIt) {
  const Folder folder;
  OpenLedger first(folder);
  const auto second = Database::open(folder.path() / "db", Database::Mode::read_write);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().what, HasSubstr("is open in another sinkfeed"));
}

TEST(Database, AStoreOfANewerSchemaIsRefusedAndLeftAlone) {
  const Folder folder;
  {
    const auto database = Database::open(folder.path() / "db", Database::Mode::read_write).value();
    records::Schema schema;
    schema.set_version(7);
    Database::Batch batch;
    batch.put(Column::meta, "schema", schema.SerializeAsString());
    ASSERT_TRUE(database->write(batch).has_value());
  }
  const auto newer = Database::open(folder.path() / "db", Database::Mode::read_write);
  ASSERT_FALSE(newer);
  EXPECT_THAT(newer.error().what, HasSubstr("schema 7, this one knows 1"));
}

TEST(Database, ReadingAStoreThatIsNotThereSaysSo) {
  const Folder folder;
  const auto database = Database::open(folder.path() / "db", Database::Mode::read_only);
  ASSERT_FALSE(database);
  EXPECT_THAT(database.error().what, HasSubstr("there is no store here"));
}

TEST(Database, DropsARangeOfKeys) {
  const Folder folder;
  const auto database = Database::open(folder.path() / "db", Database::Mode::read_write).value();
  Database::Batch batch;
  for (const char* key : {"a", "b", "c", "d"}) batch.put(Column::history, key, "value");
  ASSERT_TRUE(database->write(batch).has_value());
  ASSERT_TRUE(database->drop_range(Column::history, "a", "c").has_value());
  std::string left;
  ASSERT_TRUE(database
                  ->scan(Column::history, "", "",
                         [&](std::string_view key, std::string_view) {
                           left += key;
                           return true;
                         })
                  .has_value());
  EXPECT_EQ(left, "cd");
}

}  // namespace
}  // namespace sinkfeed
