// What the parts of a cached answer cost: reading the question, finding the answer, writing it; and judging an
// upstream's answer on a miss.
#include <benchmark/benchmark.h>

#include "resolver/answer.hpp"
#include "resolver/answer_section.hpp"
#include "resolver/cache.hpp"
#include "resolver/judge.hpp"
#include "resolver/message_writer.hpp"
#include "resolver/question.hpp"

namespace {

using namespace sinkfeed;

std::vector<std::uint8_t> packet_for(unsigned number) {
  const std::string host = "host" + std::to_string(10000 + number % 10000),
                    zone = "example" + std::to_string(number % 997);
  std::vector<std::uint8_t> packet{0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
  for (const std::string& label : {host, zone, std::string("test")}) {
    packet.push_back(static_cast<std::uint8_t>(label.size()));
    packet.insert(packet.end(), label.begin(), label.end());
  }
  for (const int byte : {0, 0, 1, 0, 1}) packet.push_back(static_cast<std::uint8_t>(byte));
  return packet;
}

CacheKey key_of(const Query& query) { return {query.name(), query.type, query.klass}; }

void parse(benchmark::State& state) {
  const auto packet = packet_for(7);
  Query query;
  for (auto _ : state) {
    parse_query(packet, query);
    benchmark::DoNotOptimize(query.kind);
  }
}
BENCHMARK(parse);

// 10,000 answers, looked up in batches of 64 as the listener does; the argument says whether memory is fetched ahead.
void look_up(benchmark::State& state) {
  Cache cache(64 << 20);
  std::vector<std::vector<std::uint8_t>> packets;
  for (unsigned i = 0; i < 10000; i++) {
    packets.push_back(packet_for(i));
    Query query;
    parse_query(packets.back(), query);
    MessageWriter writer(query.name(), 1, 1, 0, false);
    writer.add(MessageWriter::Section::answer, query.name(), 1, 1, 300, {"\xc6\x33\x64\x01", 4}, true);
    cache.insert(key_of(query), {.lifetime_s = 1000, .message = writer.message(), .ttl_offsets = writer.ttl_offsets()},
                 0);
  }
  std::vector<Query> queries(64);
  std::array<std::uint32_t, 64> hashes{};
  std::size_t at = 0;
  for (auto _ : state) {
    const Cache::Section section(cache, 0);
    for (std::size_t i = 0; i < 64; i++) {
      parse_query(packets[at = (at + 7919) % packets.size()], queries[i]);
      hashes[i] = cache.hash(key_of(queries[i]));
      if (state.range(0)) cache.prefetch_bucket(hashes[i]);
    }
    for (std::size_t i = 0; i < 64 && state.range(0); i++) cache.prefetch_entry(hashes[i]);
    for (std::size_t i = 0; i < 64; i++) benchmark::DoNotOptimize(cache.find(key_of(queries[i]), hashes[i], 1));
  }
  state.SetItemsProcessed(state.iterations() * 64);
}
BENCHMARK(look_up)->Arg(0)->Arg(1);

// The copy with ID, question, flags and TTLs patched, and the answers for the history.
void write(benchmark::State& state) {
  const auto packet = packet_for(7);
  Query query;
  parse_query(packet, query);
  MessageWriter writer(query.name(), 1, 1, 0, false);
  for (int i = 0; i < state.range(0); i++)
    writer.add(MessageWriter::Section::answer, query.name(), 1, 1, 300, {"\xc6\x33\x64\x01", 4}, true);
  std::array<std::uint8_t, 1232> out{};
  std::array<char, 4096> packed{};
  for (auto _ : state) {
    benchmark::DoNotOptimize(write_answer(query, writer.message(), writer.ttl_offsets(), 10, {}, 1232, out));
    benchmark::DoNotOptimize(pack_answers(writer.message(), query.sent_name.size() + 4, packed));
  }
}
BENCHMARK(write)->Arg(1)->Arg(4)->Arg(16);

void put16(std::string& to, unsigned value) { to += static_cast<char>(value >> 8), to += static_cast<char>(value); }

void put_record(std::string& to, std::string_view owner, unsigned type, std::string_view rdata) {
  to += owner;
  put16(to, type), put16(to, 1), put16(to, 0), put16(to, 300);
  put16(to, static_cast<unsigned>(rdata.size()));
  to += rdata;
}

// As servers write them, with an OPT: one address (0), or a CNAME to a name with four addresses (1).
void BM_Judge(benchmark::State& state) {
  const std::string_view name("\4talk\6google\3com", 17), pointer_to_name("\xc0\x0c", 2);
  const std::size_t addresses = state.range(0) ? 4 : 1;
  std::string message;
  put16(message, 0x1234), put16(message, 0x8180), put16(message, 1);
  put16(message, static_cast<unsigned>(state.range(0) + static_cast<long>(addresses)));
  put16(message, 0), put16(message, 1);
  message += name;
  put16(message, dns::A), put16(message, dns::IN);
  std::string owner(pointer_to_name);
  if (state.range(0)) {
    put_record(message, owner, dns::CNAME, {"\4talk\1l\xc0\x11", 9});
    owner = std::string("\xc0", 1) + static_cast<char>(message.size() - 9);
  }
  for (std::size_t i = 0; i < addresses; i++)
    put_record(message, owner, dns::A, std::string("\x4a\x7d\x8c", 3) + static_cast<char>(i));
  message += '\0';
  put16(message, dns::OPT), put16(message, 1232), put16(message, 0), put16(message, 0), put16(message, 0);
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(message.data()), message.size());
  if (const auto judged = judge(bytes, name, dns::A, dns::IN); !judged || judged->addresses.size() != addresses)
    state.SkipWithError("judge() does not take the message");
  for (auto _ : state) benchmark::DoNotOptimize(judge(bytes, name, dns::A, dns::IN));
}
BENCHMARK(BM_Judge)->Arg(0)->Arg(1);

}  // namespace

BENCHMARK_MAIN();
