// What one query's history record costs its worker: a push into the ring, with the reader keeping up.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "store/answer_watch.hpp"
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

// What the history's writer pays for a row: taking it into columns, and (1) looking at what was answered too.
void drain(benchmark::State& state) {
  AnswerWatch watch([](const IpAddress&) { return false; });
  std::vector<std::string> names;
  std::string answers;
  for (int i = 0; i < 10'000; i++)
    names.emplace_back(DnsName::parse("www" + std::to_string(i) + ".example.test").value().wire());
  PackedAnswers::append(answers, 1, std::string_view("\x4a\x01\x01\x01", 4));
  std::mt19937 random(1);  // NOLINT(bugprone-random-generator-seed,cert-msc51-cpp): the same rows each time
  std::vector<RecordView> rows(65536);
  for (RecordView& row : rows) {
    // Frequencies like those of names: half of the rows are of a hundredth of them.
    row.name = names[static_cast<std::size_t>(10'000 * std::pow(static_cast<double>(random()) / 4294967296.0, 6))];
    row.answers = answers;
    row.client = IpAddress::v4(std::array<std::uint8_t, 4>{10, 0, static_cast<std::uint8_t>(random() % 4), 7});
  }
  HistoryColumns columns;
  for (auto _ : state) {
    columns.clear();
    for (std::size_t i = 0; i < rows.size(); i += HistoryColumns::kBatch)
      columns.append(std::span(rows).subspan(i, HistoryColumns::kBatch));
    if (state.range(0)) watch.look(columns, 0, SteadyTime{});
    benchmark::DoNotOptimize(watch.take());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(rows.size()));
}
BENCHMARK(drain)->Arg(0)->Arg(1);

}  // namespace

BENCHMARK_MAIN();
