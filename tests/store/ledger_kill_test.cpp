// Killed at any moment, the ledger loses nothing that it has shown, and its generation does not go back.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <random>
#include <set>
#include <sstream>
#include <thread>
#include <utility>

#include "tests/store/fixture.hpp"

namespace sinkfeed {
namespace {

constexpr const char* kFolder = "SINKFEED_TEST_KILLED_FOLDER";
constexpr const char* kRound = "SINKFEED_TEST_KILLED_ROUND";
constexpr const char* kPipe = "SINKFEED_TEST_KILLED_PIPE";
constexpr const char* kRounds = "SINKFEED_KILLS";  // how often; 20 if it is not set

int rounds() {
  const char* wanted = std::getenv(kRounds);
  return wanted ? std::atoi(wanted) : 20;
}

// As a power cut leaves it that comes while a record is being written: the log ends in a part of one.
void tear_log(const std::filesystem::path& folder, std::mt19937& random) {
  std::filesystem::path newest;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() == ".log" && (newest.empty() || file.path() > newest)) newest = file.path();
  }
  if (newest.empty()) return;
  std::string torn(1 + random() % 500, '\0');
  std::ifstream(newest, std::ios::binary).read(torn.data(), static_cast<std::streamsize>(torn.size()));
  std::ofstream(newest, std::ios::binary | std::ios::app).write(torn.data(), static_cast<std::streamsize>(torn.size()));
}

// Writes each generation it is told of to a pipe, a line with its number and its addresses.
struct Reporter : GenerationObserver {
  int to = -1;
  bool told = false;  // of the one that was there already: it says nothing of what this process published
  void published(std::shared_ptr<const Generation> generation) override {
    if (!std::exchange(told, true)) return;
    std::string text = std::to_string(generation->number);
    for (const IpAddress& address : generation->profiles.at("chat")) text += " " + address.text();
    text += "\n";
    for (std::string_view rest = text; !rest.empty();) {
      const ssize_t written = write(to, rest.data(), rest.size());
      if (written <= 0) _exit(1);
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  }
};

// What the killed process does: observes new and old addresses from two threads until it is killed.
[[noreturn]] void observe_until_killed(const char* folder) {
  Reporter reporter;
  reporter.to = std::atoi(std::getenv(kPipe));
  const int round = std::atoi(std::getenv(kRound));
  const SystemClock clock;
  Health health;
  Counters counters;
  const auto database = Database::open(folder, Database::Mode::read_write).value();
  const auto ledger = Ledger::open(*database, Database::Mode::read_write, ledger_test::catalogue(),
                                   ledger_test::no_guards(), clock, health, counters)
                          .value();
  ledger->subscribe(reporter);
  const auto load = [&](int half) {
    for (int i = 0;; i++) {
      std::vector<Observation> batch;
      for (int j = 0; j < 5; j++) {
        const std::string address =
            "74." + std::to_string(half) + "." + std::to_string(round % 250) + "." + std::to_string((i + j) % 250);
        batch.push_back(ledger_test::seen(address, "n" + std::to_string(i % 90) + ".talk.test", i));
      }
      ledger->observe(std::move(batch), {});
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  };
  std::thread other(load, 0);
  load(1);
  std::abort();  // never reached: the load has no end
}

// A fresh process, not only a fork: RocksDB's threads would be missing from a fork of a process that has used it.
pid_t start_child(const std::filesystem::path& folder, int round, int pipe_end) {
  setenv(kFolder, folder.c_str(), 1);
  setenv(kRound, std::to_string(round % 250).c_str(), 1);
  setenv(kPipe, std::to_string(pipe_end).c_str(), 1);
  const pid_t child = fork();
  if (child == 0) {
    execl("/proc/self/exe", "store_tests", "--gtest_brief=1", "--gtest_filter=LedgerKill.LosesNothingThatWasPublished",
          nullptr);
    _exit(127);
  }
  unsetenv(kFolder);
  return child;
}

TEST(LedgerKill, LosesNothingThatWasPublished) {
  if (const char* folder = std::getenv(kFolder)) observe_until_killed(folder);
  const ledger_test::Folder folder;
  std::mt19937 random(11);  // NOLINT(bugprone-random-generator-seed,cert-msc51-cpp): the same run each time
  std::set<std::string> shown;
  std::uint64_t newest = 0;
  int reporting = 0;
  const int count = rounds();
  for (int round = 0; round < count; round++) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = start_child(folder.path() / "db", round, ends[1]);
    ASSERT_GT(child, 0);
    close(ends[1]);
    // Read as it comes, so that the child never waits for the pipe; the killing is done from beside.
    // A third while they begin; the others when they have published something, however slow the machine is.
    std::promise<void> published_something;
    const auto first_report = published_something.get_future();
    std::thread killer([&] {
      if (round % 3 != 0) static_cast<void>(first_report.wait_for(std::chrono::seconds(60)));
      std::this_thread::sleep_for(std::chrono::milliseconds(50 + random() % 350));
      kill(child, SIGKILL);
    });
    std::string text;
    char buffer[65536];
    for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;) {
      const bool had_line = text.find('\n') != std::string::npos;
      text.append(buffer, static_cast<std::size_t>(n));
      if (!had_line && text.find('\n') != std::string::npos) published_something.set_value();
    }
    killer.join();
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the child ended by itself: " << status;

    text.resize(text.rfind('\n') + 1);  // a line cut short by the kill may end in half an address
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream fields(line);
      std::uint64_t number = 0;
      fields >> number;
      EXPECT_GT(number, newest) << "a generation's number was used twice, or went back";
      newest = std::max(newest, number);
      for (std::string address; fields >> address;) shown.insert(address);
    }
    reporting += text.empty() ? 0 : 1;
    if (round % 2) tear_log(folder.path() / "db", random);
    ledger_test::OpenLedger after(folder);
    EXPECT_GE(after->current()->number, newest);
    newest = after->current()->number;
    const auto published = after.published();
    const std::set<std::string> now(published.begin(), published.end());
    for (const std::string& address : shown) ASSERT_TRUE(now.contains(address)) << address << " was shown and is lost";
  }
  EXPECT_GT(reporting, count / 3) << "the children hardly published anything: nothing was tested";
}

}  // namespace
}  // namespace sinkfeed
