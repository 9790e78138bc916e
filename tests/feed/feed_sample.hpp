// A feed's content for the tests of formats: two IPv4 addresses, one network, one IPv6 address, and names that whoever
// runs a domain could have chosen to break out of what reads the format.
#pragma once

#include <string>
#include <vector>

#include "feed/format.hpp"
#include "tests/feed/network_lists.hpp"

namespace sinkfeed {

inline WallTime sample_time(std::int64_t seconds) {
  return WallTime{std::chrono::seconds{1'800'000'000 + seconds}};  // 2027-01-15T08:00:00Z and later
}

inline IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }
inline Network network(std::string_view text) { return Network::parse(text).value(); }

inline constexpr std::string_view kHostileName = "evil\\\"'};flush ruleset;$(reboot)<script>`id`.google.com";

inline LedgerEntry sample_entry(std::string_view address, std::string_view name) {
  LedgerEntry entry;
  const DnsName target = DnsName::parse(name).value();
  entry.profile = "google-talk";
  entry.address = ip(address);
  entry.first_seen = sample_time(0);
  entry.last_seen = sample_time(60);
  entry.count = 3;
  entry.evidence = {{target, target, {VantageKind::upstream, "192.0.2.53:53"}, sample_time(0), sample_time(60), 3}};
  return entry;
}

// Its evidence is in `known`, which may be changed afterwards and must outlive it.
inline FeedContent sample_content(const std::vector<LedgerEntry>& known) {
  FeedContent content;
  content.name = "google-talk";
  content.title = "Google \"Talk\"\r\n'); <b>$(id)`;";
  content.edition = "0123456789abcdef";
  content.generation = 7;
  content.changed = sample_time(61);
  content.profiles = {"google-talk"};
  content.ports = {80, 443, 5222, 5223};
  content.networks = {network("74.125.140.125"), network("203.0.114.16/28"), network("216.239.37.125"),
                      network("2a00:1450:400c:c06::7d")};
  content.entries = [&known](const std::string&, const IpAddress& first, std::size_t limit) {
    std::vector<LedgerEntry> found;
    for (const LedgerEntry& one : known) {
      if (one.address >= first && found.size() < limit) found.push_back(one);
    }
    return found;
  };
  return content;
}

inline std::vector<LedgerEntry> sample_entries() {
  return {sample_entry("74.125.140.125", "talk.google.com"), sample_entry("216.239.37.125", kHostileName),
          sample_entry("2a00:1450:400c:c06::7d", kHostileName)};
}

// As it comes to a format: without what it does not read.
inline FeedContent sample_for(const FeedFormat& format, const std::vector<LedgerEntry>& known) {
  FeedContent content = sample_content(known);
  const FormatFacts& facts = format.facts();
  content.networks = without(content.networks, [&](const Network& one) {
    return (facts.family && one.address().family() != *facts.family) || (!facts.reads_prefixes && !is_host(one));
  });
  content.family = facts.family;
  return content;
}

}  // namespace sinkfeed
