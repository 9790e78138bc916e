// The names that are answered here and never asked upstream: localhost, reverse zones of private networks, names that
// exist on the local link only, and those by which browsers ask whether they may go round this server.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sinkfeed {

struct LocalName {
  enum class Answer : std::uint8_t {
    loopback,       // A 127.0.0.1, AAAA ::1, NODATA for other types (RFC 6761 6.3)
    loopback_name,  // PTR localhost., NODATA for other types
    ipv4_only,      // A 192.0.0.170 and 192.0.0.171, NODATA for other types (RFC 8880 7.1)
    no_data,
    nxdomain,
  };
  Answer answer = Answer::nxdomain;
  std::string_view why;   // "RFC 6761: localhost"
  std::string_view zone;  // the apex, wire format: whose SOA a negative answer carries; lives for ever
};

// `name`: wire format, lower case. Nothing: it is asked upstream like any other. Any thread; no allocation.
std::optional<LocalName> local_name(std::string_view name, std::uint16_t type);

struct MadeAnswer;
// The answer as the cache takes it. Negative ones carry the zone's SOA (RFC 2308 3); TTLs do not count down.
MadeAnswer make_local_answer(const LocalName& local, std::string_view name, std::uint16_t type);

}  // namespace sinkfeed
