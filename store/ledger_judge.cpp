#include "store/ledger_judge.hpp"

#include <algorithm>

namespace sinkfeed {

namespace {

// By the profile's own rules: that another profile covers the name too, perhaps with a longer rule, changes nothing.
bool covers(const Profile& profile, const DnsName& name, const Catalogue& catalogue) {
  if (catalogue.find(name).kind == Coverage::Kind::never) return false;
  return std::any_of(profile.names.begin(), profile.names.end(), [&](const NameRule& rule) {
    if (!catalogue.is_on(rule.tier)) return false;
    return rule.match == Match::suffix ? name.is_at_or_below(rule.name) : name == rule.name;
  });
}

}  // namespace

bool stands(const EvidenceView& evidence, const std::string& profile, const IpAddress& address,
            const Catalogue& catalogue) {
  const Profile* loaded = catalogue.find_profile(profile);
  if (!loaded) return false;
  switch (evidence.vantage) {
    case VantageKind::known:
      return std::any_of(loaded->known.begin(), loaded->known.end(),
                         [&](const KnownAddress& known) { return known.address == address; });
    case VantageKind::upstream:
      return covers(*loaded, evidence.target, catalogue);
    case VantageKind::hand:
    case VantageKind::import:
      return true;
  }
  return false;
}

bool is_shared(const Needs::Sum& needs, const Settings::Ledger& limits) {
  // Somebody asked, even where it is not known who.
  return needs.names >= static_cast<std::size_t>(limits.shared_names) &&
         std::max<std::size_t>(needs.clients, needs.names ? 1 : 0) >= static_cast<std::size_t>(limits.shared_clients) &&
         needs.queries >= static_cast<std::uint64_t>(limits.shared_queries);
}

Judgement judge_address(const AddressFacts& facts, const Catalogue& catalogue, const Guards& guards) {
  const IpAddress& address = facts.address;
  if (const std::string reason = guards.reason(address); !reason.empty()) return {State::held, reason, Cause::guard};
  if (const Need* never = facts.needs.never)
    return {State::held, never->name.text() + " (never: " + never->never_why + ") resolves to it too",
            Cause::never_name};
  const auto persons = [&](const char* what) {
    return std::string(what) + " by " + facts.ruling->by +
           (facts.ruling->until ? " until " + format_second(*facts.ruling->until) : "") +
           (facts.ruling->reason.empty() ? "" : ": " + facts.ruling->reason);
  };
  const auto decided = [&](Ruling::Kind kind) { return facts.ruling && facts.ruling->kind == kind; };
  if (decided(Ruling::Kind::allow)) return {State::allowed, persons("allowed"), Cause::person};
  if (decided(Ruling::Kind::hold)) return {State::held, persons("held"), Cause::person};
  if (!catalogue.find_profile(facts.profile))
    return {State::held, "its profile is not in block.profiles", Cause::profile};
  if (!facts.has_standing_evidence) return {State::held, "no covered name leads to it", Cause::evidence};
  if (decided(Ruling::Kind::release)) return {State::published, "", Cause::none};
  if (facts.is_over_limit)
    return {State::held,
            "its target had more new addresses within an hour than ledger.max_new_per_hour; release it if it is right",
            Cause::limit};
  if (facts.is_expired) return {State::expired, "not seen any more (ledger.aging)", Cause::age};
  if (is_shared(facts.needs, guards.limits))
    return {State::held, facts.needs.first->name.text() + " needs it too", Cause::sharing};
  return {State::published, "", Cause::none};
}

}  // namespace sinkfeed
