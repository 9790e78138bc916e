// Reads a profile and checks that its rules make sense together.
#include "config/profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "config/toml_file.hpp"

namespace sinkfeed {
namespace {

constexpr std::size_t kLongestProfileName = 32;
constexpr std::size_t kMostRules = 65535;  // an index of a rule is 16 bits

bool is_profile_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestProfileName &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

Result<Match> parse_match(std::string_view text) {
  for (const auto match : {Match::exact, Match::suffix, Match::srv, Match::no_data}) {
    if (match_name(match) == text) return match;
  }
  return Problem{fmt::format("\"{}\" is no way to match; write exact, suffix, srv or nodata", text)};
}

Result<Match> parse_never_match(std::string_view text) {
  if (text == "exact") return Match::exact;
  if (text == "suffix") return Match::suffix;
  return Problem{fmt::format("\"{}\" is no way to match a name that is never blocked; write exact or suffix", text)};
}

Result<DnsName> parse_target_name(std::string_view text) {
  auto name = DnsName::parse(text);
  if (name && name->parent().is_root()) {
    return Problem{fmt::format("\"{}\" is a whole top-level domain; name a host or a domain below it", text)};
  }
  return name;
}

bool covers(const NeverRule& never, const NameRule& rule) {
  if (never.match == Match::suffix) return rule.name.is_at_or_below(never.name);
  return rule.match != Match::suffix && rule.name == never.name;
}

void read_never_rules(TomlSection& root, Profile& profile) {
  std::set<std::pair<DnsName, Match>> seen;
  for (auto& entry : root.sections("never")) {
    NeverRule rule;
    const bool named = entry.require("name", rule.name, DnsName::parse);
    const bool matched = entry.require("match", rule.match, parse_never_match);
    entry.require_string("why", rule.why);
    if (!named || !matched) continue;
    if (!seen.emplace(rule.name, rule.match).second) {
      entry.complain("name", fmt::format("{} is listed twice; remove one", rule.name.text()));
    }
    profile.never.push_back(std::move(rule));
  }
}

void read_name_rules(TomlSection& root, Profile& profile) {
  std::set<DnsName> seen;
  for (auto& entry : root.sections("name")) {
    NameRule rule;
    const bool named = entry.require("name", rule.name, parse_target_name);
    const bool matched = entry.require("match", rule.match, parse_match);
    entry.require("tier", rule.tier, parse_tier);
    entry.require_string("role", rule.role);
    entry.read_string("note", rule.note);
    if (!named || !matched) continue;
    if (!seen.insert(rule.name).second) {
      entry.complain("name", fmt::format("{} is listed twice; remove one", rule.name.text()));
    }
    for (const auto& never : profile.never) {
      if (!covers(never, rule)) continue;
      entry.complain("name", fmt::format("{} would never be blocked, for never {} {} covers it; remove one of the two",
                                         rule.name.text(), match_name(never.match), never.name.text()));
      break;
    }
    profile.names.push_back(std::move(rule));
  }
}

void read_known_addresses(TomlSection& root, Profile& profile) {
  std::set<IpAddress> seen;
  for (auto& entry : root.sections("known")) {
    KnownAddress known;
    const bool read = entry.require("address", known.address, IpAddress::parse);
    entry.require_string("source", known.source);
    if (!read) continue;
    if (!seen.insert(known.address).second) {
      entry.complain("address", fmt::format("{} is listed twice; remove one", known.address.text()));
    } else if (const auto special = special_purpose(known.address)) {
      entry.complain("address",
                     fmt::format("{} is no server's address ({}); remove it", known.address.text(), *special));
    }
    profile.known.push_back(std::move(known));
  }
}

}  // namespace

Result<Tier> parse_tier(std::string_view text) {
  for (const auto tier : {Tier::core, Tier::web, Tier::media, Tier::successor}) {
    if (tier_name(tier) == text) return tier;
  }
  return Problem{fmt::format("\"{}\" is no tier; write core, web, media or successor", text)};
}

Result<Profile> load_profile(const std::filesystem::path& file) {
  Profile profile;
  profile.name = file.stem().string();
  if (!is_profile_name(profile.name)) {
    return Problem{
        fmt::format("{}: a profile's file is named with 1 to {} of a-z, 0-9 and -, and ends in .toml; rename it",
                    file.string(), kLongestProfileName)};
  }
  auto toml = TomlFile::read(file);
  if (!toml) return toml.error();
  auto root = toml->root();
  root.require_string("title", profile.title);
  if (root.require_integers("ports", profile.ports, 1, 65535)) std::sort(profile.ports.begin(), profile.ports.end());
  read_never_rules(root, profile);
  read_name_rules(root, profile);
  read_known_addresses(root, profile);
  const auto* names = root.find("name");
  if (names == nullptr || (names->is_array() && names->as_array()->empty())) {
    root.complain("name", "a profile needs names to block; add at least one [[name]]");
  }
  if (profile.names.size() > kMostRules)
    root.complain("name", fmt::format("at most {} names fit a profile", kMostRules));
  if (profile.never.size() > kMostRules)
    root.complain("never", fmt::format("at most {} names fit the list", kMostRules));
  if (auto problem = toml->problem()) return *problem;
  return profile;
}

}  // namespace sinkfeed
