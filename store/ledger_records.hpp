// The ledger's types to and from Protocol Buffers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/ledger.hpp"

namespace sinkfeed {

std::string encode_entry(const LedgerEntry& entry);
// Nothing if the bytes are damaged. Profile and address come from the key.
std::optional<LedgerEntry> decode_entry(std::string_view bytes);

std::string encode_sighting(const NameSighting& sighting);
std::optional<NameSighting> decode_sighting(std::string_view bytes);  // the name comes from the key

std::string encode_generation_header(WallTime created, std::uint64_t published);
std::string encode_generation_change(const GenerationChange& change);
// Adds what one change record says to `summary`. False: damaged.
bool decode_change_record(std::string_view bytes, GenerationSummary& summary);

// What feeds show of the profiles beside their addresses: name, title, ports.
std::string encode_profiles(const std::vector<Profile>& profiles);
std::optional<std::vector<Profile>> decode_profiles(std::string_view bytes);

}  // namespace sinkfeed
