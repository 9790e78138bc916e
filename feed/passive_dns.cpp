#include "feed/passive_dns.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <map>
#include <vector>

namespace sinkfeed {

namespace {

constexpr std::size_t kMost = 100'001;

// One name and address, whoever saw it.
struct Seen {
  WallTime first = WallTime::max(), last = WallTime::min();
  std::uint64_t count = 0;
};
using Names = std::map<DnsName, Seen>;

void add(Seen& to, WallTime first, WallTime last, std::uint64_t count) {
  to.first = std::min(to.first, first);
  to.last = std::max(to.last, last);
  to.count += count;
}

std::int64_t seconds(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

void append_lines(std::string& to, const IpAddress& address, const Names& names) {
  for (const auto& [name, seen] : names)
    to += boost::json::serialize(boost::json::object{{"rrname", name.text()},
                                                     {"rrtype", address.is_v4() ? "A" : "AAAA"},
                                                     {"rdata", address.text()},
                                                     {"time_first", seconds(seen.first)},
                                                     {"time_last", seconds(seen.last)},
                                                     {"count", seen.count},
                                                     {"sensor_id", "sinkfeed"}}) +
          "\n";
}

}  // namespace

std::variant<std::string, ApiAnswer> passive_dns(const Store& store, const std::string& question) {
  LedgerFilter filter;
  const auto address = IpAddress::parse(question);
  if (address) {
    filter.network = Network(*address, address->is_v4() ? 32 : 128);
  } else {
    filter.below = question.starts_with("*.");
    auto name = DnsName::parse(filter.below ? question.substr(2) : question);
    if (question.empty() || !name || name->text().find_first_of("*/") != std::string::npos)
      return api_problem(400, "q is a name, *.NAME or an address, not \"" + question + "\"");
    filter.name = *std::move(name);
  }
  filter.limit = kMost;
  const std::vector<LedgerEntry> entries = store.ledger->entries(filter);
  if (entries.size() == kMost)
    return api_problem(400,
                       "that is about more than " + std::to_string(kMost - 1) + " addresses: ask for less at once");
  std::map<IpAddress, Names> found;
  for (const LedgerEntry& entry : entries) {
    for (const Evidence& evidence : entry.evidence) {
      const bool is_it =
          !filter.name || (filter.below ? evidence.name != *filter.name && evidence.name.is_at_or_below(*filter.name)
                                        : evidence.name == *filter.name);
      if (evidence.name.is_root() || !is_it) continue;  // the root: known from the profile, not from an answer
      add(found[entry.address][evidence.name], evidence.first_seen, evidence.last_seen, evidence.count);
    }
  }
  if (address) {
    const auto others = store.ledger->names_of(*address);
    if (!others) return api_problem(503, others.error().what);
    for (const Need& need : *others) add(found[*address][need.name], need.first_seen, need.last_seen, need.queries);
  }
  std::string lines;
  for (const auto& [at, names] : found) append_lines(lines, at, names);
  return lines;
}

}  // namespace sinkfeed
