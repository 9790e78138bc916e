// POST /api/v1/ips/observed: addresses that a person or a client's connections vouch for.
//
//   {"profile": "google-talk", "vantage": "import" | "hand", "detail": "client 10.0.0.7 googletalk.exe (netstat)",
//    "reason": "...", "addresses": [{"address": "74.125.140.125", "port": 5222}]}
//
// detail and reason may be missing, but not both; port may be missing. Answers with each address: was it known, is it
// published now, and why not.
#pragma once

#include "feed/actions.hpp"

namespace sinkfeed {

inline constexpr std::size_t kMostObserved = 4096;  // addresses in one call
inline constexpr std::size_t kLongestRemark = 200;  // bytes of detail and of reason

ApiAnswer observe(const ActionCall& call);

}  // namespace sinkfeed
