// A profile: what is known of one messenger, as data. Read from config/profiles/NAME.toml, whose format this file
// states.
//
// clang-format off
//   title = "Google Talk"                                    # for people
//   ports = [80, 443, 5222, 5223]                            # TCP ports the feed's formats with ports use
//   name  = [ { name = "talk.google.com", match = "suffix", tier = "core", role = "client login" } ]   # note = "..." optional
//   never = [ { name = "mtalk.google.com", match = "exact", why = "Android push" } ]
//   known = [ { address = "216.239.37.125", source = "..." } ]   # addresses known from the start
// clang-format on
//
// TOML's [[name]], [[never]] and [[known]] tables say the same, a key a line.
// Another messenger is another file and no code.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "config/address.hpp"
#include "config/dns_name.hpp"
#include "config/result.hpp"

namespace sinkfeed {

enum class Match : std::uint8_t {
  exact,    // this name only
  suffix,   // this name and all below it
  srv,      // owner of SRV records: SRV passes with its addresses stripped, every other type gets NODATA
  no_data,  // every type gets NODATA (never an address); `match = "nodata"`
};

// How likely a name is the messenger and nothing else; settings say which tiers are on.
enum class Tier : std::uint8_t { core, web, media, successor };
std::string_view tier_name(Tier tier);
Result<Tier> parse_tier(std::string_view text);
std::string_view match_name(Match match);

struct NameRule {
  DnsName name;
  Match match = Match::exact;
  Tier tier = Tier::core;
  std::string role;
  std::string note;  // may be empty
  bool operator==(const NameRule&) const = default;
};

// A name that is neither sunk nor published, whatever else matches. Only exact and suffix.
struct NeverRule {
  DnsName name;
  Match match = Match::exact;
  std::string why;
  bool operator==(const NeverRule&) const = default;
};

struct KnownAddress {
  IpAddress address;
  std::string source;
  bool operator==(const KnownAddress&) const = default;
};

struct Profile {
  std::string name;  // the file's stem: [a-z0-9-], at most 32 characters; the feed is named after it
  std::string title;
  std::vector<std::uint16_t> ports;  // ascending, distinct, at least one
  std::vector<NameRule> names;
  std::vector<NeverRule> never;
  std::vector<KnownAddress> known;
  bool operator==(const Profile&) const = default;
};

// The file read and checked. A Problem starts with file:line:column.
Result<Profile> load_profile(const std::filesystem::path& file);

}  // namespace sinkfeed
