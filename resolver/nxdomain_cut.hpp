// A name that does not exist has nothing below it (RFC 8020): an NXDOMAIN from the cache answers for every type of its
// name and for every name below.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sinkfeed {

struct NxdomainAnswer {
  std::string message;  // prepared as the cache takes it
  std::vector<std::uint16_t> ttl_offsets;
};

// The NXDOMAIN for `name` (wire format, lower case) and `type`, with the SOA of `cached`, a prepared NXDOMAIN of a name
// at or above it. `age_s`: by how much the SOA's TTL has to be lowered.
NxdomainAnswer nxdomain_below(std::string_view cached, std::string_view name, std::uint16_t type, std::uint32_t age_s);

}  // namespace sinkfeed
