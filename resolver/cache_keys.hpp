// What questions and answers are kept under.
#pragma once

#include <string_view>

#include "config/dns_name.hpp"
#include "resolver/cache.hpp"
#include "resolver/question.hpp"

namespace sinkfeed {

// The views point into `query`.
inline CacheKey cache_key_of(const Query& query) {
  return {query.name(), query.type, query.klass, query.dnssec_ok, query.checking_disabled()};
}

// What an NXDOMAIN is kept under, for all types. No client can ask for this key: type 0 has one of its own.
inline CacheKey nxdomain_key(const CacheKey& key) {
  return {key.name, 0, key.klass, false, key.checking_disabled, true};
}

inline DnsName name_from(std::string_view wire) {
  return DnsName::from_wire({reinterpret_cast<const std::uint8_t*>(wire.data()), wire.size()});
}

}  // namespace sinkfeed
