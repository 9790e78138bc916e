// Look-up of a name among the rules of all profiles: one hash look-up a label.
#include "config/catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sinkfeed {

Catalogue::Catalogue(std::vector<Profile> profiles, std::span<const Tier> tiers, std::span<const DnsName> protect)
    : profiles_(std::move(profiles)), tiers_(tiers.begin(), tiers.end()) {
  // The first rule of a name wins, so that the order of profiles in the settings decides between equals.
  const auto add = [](Rules& rules, Match match, Coverage coverage) {
    Coverage& place = match == Match::suffix ? rules.suffix : rules.exact;
    if (place.kind == Coverage::Kind::none) place = coverage;
  };
  for (const DnsName& name : protect) protect_.push_back({name, Match::suffix, "feed.protect"});
  for (std::size_t p = 0; p < profiles_.size(); ++p) {
    const auto profile = static_cast<std::uint16_t>(p);
    for (std::size_t r = 0; r < profiles_[p].never.size(); ++r) {
      const auto& rule = profiles_[p].never[r];
      add(rules_[rule.name.wire()].never, rule.match, {Coverage::Kind::never, profile, static_cast<std::uint16_t>(r)});
    }
    for (std::size_t r = 0; r < profiles_[p].names.size(); ++r) {
      const auto& rule = profiles_[p].names[r];
      if (!is_on(rule.tier)) continue;
      add(rules_[rule.name.wire()].target, rule.match,
          {Coverage::Kind::target, profile, static_cast<std::uint16_t>(r)});
    }
  }
  for (std::size_t r = 0; r < protect_.size(); ++r)
    add(rules_[protect_[r].name.wire()].never, Match::suffix,
        {Coverage::Kind::never, Coverage::kOfNoProfile, static_cast<std::uint16_t>(r)});
}

const Profile* Catalogue::find_profile(std::string_view name) const {
  const auto found = std::find_if(profiles_.begin(), profiles_.end(), [&](const Profile& p) { return p.name == name; });
  return found == profiles_.end() ? nullptr : &*found;
}

bool Catalogue::is_on(Tier tier) const { return std::find(tiers_.begin(), tiers_.end(), tier) != tiers_.end(); }

Coverage Catalogue::find(std::string_view name) const {
  // From the name itself up to the root: the longest rule is met first, and exact rules hold at the name itself only.
  Coverage target;
  for (std::string_view rest = name; !rest.empty();) {
    if (const auto found = rules_.find(rest); found != rules_.end()) {
      const auto holds = [&](const Rules& rules) {
        return rest.size() == name.size() && rules.exact.kind != Coverage::Kind::none ? rules.exact : rules.suffix;
      };
      if (const Coverage never = holds(found->second.never); never.kind == Coverage::Kind::never) return never;
      if (target.kind == Coverage::Kind::none) target = holds(found->second.target);
    }
    rest.remove_prefix(std::min(rest.size(), std::size_t{1} + static_cast<unsigned char>(rest.front())));
  }
  return target;
}

const NameRule& Catalogue::rule(const Coverage& coverage) const {
  return profiles_[coverage.profile].names[coverage.rule];
}

const NeverRule& Catalogue::never_rule(const Coverage& coverage) const {
  return coverage.profile == Coverage::kOfNoProfile ? protect_[coverage.rule]
                                                    : profiles_[coverage.profile].never[coverage.rule];
}

std::vector<const NeverRule*> Catalogue::never_rules() const {
  std::vector<const NeverRule*> rules;
  for (const Profile& profile : profiles_) {
    for (const NeverRule& rule : profile.never) rules.push_back(&rule);
  }
  for (const NeverRule& rule : protect_) rules.push_back(&rule);
  return rules;
}

std::string Catalogue::describe(const Coverage& coverage) const {
  if (coverage.kind == Coverage::Kind::none) return {};
  if (coverage.profile == Coverage::kOfNoProfile) return "feed.protect: " + never_rule(coverage).name.text();
  const auto& profile = profiles_[coverage.profile].name;
  if (coverage.kind == Coverage::Kind::never) {
    const auto& never = never_rule(coverage);
    return fmt::format("{}: never {} {}", profile, match_name(never.match), never.name.text());
  }
  const auto& target = rule(coverage);
  return fmt::format("{}: {} {} ({})", profile, match_name(target.match), target.name.text(), tier_name(target.tier));
}

}  // namespace sinkfeed
