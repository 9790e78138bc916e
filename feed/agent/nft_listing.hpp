// What `nft -j list table` says (libnftables-json(5)), as far as the agent has to know it.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "config/result.hpp"
#include "feed/agent/address_ranges.hpp"

namespace sinkfeed {

struct NftTable {
  std::map<std::string, std::vector<AddressRange>> addresses;  // of sets, joined
  std::map<std::string, std::set<std::uint16_t>> ports;        // of sets
  std::map<std::string, std::string> hooks;                    // of chains; empty if a chain has none
  std::map<std::string, std::vector<std::string>> rules;       // of chains, as JSON
};

// Of sets, only those of these names are read: what an administrator keeps beside them may be of any kind.
Result<NftTable> read_nft_table(const std::string& text, const std::set<std::string>& names);

}  // namespace sinkfeed
