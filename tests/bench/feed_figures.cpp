// What a feed of a million entries costs: joining addresses to networks, and from a new generation to the bytes that
// are served, with their tags.
//
//   feed_figures [ENTRIES]       (1000000)
#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <random>
#include <string>

#include "feed/snapshots.hpp"
#include "store/large_pages.hpp"

using namespace sinkfeed;
using std::chrono::steady_clock;

namespace {

double since(steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(steady_clock::now() - start).count();
}

// VmRSS, or VmHWM: the most that it was since forget_peak().
double memory_mib(const std::string& what) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(what + ":")) return std::stod(line.substr(what.size() + 1)) / 1024;
  }
  return 0;
}

void forget_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

// Two thirds of all addresses from 20.0.0.0 on, so that much can be joined and much cannot.
std::vector<IpAddress> addresses(std::size_t count) {
  std::mt19937 random(1);
  std::vector<IpAddress> list;
  for (std::uint32_t value = 0x14000000; list.size() < count; value++) {
    const std::uint8_t bytes[] = {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
                                  static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
    if (random() % 3) list.push_back(IpAddress::v4(bytes));
  }
  return list;
}

}  // namespace

int main(int argc, char** argv) {
  return_large_buffers();  // as the daemon does
  const std::size_t count = argc > 1 ? std::stoul(argv[1]) : 1000000;
  const std::vector<IpAddress> list = addresses(count);
  auto start = steady_clock::now();
  const std::size_t networks = aggregated(list).size();
  fmt::print("aggregation: {} addresses to {} networks in {:.0f} ms\n", count, networks, since(start));

  Profile profile;
  profile.name = "chat";
  profile.title = "Chat";
  profile.ports = {443, 5222};
  Generation generation;
  generation.number = 1;
  generation.profiles["chat"] = AddressSet(list);
  generation.shared["chat"] = {};
  const Tier tiers[] = {Tier::core};
  generation.catalogue = std::make_shared<const Catalogue>(std::vector{profile}, tiers);
  Configuration made;
  made.catalogue = generation.catalogue;
  made.feeds = with_feeds_of_profiles({}, {profile});
  const auto configuration = std::make_shared<const Configuration>(std::move(made));
  Snapshots snapshots(std::make_shared<const Generation>(generation),
                      [](const std::string&, const IpAddress&, std::size_t) { return std::vector<LedgerEntry>(); });
  const FeedFormat &txt = *find_format("txt"), &nft = *find_format("nft");
  const double before = memory_mib("VmRSS");
  for (int round = 0; round < 3; round++) {
    const std::uint8_t bytes[] = {19, 0, 0, static_cast<std::uint8_t>(round)};
    forget_peak();
    start = steady_clock::now();
    const std::vector<IpAddress> added{IpAddress::v4(bytes)};
    generation.number++;
    generation.profiles["chat"] = generation.profiles["chat"].changed(added, {});
    snapshots.published(std::make_shared<const Generation>(generation));
    const double changed = since(start);
    const auto text = snapshots.get(configuration, configuration->feeds.at(0), txt);
    const double text_done = since(start);
    const auto rules = snapshots.get(configuration, configuration->feeds.at(0), nft);
    fmt::print(
        "one address more: generation {:.1f} ms, .txt of {:.1f} MiB {:.0f} ms, .nft of {:.1f} MiB {:.0f} ms, "
        "together {:.0f} ms; memory for it {:.0f} MiB, at most {:.0f} MiB meanwhile\n",
        changed, static_cast<double>(text->body()->size()) / (1 << 20), text_done - changed,
        static_cast<double>(rules->body()->size()) / (1 << 20), since(start) - text_done, since(start),
        memory_mib("VmRSS") - before, memory_mib("VmHWM") - before);
  }
}
