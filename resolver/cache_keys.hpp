// What questions and answers are kept under.
#pragma once

#include <string>
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

// The same as a string, for what waits.
inline std::string pending_key_of(const CacheKey& key) {
  std::string text{key.name};
  for (const unsigned value : {unsigned{key.type}, unsigned{key.klass}}) {
    text += static_cast<char>(value >> 8);
    text += static_cast<char>(value);
  }
  text += static_cast<char>((key.dnssec_ok ? 1 : 0) | (key.checking_disabled ? 2 : 0));
  return text;
}
// Back; the key's name points into `text`.
inline CacheKey cache_key_of(std::string_view text) {
  const std::string_view rest = text.substr(text.size() - 5);
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(rest[i]); };
  return {text.substr(0, text.size() - 5), static_cast<std::uint16_t>(byte(0) << 8 | byte(1)),
          static_cast<std::uint16_t>(byte(2) << 8 | byte(3)), (byte(4) & 1) != 0, (byte(4) & 2) != 0};
}

inline DnsName name_from(std::string_view wire) {
  return DnsName::from_wire({reinterpret_cast<const std::uint8_t*>(wire.data()), wire.size()});
}

}  // namespace sinkfeed
