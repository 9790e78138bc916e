// What the history costs and how soon it answers, with the queries of an office (office_trace.hpp): bytes on disk, what
// the writer needs, memory, searches that an index helps and one that none does, dropping half of it, and searching
// while it is written.
//
//   history_figures FOLDER [RECORDS]       (20000000; FOLDER is made, and stays, with half of it at the end)
#include <fmt/format.h>
#include <malloc.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "store/history.hpp"
#include "store/history_block.hpp"
#include "tests/bench/office_trace.hpp"

using namespace sinkfeed;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

constexpr std::uint64_t kSeed = 6;
const WallTime kMonday = parse_time("2026-01-05T00:00:00Z", WallTime{}).value();
constexpr std::uint32_t kClient = 50;  // busier than most

double since(steady_clock::time_point start) {
  return std::chrono::duration<double>(steady_clock::now() - start).count();
}

double thread_seconds() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

// CPU time of this process's thread of that name.
double thread_seconds(const std::string& name) {
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string comm;
    std::getline(std::ifstream{task.path() / "comm"}, comm);
    if (comm != name) continue;
    std::uint64_t ns = 0;
    std::ifstream{task.path() / "schedstat"} >> ns;
    return static_cast<double>(ns) * 1e-9;
  }
  return 0;
}

std::uint64_t resident_bytes() {
  std::uint64_t size = 0, resident = 0;
  std::ifstream{"/proc/self/statm"} >> size >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

struct Opened {
  explicit Opened(const std::string& folder, std::uint64_t max_size = std::uint64_t{1} << 50) {
    Settings::History settings;
    settings.retention = 24h * 36500;
    settings.max_size = max_size;
    database = Database::open(folder + "/db", Database::Mode::read_write).value();
    history =
        History::open(*database, Database::Mode::read_write, folder + "/rings", 1, settings, clock, health).value();
  }
  SystemClock clock;
  Health health;
  std::unique_ptr<Database> database;
  std::unique_ptr<History> history;
};

// Rows into columns and columns into blocks, as the writer does, on this thread.
void measure_encoding() {
  bench::OfficeTrace trace(kSeed, kMonday + 9h);
  HistoryColumns columns;
  double appending = 0, encoding = 0;
  std::uint64_t rows = 0, bytes = 0;
  while (rows < 20 * kBlockRows) {
    const auto records = trace.next();
    const double before = thread_seconds();
    for (std::size_t i = 0; i < records.size(); i += HistoryColumns::kBatch)
      columns.append(records.subspan(i, std::min(HistoryColumns::kBatch, records.size() - i)));
    appending += thread_seconds() - before;
    if (columns.rows() + 4096 < kBlockRows) continue;
    const double began = thread_seconds();
    bytes += encode_block(columns).size();
    encoding += thread_seconds() - began;
    rows += columns.rows();
    columns.clear();
  }
  const auto count = static_cast<double>(rows);
  fmt::print(
      "encoding: {:.0f} ns into columns and {:.0f} ns into blocks a record, {:.2f} million a second; {:.2f} bytes\n",
      appending / count * 1e9, encoding / count * 1e9, count / (appending + encoding) * 1e-6,
      static_cast<double>(bytes) / count);
}

void fill(const std::string& folder, std::uint64_t records) {
  measure_encoding();
  Opened opened(folder);
  HistoryRing& ring = opened.history->ring(0);
  bench::OfficeTrace trace(kSeed, kMonday);
  std::uint64_t pushed = 0, resident = 0;
  std::string once;
  const auto start = steady_clock::now();
  while (pushed < records) {
    for (const RecordView& view : trace.next()) {
      // The office never waits; this does, so that nothing is lost.
      while (ring.written() - ring.released() > ring.capacity() / 4 * 3) std::this_thread::sleep_for(1ms);
      if (ring.push(view)) pushed++;
      // A name that is asked for once in all the time.
      if (once.empty() && pushed > records / 2 && view.name[0] == 13) once = view.name;
    }
    if (!resident && pushed > records / 4) resident = resident_bytes();
  }
  const double writer = thread_seconds("history"), seconds = since(start);
  malloc_trim(0);
  const std::uint64_t after = resident_bytes();
  opened.history.reset();
  std::ofstream(folder + "/once")
      << DnsName::from_wire({reinterpret_cast<const std::uint8_t*>(once.data()), once.size()}).text();
  const auto count = static_cast<double>(pushed);
  fmt::print(
      "filled with {} records in {:.0f} s; the writer's thread: {:.2f} million records a second of its CPU time\n",
      pushed, seconds, count / writer * 1e-6);
  fmt::print("memory: {} MiB after a quarter of them, {} MiB at the end\n", resident >> 20, after >> 20);
}

bool drop_page_cache() {
  sync();
  std::ofstream file("/proc/sys/vm/drop_caches");
  return static_cast<bool>(file << "3" << std::flush);
}

struct Found {
  std::uint64_t records = 0;
  double first_page = 0, all = 0;
};

Found timed(const History& history, const HistoryFilter& filter) {
  Found found;
  const auto start = steady_clock::now();
  const auto done = history.search(filter, [&](const QueryRecord&) {
    if (++found.records == 100) found.first_page = since(start);
    return true;
  });
  found.all = since(start);
  if (!found.first_page) found.first_page = found.all;
  if (!done) fmt::print("{}\n", done.error().what);
  return found;
}

void search(const std::string& folder, const std::string& what, const HistoryFilter& filter) {
  for (const bool cold : {true, false}) {
    if (cold && !drop_page_cache()) continue;
    Opened opened(folder);
    if (!cold) timed(*opened.history, filter);
    const Found found = timed(*opened.history, filter);
    fmt::print("{}, {}: first page {:.1f} ms, all {} in {:.1f} ms\n", what, cold ? "cold" : "warm",
               found.first_page * 1e3, found.records, found.all * 1e3);
  }
}

void measure(const std::string& folder) {
  std::uint64_t bytes = 0;
  double billion = 0;  // of what is here
  WallTime midnight;   // of a day in the middle
  {
    const auto start = steady_clock::now();
    Opened opened(folder);
    const auto totals = opened.history->totals();
    bytes = totals.block_bytes;
    midnight = std::chrono::floor<std::chrono::days>(*totals.oldest + (*totals.newest - *totals.oldest) / 2);
    billion = 1e9 / static_cast<double>(totals.records);
    fmt::print("open: {:.0f} ms for {} records in {} blocks\n", since(start) * 1e3, totals.records, totals.blocks);
    const auto count = static_cast<double>(totals.records);
    const auto of = [&](Column column) { return static_cast<double>(opened.database->bytes_on_disk(column)) / count; };
    const double blocks = of(Column::history), index = of(Column::history_index), names = of(Column::history_names),
                 chain = of(Column::chain), all = blocks + index + names + chain;
    fmt::print(
        "disk: {:.2f} bytes a record in blocks; with what the store adds {:.3f}, index {:.3f}, filters {:.3f}, chain "
        "of "
        "evidence {:.3f}: {:.2f} in all, {:.1f} GB a billion\n",
        static_cast<double>(bytes) / count, blocks, index, names, chain, all, all);
    HistoryFilter most;
    most.rcode = 0;
    for (const char* which : {"first", "again"}) {
      const double used = thread_seconds();
      const auto began = steady_clock::now();
      const auto counted = opened.history->count(most);
      if (!counted) fmt::print("{}\n", counted.error().what);
      fmt::print(
          "count by RCODE, which no index helps, {}: {:.1f} million records a second of CPU time, {:.2f} s; {:.0f} s a "
          "billion\n",
          which, count / (thread_seconds() - used) * 1e-6, since(began), since(began) * billion);
    }
  }
  HistoryFilter day;
  day.limit = 0;
  day.client = Network(bench::OfficeTrace(kSeed, kMonday).client(kClient), 32);
  day.since = midnight, day.until = midnight + 24h;
  search(folder, "one client's queries of a day", day);
  HistoryFilter name;
  name.limit = 0;
  std::string once;
  std::ifstream(folder + "/once") >> once;
  name.name = DnsName::parse(once).value();
  search(folder, "one name ever asked", name);
  HistoryFilter answer;
  answer.limit = 0;
  answer.answer = IpAddress::parse("2001:db8::dead").value();
  search(folder, "an address that was never answered", answer);
  fmt::print("  (the first does not grow with the history but for opening it; the others by {:.0f} for a billion)\n",
             billion);

  auto start = steady_clock::now();
  static_cast<void>(Opened(folder));
  const double opening = since(start);
  start = steady_clock::now();
  const Opened half(folder, bytes / 2);
  const double dropping = std::max(0.0, since(start) - opening);
  fmt::print("dropping half of it ({} blocks stay): {:.0f} ms more than opening takes; {:.0f} ms a billion\n",
             half.history->totals().blocks, dropping * 1e3, dropping * 1e3 * billion);
}

// Searching and writing at full speed, each alone and both at once, by the CPU time of their threads: with the one that
// asks they are three, which may have to share two cores.
void measure_beside(const std::string& folder) {
  constexpr std::uint64_t kRecords = 4'000'000;
  Opened opened(folder);
  const auto totals = opened.history->totals();
  HistoryFilter day;  // no index helps
  day.rcode = 0;
  day.until = totals.newest;
  day.since = *totals.newest - 24h;
  bench::OfficeTrace trace(kSeed, *totals.newest + 1h);
  HistoryRing& ring = opened.history->ring(0);
  const auto write = [&] {
    const double before = thread_seconds("history");
    std::uint64_t pushed = 0;
    while (pushed < kRecords) {
      for (const RecordView& view : trace.next()) {
        while (ring.written() - ring.released() > ring.capacity() / 4 * 3) std::this_thread::sleep_for(1ms);
        pushed += ring.push(view);
      }
    }
    if (const auto sealed = opened.history->seal(); !sealed) fmt::print("{}\n", sealed.error().what);
    return static_cast<double>(pushed) / (thread_seconds("history") - before) * 1e-6;
  };
  std::uint64_t matched = 0;
  const auto count = [&] {
    const double before = thread_seconds();
    const auto counted = opened.history->count(day);
    if (!counted) fmt::print("{}\n", counted.error().what);
    matched = counted ? counted->queries : 0;
    return static_cast<double>(matched) / (thread_seconds() - before) * 1e-6;
  };
  const auto median = [](std::vector<double> rates) {
    std::nth_element(rates.begin(), rates.begin() + rates.size() / 2, rates.end());
    return rates[rates.size() / 2];
  };
  count();  // it is read then
  // In turn, for machines change their pace.
  std::vector<double> of_count, of_writing;
  for (int round = 0; round < 7; round++) {
    const double search = median({count(), count(), count()}), writing = write();
    double writing_beside = 0;
    std::vector<double> beside;
    std::atomic<bool> written = false;
    std::thread writer([&] { writing_beside = write(), written = true; });
    while (!written) beside.push_back(count());
    writer.join();
    of_count.push_back(median(beside) / search), of_writing.push_back(writing_beside / writing);
    fmt::print(
        "a count of {} and writing, million records a second of CPU time: {:.1f} and {:.2f} alone, {:.1f} and {:.2f} "
        "at "
        "once\n",
        matched, search, writing, median(beside), writing_beside);
  }
  fmt::print("at once, of alone: {:.2f} and {:.2f}\n", median(of_count), median(of_writing));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "history_figures FOLDER [RECORDS]\n");
    return 2;
  }
  spdlog::set_level(spdlog::level::err);
  const std::string folder = argv[1];
  std::filesystem::create_directories(folder);
  if (access((folder + "/once").c_str(), F_OK) != 0) {
    // In a process of its own: what it leaves in memory is not the searches'.
    if (const pid_t child = fork(); child == 0) {
      fill(folder, argc > 2 ? std::stoull(argv[2]) : 20'000'000);
      std::fflush(stdout);
      _exit(0);
    } else {
      int status = 0;
      waitpid(child, &status, 0);
      if (status != 0) return 1;
    }
  }
  measure(folder);
  measure_beside(folder);
}
