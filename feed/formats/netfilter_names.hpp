// Names of a feed's ipsets and iptables chains: the kernel takes 31 and 28 characters, and a feed's name may have 40.
#pragma once

#include <fmt/format.h>
#include <xxhash.h>

#include <string>

#include "feed/feed_content.hpp"

namespace sinkfeed {

// At most 24 characters, which leaves room for what is put before and after. Made from the name alone, so rules find
// the sets of every edition; "_" is in no feed's name, so no other feed has it.
inline std::string netfilter_name(const FeedContent& content) {
  constexpr std::size_t kMost = 24, kKept = 15;
  if (content.name.size() <= kMost) return content.name;
  const auto hash = static_cast<std::uint32_t>(XXH64(content.name.data(), content.name.size(), 0));
  return content.name.substr(0, kKept) + fmt::format("_{:08x}", hash);
}

inline std::string ipset_name(const FeedContent& content, int family) {
  return "sf" + std::to_string(family) + "-" + netfilter_name(content);
}

}  // namespace sinkfeed
