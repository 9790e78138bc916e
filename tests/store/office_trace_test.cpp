// The trace that benchmarks are made with is what its header says.
#include "tests/bench/office_trace.hpp"

#include <gtest/gtest.h>

#include <map>
#include <unordered_map>

#include "tests/store/history_samples.hpp"

namespace sinkfeed::bench {
namespace {

using namespace std::chrono_literals;

const WallTime kWednesday = parse_time("2026-03-04T00:00:00Z", WallTime{}).value();

TEST(OfficeTrace, IsTheSameForTheSameSeedAndStart) {
  OfficeTrace one(5, kWednesday + 9h), same(5, kWednesday + 9h);
  std::string first, second;
  const auto add = [](OfficeTrace& trace, std::string& text) {
    for (const RecordView& view : trace.next()) {
      text += view.name, text += view.answers, text += view.client.text();
      text += std::to_string(view.time_us) + std::to_string(view.latency_us) + std::to_string(view.client_port);
    }
  };
  for (int i = 0; i < 20; i++) add(one, first), add(same, second);
  EXPECT_FALSE(first.empty());
  EXPECT_EQ(first, second);
}

TEST(OfficeTrace, HasTheProportionsOfAnOffice) {
  OfficeTrace trace(1, kWednesday + 9h);
  const std::int64_t end = (kWednesday + 10h).time_since_epoch().count();
  double all = 0, nxdomain = 0, tcp = 0, cached = 0, empty_https = 0, https = 0, edns = 0, sinkholed = 0;
  std::unordered_map<std::string, int> names;
  std::map<IpAddress, int> clients;
  bool more = true;
  while (more) {
    for (const RecordView& view : trace.next()) {
      more = view.time_us < end;
      all++;
      nxdomain += view.rcode == 3;
      tcp += view.transport == Transport::tcp;
      cached += view.origin == Origin::cache;
      if (view.type == 65) https++, empty_https += PackedAnswers::items(view.answers).empty() || view.answers[1] == 5;
      edns += (view.flags & kFlagEdns) != 0;
      if (view.verdict == Verdict::sinkhole) {
        sinkholed++;
        EXPECT_TRUE(view.has_ede);
        EXPECT_EQ(view.rule.substr(0, 13), "google-talk: ");
      }
      EXPECT_GE(view.client_port, 32768);
      EXPECT_LE(view.client_port, 60999);
      EXPECT_EQ(view.has_upstream, view.origin == Origin::upstream);
      names[std::string{view.name}]++;
      clients[view.client]++;
    }
  }
  double once = 0;
  for (const auto& [name, times] : names) once += times == 1 && static_cast<unsigned char>(name[0]) == 13;
  EXPECT_GT(all, 300'000);
  EXPECT_LT(all, 700'000);
  EXPECT_EQ(clients.size(), OfficeTrace::kClients);
  EXPECT_GT(names.size(), 30'000);
  const auto is_share = [&](double part, double least, double most) {
    EXPECT_GE(part / all, least);
    EXPECT_LE(part / all, most);
  };
  is_share(nxdomain, 0.08, 0.12);
  is_share(tcp, 0.018, 0.022);
  is_share(cached, 0.5, 0.8);
  is_share(https, 0.1, 0.3);
  is_share(edns, 0.6, 0.8);
  is_share(once, 0.03, 0.05);
  is_share(sinkholed, 0.0005, 0.005);
  EXPECT_GT(empty_https, 0.6 * https);
}

}  // namespace
}  // namespace sinkfeed::bench
