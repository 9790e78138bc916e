// The answers that we make ourselves: sinkhole addresses, NODATA, NXDOMAIN, and the HINFO for ANY.
#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"
#include "resolver/cache.hpp"
#include "resolver/policy.hpp"

namespace sinkfeed {

struct MadeAnswer {
  std::uint8_t rcode = 0;
  std::string message;  // prepared as the cache takes it; its TTLs do not count down
  bool has_ede = false;
  std::uint16_t ede = 0;  // RFC 8914: 15 Blocked
};

// The answer as the cache takes it. `made` and `rule` must outlive it.
PreparedAnswer prepared_from(const MadeAnswer& made, Verdict verdict, std::chrono::seconds lifetime,
                             std::string_view rule);

// For Action::block, no_data, and any. Negative answers carry an SOA (RFC 2308) so that clients keep them for
// `block.ttl`.
MadeAnswer make_answer(const Settings::Block& block, Decision::Action action, std::string_view name,
                       std::uint16_t type);

}  // namespace sinkfeed
