// The EDNS client subnet option (RFC 7871 6): written into questions of the sweep, read from the answers to them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "config/address.hpp"

namespace sinkfeed {

// Code, length, family, two prefix lengths, and as much of an IPv6 address as there can be.
inline constexpr std::size_t kMaxClientSubnetOption = 4 + 4 + 16;

// Writes the option, code and length included, with scope 0 as questions have it. Its size.
std::size_t write_client_subnet(const Network& subnet, std::span<std::uint8_t, kMaxClientSubnetOption> to);

struct ClientSubnet {
  Network source;  // the network that was asked for
  int scope = 0;   // how long a prefix the answer holds for; may be longer than the source's
};

// What an answer says of the client subnet that it was asked with.
struct ClientSubnetAnswer {
  enum class Kind : std::uint8_t {
    none,       // nothing: the server does not go by it, or has no EDNS
    malformed,  // an option that breaks RFC 7871 6, or a message that cannot be read
    present
  };
  Kind kind = Kind::none;
  std::optional<ClientSubnet> subnet;  // if present
};

// `options`: the RDATA of an OPT record. The first such option counts.
ClientSubnetAnswer read_client_subnet(std::string_view options);
// Of a whole message.
ClientSubnetAnswer client_subnet_of(std::span<const std::uint8_t> message);

}  // namespace sinkfeed
