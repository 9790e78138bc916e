// All loaded profiles, compiled for look-up by name: what covers a name, and whether it must never be blocked.
// Immutable after construction; any thread may read it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/profile.hpp"

namespace sinkfeed {

// What a look-up found. Indices are into Catalogue::profiles() and that profile's names or never list; `never` of no
// profile (kOfNoProfile) is one of the names that settings protect.
struct Coverage {
  enum class Kind : std::uint8_t { none, target, never };
  static constexpr std::uint16_t kOfNoProfile = 0xffff;
  Kind kind = Kind::none;
  std::uint16_t profile = 0;
  std::uint16_t rule = 0;
};

class Catalogue {
 public:
  // Rules of tiers that are not in `tiers` are left out: such a name falls to the next rule that covers it.
  // `protect`: names that are never targets, with all below them, whatever a profile says (feed.protect).
  Catalogue(std::vector<Profile> profiles, std::span<const Tier> tiers, std::span<const DnsName> protect = {});
  // Not copied: the look-up tables point into the profiles.
  Catalogue(const Catalogue&) = delete;
  Catalogue& operator=(const Catalogue&) = delete;
  Catalogue(Catalogue&&) = default;
  Catalogue& operator=(Catalogue&&) = default;
  ~Catalogue() = default;

  const std::vector<Profile>& profiles() const { return profiles_; }
  const Profile* find_profile(std::string_view name) const;  // null if it is not loaded
  bool is_on(Tier tier) const;

  // `name`: wire format, lower case. A never rule of any profile wins over every target rule; among target rules the
  // longest name wins, exact before suffix. Allocates nothing.
  Coverage find(std::string_view name) const;
  Coverage find(const DnsName& name) const { return find(name.wire()); }

  const NameRule& rule(const Coverage& coverage) const;         // kind must be target
  const NeverRule& never_rule(const Coverage& coverage) const;  // kind must be never

  // Every never rule there is, of profiles and settings. They live as long as the catalogue.
  std::vector<const NeverRule*> never_rules() const;

  // The coverage for a person and for the history: "google-talk: suffix talk.google.com (core)" or
  // "google-talk: never exact mtalk.google.com", "feed.protect: mail.google.com"; empty for none.
  std::string describe(const Coverage& coverage) const;

 private:
  struct Rules {
    Coverage exact, suffix;
  };
  struct OfName {
    Rules never, target;
  };
  std::vector<Profile> profiles_;
  std::vector<Tier> tiers_;
  std::vector<NeverRule> protect_;
  std::unordered_map<std::string_view, OfName> rules_;  // keys live in profiles_' names
};

}  // namespace sinkfeed
