// Judges one address of the ledger: may it be published, and if not, why. Pure functions of what is known.
#pragma once

#include <string>

#include "config/catalogue.hpp"
#include "store/guards.hpp"
#include "store/ledger_entry.hpp"

namespace sinkfeed {

struct Judgement {
  State state = State::held;
  std::string reason;  // empty if published
  Cause cause = Cause::none;
};

// Evidence as it is judged: where an address of a profile came from.
struct EvidenceView {
  const DnsName& target;
  VantageKind vantage;
};

// The evidence is a reason to publish today: its profile is loaded and knows the address from the start, or covers the
// name that led to it by a rule whose tier is on, or a person or a client's connection vouches for it.
bool stands(const EvidenceView& evidence, const std::string& profile, const IpAddress& address,
            const Catalogue& catalogue);

// What an address is judged by beside the settings.
struct AddressFacts {
  const std::string& profile;
  const IpAddress& address;
  bool has_standing_evidence = false;
  bool is_over_limit = false;  // came with too many others
  bool is_expired = false;
  const Ruling* ruling = nullptr;  // null: none
  Needs::Sum needs;
};

// Whether so many need it that it is called shared.
bool is_shared(const Needs::Sum& needs, const Settings::Ledger& limits);

// In this order: guards, which nothing gets round; a person's word; what is known of the address.
Judgement judge_address(const AddressFacts& facts, const Catalogue& catalogue, const Guards& guards);

}  // namespace sinkfeed
