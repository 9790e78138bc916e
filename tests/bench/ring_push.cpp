// What one query's history record costs its worker: a push into the ring, with the reader keeping up.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "store/history_columns.hpp"
#include "store/history_ring.hpp"

namespace {

using namespace sinkfeed;

// The record's size beside its fixed part: a name of 20 bytes, and `answers` bytes.
void push(benchmark::State& state) {
  const auto file = std::filesystem::temp_directory_path() / ("ring-push-" + std::to_string(getpid()) + ".ring");
  {
    const auto ring = HistoryRing::open(file, 16 << 20).value();
    const std::string answers(static_cast<std::size_t>(state.range(0)), 'a');
    const auto name = DnsName::parse("www.example.com.test").value();
    RecordView entry;
    entry.time_us = 1'790'000'000'000'000;
    entry.name = name.wire();
    entry.answers = answers;
    std::uint64_t room = 0;
    for (auto _ : state) {
      if (room == 0) {
        state.PauseTiming();
        std::uint64_t position = ring->released();
        while (position != ring->written()) {
          HistoryColumns columns;
          position = ring->read(position, 65536, columns);
          ring->release(position);
        }
        room = 20'000;
        state.ResumeTiming();
      }
      --room;
      benchmark::DoNotOptimize(ring->push(entry));
    }
    if (ring->lost() != 0) state.SkipWithError("records were lost");
  }
  std::filesystem::remove(file);
}
BENCHMARK(push)->Arg(0)->Arg(30)->Arg(200);

}  // namespace

BENCHMARK_MAIN();
