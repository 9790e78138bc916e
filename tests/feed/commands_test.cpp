#include <fcntl.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>

#include <boost/json/parse.hpp>
#include <fstream>
#include <sstream>

#include "feed/commands/store_process.hpp"
#include "server.hpp"
#include "tests/feed/command_run.hpp"

namespace sinkfeed {
namespace {

using testing::HasSubstr;

struct Commands : test::Server {
  // The daemon's log is not on the command's standard output, as it would be here.
  Commands() { spdlog::default_logger()->set_level(spdlog::level::warn); }
  // Asks the server of the test, unless another is named.
  test::Done run(std::vector<std::string> arguments, const std::string& http = "") {
    return test::run_command(std::move(arguments), http.empty() ? server->endpoints().at(0).text() : http);
  }
};

TEST_F(Commands, HelpFitsAScreen) {
  const std::string help = run({"--help"}).out;
  std::istringstream lines(help);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); count++) EXPECT_LE(line.size(), 80u) << line;
  EXPECT_GT(count, 10u);
  EXPECT_LT(count, 24u) << "the prompt needs a line";
}

TEST_F(Commands, AWrongCallEndsWith2) {
  for (const auto& call :
       std::vector<std::vector<std::string>>{{},
                                             {"nonsense"},
                                             {"history", "search", "--type", "X"},
                                             {"history", "search", "--limit", "0"},
                                             {"history", "search", "--verdict", "X"},
                                             {"ips", "list", "--state", "X"},
                                             {"ips", "add", "74.125.140.125"},
                                             {"ips", "add", "nonsense", "--reason", "x"},
                                             {"ips", "add", "74.125.140.125", "--reason", "x", "--profile", "y"},
                                             {"ips", "import"},
                                             {"ips", "import", "netstat"},
                                             {"ips", "import", "netstat", "f", "--tasklist", "t"},
                                             {"ips", "import", "netstat", "f", "--pid", "1", "--process", "p"},
                                             {"ips", "import", "netstat", "-", "--process", "p", "--tasklist", "-"},
                                             {"token"},
                                             {"token", "create", "office-pc"},
                                             {"token", "create", "office-pc", "--scope", "X"},
                                             {"token", "create", "office pc", "--scope", "read"},
                                             {"token", "create", "office-pc", "--scope", "read", "--expires", "X"},
                                             {"token", "rotate"},
                                             {"token", "rotate", "office-pc", "--overlap", "X"},
                                             {"ips", "list", "--state", "gone"},
                                             {"why", "no such..name"},
                                             {"feed", "show", "google-talk", "--format", "X"},
                                             {"feed", "show", "google-talk", "--family", "5"},
                                             {"feed", "show", "google-talk", "--format", "nft", "--json"},
                                             {"serve", "--port", "0"},
                                             {"serve", "--port", "65536"}}) {
    const test::Done done = run(call);
    EXPECT_EQ(done.status, 2) << testing::PrintToString(call) << done.err;
    EXPECT_EQ(done.out, "");
  }
  EXPECT_EQ(run({"feed", "show", "nothing"}).status, 1) << "it is a call that might be right";
}

TEST_F(Commands, EveryAnswerIsToBeHadAsJson) {
  for (const auto& call : std::vector<std::vector<std::string>>{{"check"},
                                                                {"status"},
                                                                {"reload"},
                                                                {"backup"},
                                                                {"why", "10.0.0.7"},
                                                                {"why", "talk.google.com"},
                                                                {"ips", "list"},
                                                                {"ips", "add", "74.125.140.125", "--reason", "x"},
                                                                {"token", "create", "pc", "--scope", "read,observe"},
                                                                {"token", "rotate", "pc", "--overlap", "30d"},
                                                                {"token", "list"},
                                                                {"token", "revoke", "pc"},
                                                                {"feed", "show", "google-talk"},
                                                                {"feed", "list"},
                                                                {"feed", "formats"},
                                                                {"history", "search"},
                                                                {"history", "search", "--count"}}) {
    std::vector<std::string> arguments = call;
    arguments.emplace_back("--json");
    const test::Done done = run(arguments);
    EXPECT_EQ(done.status, 0) << done.err;
    boost::system::error_code error;
    boost::json::parse(done.out, error);
    EXPECT_FALSE(error) << testing::PrintToString(call) << done.out;
  }
}

TEST_F(Commands, ADaemonThatCannotBeAskedIsNotTakenForNone) {
  // Another process has the lock that RocksDB takes.
  const test::Folder other;
  std::filesystem::create_directory(other / "db");
  const std::filesystem::path lock = other / "db" / "LOCK";
  std::ofstream(lock).put('\n');
  EXPECT_EQ(store_process(other.path()), "");
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t holder = fork();
  if (holder == 0) {
    const int file = open(lock.c_str(), O_RDWR);
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    const bool locked = fcntl(file, F_SETLK, &whole) == 0;
    if (write(ready[1], locked ? "1" : "0", 1) != 1) _exit(1);
    pause();
    _exit(0);
  }
  char locked = 0;
  ASSERT_EQ(read(ready[0], &locked, 1), 1);
  ASSERT_EQ(locked, '1');
  const std::string process = "process " + std::to_string(holder);
  EXPECT_EQ(store_process(other.path()), process);

  for (const auto& [http, why] :
       {std::pair{"127.0.0.1:1", "does not listen at 127.0.0.1:1"}, std::pair{"", "has another store"}}) {
    for (const auto& call : std::vector<std::vector<std::string>>{{"status"}, {"reload"}, {"history", "search"}}) {
      std::vector<std::string> arguments{"--state", other.path().string()};
      arguments.insert(arguments.end(), call.begin(), call.end());
      const test::Done done = run(arguments, http);
      EXPECT_EQ(done.status, 1);
      EXPECT_THAT(done.err, HasSubstr(process));
      EXPECT_THAT(done.err, HasSubstr(why));
    }
  }
  kill(holder, SIGKILL);
  waitpid(holder, nullptr, 0);
  close(ready[0]);
  close(ready[1]);
}

}  // namespace
}  // namespace sinkfeed
