// What the cache is worth, without a network: hit ratio on Zipf streams beside LRU and Belady's optimum (which knows
// the future), memory an answer, and whether cache.size holds in resident memory.
//
//   cache_figures [hits | memory]
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <list>
#include <random>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "resolver/cache.hpp"

using namespace sinkfeed;

namespace {

// Numbers 0..names-1 with frequencies 1/(i+1)^skew.
std::vector<std::uint32_t> zipf_stream(std::size_t names, double skew, std::size_t length, unsigned seed) {
  std::vector<double> sums(names);
  double sum = 0;
  for (std::size_t i = 0; i < names; i++) sums[i] = sum += 1 / std::pow(static_cast<double>(i + 1), skew);
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> any(0, sum);
  std::vector<std::uint32_t> stream(length);
  for (auto& value : stream)
    value = static_cast<std::uint32_t>(std::lower_bound(sums.begin(), sums.end(), any(random)) - sums.begin());
  return stream;
}

std::string name_of(std::uint32_t number) {
  const std::string label = fmt::format("host{:07}", number), zone = fmt::format("zone{:03}", number % 997);
  return static_cast<char>(label.size()) + label + static_cast<char>(zone.size()) + zone + std::string("\4test", 5) +
         '\0';
}

// As an A record's answer is: header, question, one compressed record.
std::string message_of(const std::string& name) { return std::string(12, 'h') + name + std::string(4 + 16, 'r'); }

struct Ratio {
  double hits;
  std::size_t capacity;  // entries that the cache held at the end
};

Ratio cache_hits(const std::vector<std::uint32_t>& stream, std::uint64_t bytes) {
  Cache cache(bytes);
  const std::uint16_t offset = 50;
  std::size_t hits = 0;
  for (const std::uint32_t number : stream) {
    const std::string name = name_of(number);
    const CacheKey key{name, 1, 1};
    {
      const Cache::Section section(cache, 0);
      if (cache.find(key, 1000)) {
        hits++;
        continue;
      }
    }
    const std::string message = message_of(name);
    cache.insert(key, {.lifetime_s = 86400, .message = message, .ttl_offsets = {&offset, 1}}, 1000);
  }
  return {static_cast<double>(hits) / static_cast<double>(stream.size()), cache.entries()};
}

double lru_hits(const std::vector<std::uint32_t>& stream, std::size_t capacity) {
  std::list<std::uint32_t> order;
  std::unordered_map<std::uint32_t, std::list<std::uint32_t>::iterator> places;
  std::size_t hits = 0;
  for (const std::uint32_t number : stream) {
    if (const auto found = places.find(number); found != places.end()) {
      hits++;
      order.splice(order.begin(), order, found->second);
      continue;
    }
    if (places.size() == capacity) places.erase(order.back()), order.pop_back();
    order.push_front(number);
    places[number] = order.begin();
  }
  return static_cast<double>(hits) / static_cast<double>(stream.size());
}

// Belady 1966: what is needed furthest in the future goes.
double belady_hits(const std::vector<std::uint32_t>& stream, std::size_t capacity) {
  constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();
  std::vector<std::size_t> next(stream.size(), kNever);
  std::unordered_map<std::uint32_t, std::size_t> later;
  for (std::size_t i = stream.size(); i-- > 0;) {
    if (const auto found = later.find(stream[i]); found != later.end()) next[i] = found->second;
    later[stream[i]] = i;
  }
  std::set<std::pair<std::size_t, std::uint32_t>> by_next;
  std::unordered_map<std::uint32_t, std::size_t> held;
  std::size_t hits = 0;
  for (std::size_t i = 0; i < stream.size(); i++) {
    if (const auto found = held.find(stream[i]); found != held.end()) {
      hits++;
      by_next.erase({found->second, stream[i]});
    } else if (held.size() == capacity) {
      const auto victim = std::prev(by_next.end());
      held.erase(victim->second);
      by_next.erase(victim);
    }
    held[stream[i]] = next[i];
    by_next.insert({next[i], stream[i]});
  }
  return static_cast<double>(hits) / static_cast<double>(stream.size());
}

void print_hits() {
  fmt::print("{:>8} {:>6} {:>10} {:>9} {:>9} {:>9} {:>9}\n", "names", "skew", "cache", "entries", "sinkfeed", "LRU",
             "Belady");
  for (const auto& [names, skew, bytes] : {std::tuple{200000UL, 0.9, 4UL << 20},
                                           {200000UL, 1.0, 4UL << 20},
                                           {200000UL, 1.0, 16UL << 20},
                                           {200000UL, 1.2, 4UL << 20},
                                           {1000000UL, 1.0, 64UL << 20}}) {
    const auto stream = zipf_stream(names, skew, 3000000, 7);
    const Ratio ours = cache_hits(stream, bytes);
    fmt::print("{:>8} {:>6} {:>7}MiB {:>9} {:>9.4f} {:>9.4f} {:>9.4f}\n", names, skew, bytes >> 20, ours.capacity,
               ours.hits, lru_hits(stream, ours.capacity), belady_hits(stream, ours.capacity));
  }
}

std::uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * 4096;
}

void print_memory() {
  fmt::print("{:>8} {:>9} {:>9} {:>12} {:>12} {:>8}\n", "limit", "entries", "wire", "bytes each", "allowed",
             "RSS/limit");
  std::fflush(stdout);
  for (const std::uint64_t limit : {16UL << 20, 64UL << 20, 256UL << 20}) {
    // Each in a process of its own: memory that one has freed would hide what the next takes.
    if (const pid_t child = fork(); child != 0) {
      waitpid(child, nullptr, 0);
      continue;
    }
    const std::uint64_t before = resident_bytes();
    Cache cache(limit);
    std::mt19937 random(3);
    double wire = 0;
    std::size_t inserted = 0;
    const std::uint16_t offsets[8] = {50, 66, 82, 98, 114, 130, 146, 162};
    // Three times what fits, of the sizes that answers have: one to eight records.
    for (std::uint64_t bytes = 0; bytes < 3 * limit; inserted++) {
      const std::string name = name_of(static_cast<std::uint32_t>(inserted));
      const std::size_t records = 1 + random() % 8;
      const std::string message = std::string(12, 'h') + name + std::string(4 + 16 * records, 'r');
      cache.insert({name, 1, 1},
                   {.lifetime_s = 86400, .message = message, .ttl_offsets = std::span(offsets).first(records)}, 1000);
      wire += static_cast<double>(message.size());
      bytes += message.size() + 100;
    }
    const double entries = static_cast<double>(cache.entries()), mean = wire / static_cast<double>(inserted);
    const double resident = static_cast<double>(resident_bytes() - before);
    fmt::print("{:>5}MiB {:>9.0f} {:>9.1f} {:>12.1f} {:>12.1f} {:>8.3f}\n", limit >> 20, entries, mean,
               resident / entries, 1.5 * mean + 96, resident / static_cast<double>(limit));
    std::fflush(stdout);
    _exit(0);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what != "hits") print_memory();  // first: its children would live on what the other has given back
  if (what != "memory") print_hits();
}
