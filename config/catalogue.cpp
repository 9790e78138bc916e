// Look-up of a name among the rules of all profiles: one hash look-up a label.
#include "config/catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sinkfeed {

Catalogue::Catalogue(std::vector<Profile> profiles, std::span<const Tier> tiers)
    : profiles_(std::move(profiles)), tiers_(tiers.begin(), tiers.end()) {
  // The first rule of a name wins, so that the order of profiles in the settings decides between equals.
  const auto add = [](Rules& rules, Match match, Coverage coverage) {
    Coverage& place = match == Match::suffix ? rules.suffix : rules.exact;
    if (place.kind == Coverage::Kind::none) place = coverage;
  };
  for (std::size_t p = 0; p < profiles_.size(); ++p) {
    const auto profile = static_cast<std::uint16_t>(p);
    for (std::size_t r = 0; r < profiles_[p].never.size(); ++r) {
      const auto& rule = profiles_[p].never[r];
      add(never_[rule.name.wire()], rule.match, {Coverage::Kind::never, profile, static_cast<std::uint16_t>(r)});
    }
    for (std::size_t r = 0; r < profiles_[p].names.size(); ++r) {
      const auto& rule = profiles_[p].names[r];
      if (!is_on(rule.tier)) continue;
      add(targets_[rule.name.wire()], rule.match, {Coverage::Kind::target, profile, static_cast<std::uint16_t>(r)});
    }
  }
}

const Profile* Catalogue::find_profile(std::string_view name) const {
  const auto found = std::find_if(profiles_.begin(), profiles_.end(), [&](const Profile& p) { return p.name == name; });
  return found == profiles_.end() ? nullptr : &*found;
}

bool Catalogue::is_on(Tier tier) const { return std::find(tiers_.begin(), tiers_.end(), tier) != tiers_.end(); }

Coverage Catalogue::find(std::string_view name) const {
  // From the name itself up to the root: the longest rule is met first, and exact rules hold at the name itself only.
  const auto look_up = [name](const auto& rules) -> Coverage {
    for (std::string_view rest = name; !rest.empty();) {
      if (const auto found = rules.find(rest); found != rules.end()) {
        const auto& [exact, suffix] = found->second;
        if (rest.size() == name.size() && exact.kind != Coverage::Kind::none) return exact;
        if (suffix.kind != Coverage::Kind::none) return suffix;
      }
      rest.remove_prefix(std::min(rest.size(), std::size_t{1} + static_cast<unsigned char>(rest.front())));
    }
    return {};
  };
  const Coverage target = look_up(targets_);
  const Coverage never = look_up(never_);
  return never.kind == Coverage::Kind::never ? never : target;
}

const NameRule& Catalogue::rule(const Coverage& coverage) const {
  return profiles_[coverage.profile].names[coverage.rule];
}

const NeverRule& Catalogue::never_rule(const Coverage& coverage) const {
  return profiles_[coverage.profile].never[coverage.rule];
}

std::string Catalogue::describe(const Coverage& coverage) const {
  if (coverage.kind == Coverage::Kind::none) return {};
  const auto& profile = profiles_[coverage.profile].name;
  if (coverage.kind == Coverage::Kind::never) {
    const auto& never = never_rule(coverage);
    return fmt::format("{}: never {} {}", profile, match_name(never.match), never.name.text());
  }
  const auto& target = rule(coverage);
  return fmt::format("{}: {} {} ({})", profile, match_name(target.match), target.name.text(), tier_name(target.tier));
}

}  // namespace sinkfeed
