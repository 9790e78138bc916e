// Whatever the order, the batches and the repetitions in which observations come, the ledger ends up the same.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>

#include "store/ledger_book.hpp"
#include "store/name_records.hpp"
#include "tests/store/fixture.hpp"

namespace sinkfeed {
namespace {

// One of either kind, as small numbers, so that they meet often.
struct Event {
  int address = 0, name = 0, vantage = 0, when = 0;
  bool never = false;
};

// Made of a seed and a number, not by generators of rapidcheck: a counterexample of hundreds of events would take
// minutes to shrink item by item, while the number shrinks at once.
std::vector<Event> events_of(std::mt19937& random, int count) {
  const auto below = [&](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
  std::vector<Event> events(static_cast<std::size_t>(count));
  for (Event& event : events) event = {below(6), below(12), below(12), below(100), below(12) == 0};
  return events;
}

IpAddress address_of(const Event& event) {
  // The profile's known address, a private one, and ordinary ones of both families.
  constexpr const char* kAddresses[] = {"216.239.37.125", "10.0.0.1",   "74.125.1.1",
                                        "74.125.1.2",     "74.125.1.3", "2a00:1450:400c:c06::7d"};
  return ledger_test::ip(kAddresses[event.address]);
}

void apply(LedgerBook& book, const Event& event) {
  if (event.never) {
    book.apply(NameObservation{ledger_test::name("m" + std::to_string(event.name) + ".mail.test"), address_of(event),
                               ledger_test::at(event.when)});
    return;
  }
  // Some of the names are not covered (any more), some of a tier that is off.
  const char* below = event.name % 4 == 0 ? ".gone.test" : ".talk.test";
  const DnsName target =
      event.name % 5 == 0 ? ledger_test::name("web.test") : ledger_test::name("n" + std::to_string(event.name) + below);
  book.apply(Observation{"chat",
                         target,
                         target,
                         address_of(event),
                         {VantageKind::upstream, "192.0.2." + std::to_string(event.vantage)},
                         ledger_test::at(event.when)});
}

// All that must not depend on the order: not the counts, nor what was forgotten of a forgotten name's first time.
std::vector<std::string> outcome(const LedgerBook& book) {
  std::vector<std::string> lines;
  for (const LedgerEntry& entry : book.from("chat", IpAddress(), 1000)) {
    std::string line = entry.address.text() + " " + std::string(state_name(entry.state)) + " " + entry.reason + " " +
                       format_time(entry.first_seen) + " " + format_time(entry.last_seen);
    std::vector<std::string> evidence;
    for (const Evidence& e : entry.evidence)
      evidence.push_back(e.target.text() + " " + e.vantage.detail + " " + format_time(e.last_seen));
    std::sort(evidence.begin(), evidence.end());
    for (const std::string& text : evidence) line += "\n  " + text;
    lines.push_back(line);
  }
  return lines;
}

std::unique_ptr<LedgerBook> book_of(const std::vector<Event>& events, std::mt19937& random) {
  Profile profile = ledger_test::chat_profile();
  profile.never = {{ledger_test::name("mail.test"), Match::suffix, "mail"}};
  auto made = std::make_unique<LedgerBook>(ledger_test::catalogue({Tier::core}, profile), ledger_test::no_guards());
  LedgerBook& book = *made;
  book.set_now({ledger_test::at(0), SteadyTime{}, 0});
  book.judge_all();
  for (const Event& event : events) {
    apply(book, event);
    // A batch ends here: the state in between is written, and must leave no trace.
    if (random() % 4 == 0) book.committed(book.prepare(1000));
  }
  book.committed(book.prepare(1000));
  return made;
}

RC_GTEST_PROP(LedgerProperty, OrderBatchesAndRepetitionChangeNothing, (std::uint32_t seed)) {
  std::mt19937 random(seed);
  const std::vector<Event> events = events_of(random, *rc::gen::inRange(0, 1000));
  std::vector<Event> other = events;
  for (const Event& event : events) {
    if (random() % 3 == 0) other.push_back(event);
  }
  std::shuffle(other.begin(), other.end(), random);

  const auto first = book_of(events, random), second = book_of(other, random);
  const LedgerBook &one = *first, &two = *second;
  const std::vector<LedgerEntry> all = one.from("chat", IpAddress(), 1000);
  RC_CLASSIFY(std::any_of(all.begin(), all.end(),
                          [](const auto& e) {
                            return e.count > LedgerBook::kMaxEvidence && e.evidence.size() == LedgerBook::kMaxEvidence;
                          }),
              "more evidence than is kept");
  RC_ASSERT(outcome(one) == outcome(two));
  const auto published = [](const LedgerBook& book) {
    std::vector<IpAddress> addresses;
    for (const IpAddress& address : book.current()->profiles.at("chat")) addresses.push_back(address);
    return addresses;
  };
  RC_ASSERT(published(one) == published(two));
}

// Two records of one name and address, as the names column merges them.
Need need_of(std::mt19937& random) {
  Need need;
  need.first_seen = ledger_test::at(static_cast<std::int64_t>(random() % 100));
  need.last_seen = need.first_seen + std::chrono::seconds(random() % 100);
  need.queries = random() % 1000;
  for (unsigned i = random() % 20; i; i--)
    need.clients.push_back(ledger_test::ip("10.0.0." + std::to_string(random() % 40)));
  std::sort(need.clients.begin(), need.clients.end());
  need.clients.erase(std::unique(need.clients.begin(), need.clients.end()), need.clients.end());
  if (need.clients.size() > Needs::kMaxClients) need.clients.resize(Needs::kMaxClients);
  return need;
}

Need merged(Need one, const Need& other) {
  merge_need(one, other);
  return one;
}

RC_GTEST_PROP(NamesProperty, MergingIsCommutativeAssociativeAndIdempotent, (std::uint32_t seed)) {
  std::mt19937 random(seed);
  const Need a = need_of(random), b = need_of(random), c = need_of(random);
  RC_ASSERT(encode_need(merged(a, b)) == encode_need(merged(b, a)));
  RC_ASSERT(encode_need(merged(merged(a, b), c)) == encode_need(merged(a, merged(b, c))));
  // All but the number of queries, which is a sum.
  Need twice = merged(a, a);
  twice.queries = a.queries;
  RC_ASSERT(encode_need(twice) == encode_need(a));
}

}  // namespace
}  // namespace sinkfeed
