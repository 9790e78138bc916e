// The FlowSpec rules (RFC 8955 and 8956) of .exabgp and .gobgp: one of each destination, with the ports that it is
// blocked on.
#pragma once

#include <array>
#include <span>

#include "feed/feed_content.hpp"

namespace sinkfeed::flowspec {

// Routers are told nothing shorter than this, as it is with routes: it is in pieces then.
inline constexpr int kShortest = 24;

// Calls write(network, ports) for each.
template <typename Write>
void for_each_rule(const NetworkList& networks, std::span<const std::uint16_t> ports, const Write& write) {
  for (const Network& network : networks) {
    if (network.address().is_v6() || network.prefix() >= kShortest) {
      write(network, ports);
      continue;
    }
    const auto bytes = network.address().bytes();
    const unsigned first = unsigned{bytes[0]} << 16 | unsigned{bytes[1]} << 8 | bytes[2];
    for (unsigned i = first; i < first + (1U << (kShortest - network.prefix())); i++) {
      const std::array<std::uint8_t, 4> piece{static_cast<std::uint8_t>(i >> 16), static_cast<std::uint8_t>(i >> 8),
                                              static_cast<std::uint8_t>(i), 0};
      write(Network(IpAddress::v4(piece), kShortest), ports);
    }
  }
}

template <typename Write>
void for_each_rule(const FeedContent& content, const Write& write) {
  for_each_rule(content.networks, content.ports, write);
  for_each_rule(content.shared, content.shared_ports, write);
}

}  // namespace sinkfeed::flowspec
