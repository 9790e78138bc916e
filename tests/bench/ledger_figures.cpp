// What the ledger costs with a million addresses: to open, in memory, on disk; how many observations it takes, and how
// soon a generation has what is new. And what the names by address cost with ten million of them.
//
//   ledger_figures FOLDER [ADDRESSES [NAME-PAIRS]]       (1000000 and 10000000; FOLDER is made, and stays)
#include <fmt/format.h>
#include <malloc.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <ctime>
#include <fstream>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "store/ledger.hpp"
#include "store/names_by_address.hpp"

using namespace sinkfeed;
using std::chrono::steady_clock;

namespace {

constexpr std::uint32_t kFirst = 0x14000000;  // 20.0.0.0
constexpr int kTargets = 500;

double since(steady_clock::time_point start) {
  return std::chrono::duration<double>(steady_clock::now() - start).count();
}

std::uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t size = 0, resident = 0;
  statm >> size >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

// What this process has given to the disk, in bytes.
std::uint64_t written_bytes() {
  std::ifstream io("/proc/self/io");
  std::string name;
  std::uint64_t value = 0;
  while (io >> name >> value) {
    if (name == "write_bytes:") return value;
  }
  return 0;
}

IpAddress address(std::uint32_t number) {
  const std::uint32_t value = kFirst + number;
  const std::uint8_t bytes[] = {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
                                static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
  return IpAddress::v4(bytes);
}

DnsName name(const std::string& text) { return DnsName::parse(text).value(); }

// Each address has evidence of two servers, every third one of two names: 2.67 in all.
std::vector<Observation> observations_of(std::uint32_t number, WallTime seen) {
  static const std::vector<DnsName> targets = [] {
    std::vector<DnsName> made;
    for (int i = 0; i < kTargets; i++) made.push_back(name("relay" + std::to_string(i) + ".chat.example.net"));
    return made;
  }();
  const auto of = [&](int target, const char* server) {
    const DnsName& asked = targets[static_cast<std::size_t>(target % kTargets)];
    return Observation{"chat", asked, asked, address(number), {VantageKind::upstream, server}, seen, 300};
  };
  const int target = static_cast<int>(number % kTargets);
  std::vector<Observation> made{of(target, "192.0.2.53:53"), of(target, "198.51.100.53:53")};
  if (number % 3 == 0) made.push_back(of(target + 1, "192.0.2.53:53"));
  if (number % 3 == 1) made.push_back(of(target + 1, "198.51.100.53:53"));
  return made;
}

struct Opened {
  explicit Opened(const std::string& folder) {
    Profile profile;
    profile.name = "chat";
    profile.ports = {443};
    profile.names = {{name("chat.example.net"), Match::suffix, Tier::core, "", ""}};
    std::vector<Profile> profiles{profile};
    const Tier tiers[] = {Tier::core};
    Guards guards;
    guards.limits.max_new_per_hour = 0;
    guards.feed_limits.max_growth = 0;
    auto start = steady_clock::now();
    database = Database::open(folder + "/db", Database::Mode::read_write).value();
    ledger =
        Ledger::open(*database, Database::Mode::read_write,
                     std::make_shared<const Catalogue>(std::move(profiles), tiers), guards, clock, health, counters)
            .value();
    seconds = since(start);
  }
  SystemClock clock;
  Health health;
  Counters counters;
  std::unique_ptr<Database> database;
  std::unique_ptr<Ledger> ledger;
  double seconds = 0;
};

void settle(Ledger& ledger) {
  while (!ledger.settle(std::chrono::seconds(60))) fmt::print(stderr, "still writing\n");
}

void fill(const std::string& folder, std::uint32_t addresses) {
  Opened opened(folder);
  const auto start = steady_clock::now();
  for (std::uint32_t i = 0; i < addresses;) {
    std::vector<Observation> batch;
    for (const std::uint32_t end = std::min(i + 5000, addresses); i < end; i++) {
      for (Observation& one : observations_of(i, opened.clock.wall())) batch.push_back(std::move(one));
    }
    opened.ledger->observe(std::move(batch), {});
    if (i % 20000 == 0) settle(*opened.ledger);
  }
  settle(*opened.ledger);
  fmt::print("filled with {} addresses in {:.1f} s\n", addresses, since(start));
}

// Told of each generation: when the address came that is waited for.
struct Watch final : GenerationObserver {
  std::mutex mutex;
  std::condition_variable came;
  std::shared_ptr<const Generation> newest;
  void published(std::shared_ptr<const Generation> generation) override {
    const std::lock_guard lock(mutex);
    newest = std::move(generation);
    came.notify_all();
  }
  void wait_for(const IpAddress& address) {
    std::unique_lock lock(mutex);
    came.wait(lock, [&] { return newest->profiles.at("chat").contains(address); });
  }
};

void measure(const std::string& folder, std::uint32_t addresses) {
  malloc_trim(0);
  const std::uint64_t before = resident_bytes();
  Opened opened(folder);
  Ledger& ledger = *opened.ledger;
  malloc_trim(0);
  const double count = static_cast<double>(ledger.current()->profiles.at("chat").size());
  fmt::print("open: {:.2f} s for {:.0f} addresses\n", opened.seconds, count);
  fmt::print("memory: {:.0f} bytes an address ({} MiB more than before)\n",
             static_cast<double>(resident_bytes() - before) / count, (resident_bytes() - before) >> 20);
  fmt::print("disk: {:.0f} bytes an address after compaction",
             static_cast<double>(opened.database->bytes_on_disk(Column::ledger)) / count);
  if (const auto compacted = opened.database->compact(Column::ledger); !compacted)
    fmt::print(" ({})", compacted.error().what);
  fmt::print(": {:.0f}\n", static_cast<double>(opened.database->bytes_on_disk(Column::ledger)) / count);

  // 100,000 observations a second for ten seconds, of addresses and evidence that are known.
  std::mt19937 random(7);
  const std::uint64_t written = written_bytes();
  const auto start = steady_clock::now();
  const double cpu_before = static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
  constexpr int kRate = 100000, kSteps = 1000;
  for (int step = 0; step < kSteps; step++) {
    std::vector<Observation> batch;
    while (batch.size() < kRate / 100) {
      for (Observation& one : observations_of(random() % addresses, opened.clock.wall()))
        batch.push_back(std::move(one));
    }
    ledger.observe(std::move(batch), {});
    std::this_thread::sleep_until(start + std::chrono::milliseconds(10) * (step + 1));
  }
  fmt::print("observations: {:.0f} a second for {:.1f} s, {} dropped, {:.2f} of a core, {} KiB written to disk\n",
             kRate * kSteps / 100 / since(start), since(start), opened.counters.observations_dropped.load(),
             (static_cast<double>(std::clock()) / CLOCKS_PER_SEC - cpu_before) / since(start),
             (written_bytes() - written) >> 10);

  // New addresses, one at a time, while known ones come at 20,000 a second.
  Watch watch;
  ledger.subscribe(watch);
  std::jthread load([&](const std::stop_token& stopped) {
    std::mt19937 other(8);
    while (!stopped.stop_requested()) {
      std::vector<Observation> batch;
      while (batch.size() < 200) {
        for (Observation& one : observations_of(other() % addresses, opened.clock.wall()))
          batch.push_back(std::move(one));
      }
      ledger.observe(std::move(batch), {});
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  });
  std::vector<double> latencies;
  for (std::uint32_t i = 0; i < 200; i++) {
    const std::uint32_t fresh = addresses + 1000 + i;
    const auto asked = steady_clock::now();
    ledger.observe(observations_of(fresh, opened.clock.wall()), {});
    watch.wait_for(address(fresh));
    latencies.push_back(since(asked) * 1000);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  load.request_stop();
  load.join();
  std::sort(latencies.begin(), latencies.end());
  fmt::print("observation to generation: median {:.0f} ms, p99 {:.0f} ms, longest {:.0f} ms of {}\n",
             latencies[latencies.size() / 2], latencies[latencies.size() * 99 / 100], latencies.back(),
             latencies.size());
  for (std::uint32_t i = 0; i < 200; i++) {
    const auto forgotten =
        ledger.forget(address(addresses + 1000 + i), std::nullopt, "ledger_figures", "", std::nullopt);
    if (!forgotten) fmt::print("{}\n", forgotten.error().what);
  }
}

void measure_names(const std::string& folder, std::uint32_t pairs) {
  const auto database = Database::open(folder + "/names", Database::Mode::read_write).value();
  NamesByAddress names(*database);
  SystemClock clock;
  std::mt19937 random(9);
  const auto start = steady_clock::now();
  const WallTime now = clock.wall();
  double adding = 0;
  for (std::uint32_t i = 0; i < pairs;) {
    const auto began = steady_clock::now();
    for (int j = 0; j < 20000 && i < pairs; j++, i++) {
      // Three names an address, seen over the last 60 days.
      const auto seen = now - std::chrono::seconds(random() % (60 * 86400));
      names.add({name("www" + std::to_string(i % 999983) + ".example" + std::to_string(i % 1013) + ".com"),
                 address(i / 3), seen, 1, address(random() % 1000)});
    }
    adding += since(began);
    if (const auto written = names.write(); !written) fmt::print("{}\n", written.error().what);
  }
  const double seconds = since(start);
  fmt::print("names: {} pairs in {:.0f} s, {:.0f} ns to add one, {:.1f} us with writing\n", pairs, seconds,
             adding / pairs * 1e9, seconds / pairs * 1e6);
  if (const auto compacted = database->compact(Column::names); !compacted) fmt::print("{}\n", compacted.error().what);
  const std::uint64_t bytes = database->bytes_on_disk(Column::names);
  fmt::print("names on disk: {} MiB, {:.0f} bytes a pair\n", bytes >> 20, static_cast<double>(bytes) / pairs);
  double reading = 0;
  constexpr int kReads = 2000;
  for (int i = 0; i < kReads; i++) {
    const auto began = steady_clock::now();
    static_cast<void>(names.of(address(random() % (pairs / 3))));
    reading += since(began);
  }
  fmt::print("names of an address: {:.0f} us\n", reading / kReads * 1e6);
  const auto began = steady_clock::now();
  const std::uint64_t limit = bytes / 2;
  if (const auto limited = names.limit(now, std::chrono::hours(24 * 90), limit); !limited)
    fmt::print("{}\n", limited.error().what);
  fmt::print("limited to {} MiB in {:.0f} s: {} MiB\n", limit >> 20, since(began),
             database->bytes_on_disk(Column::names) >> 20);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "ledger_figures FOLDER [ADDRESSES [NAME-PAIRS]]\n");
    return 2;
  }
  spdlog::set_level(spdlog::level::warn);  // what it forgets at the end is not news
  const std::string folder = argv[1];
  const auto addresses = static_cast<std::uint32_t>(argc > 2 ? std::stoul(argv[2]) : 1000000);
  const auto pairs = static_cast<std::uint32_t>(argc > 3 ? std::stoul(argv[3]) : 10000000);
  if (addresses && access((folder + "/db/CURRENT").c_str(), F_OK) != 0) {
    // In a process of its own: what it leaves in the heap must not be taken for the ledger's.
    if (const pid_t child = fork(); child == 0) {
      fill(folder, addresses);
      std::fflush(stdout);
      _exit(0);
    } else {
      int status = 0;
      waitpid(child, &status, 0);
    }
  }
  if (addresses) measure(folder, addresses);
  if (pairs) measure_names(folder, pairs);
}
