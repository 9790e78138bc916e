// Names of entries for formats in which each must have one.
#pragma once

#include <fmt/format.h>

#include <string>

#include "feed/feed_content.hpp"

namespace sinkfeed {

// "sf_c0000201", or "sf_c0000210_28" of a network: from nothing but the entry itself, so it is the same in every
// edition and no other entry's.
inline std::string entry_name(const Network& network) {
  std::string name = "sf_";
  for (const std::uint8_t byte : network.address().bytes()) name += fmt::format("{:02x}", byte);
  if (!is_host(network)) name += "_" + std::to_string(network.prefix());
  return name;
}

}  // namespace sinkfeed
