// The ledger's types to and from Protocol Buffers.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "store/evidence_sources.hpp"
#include "store/kept_entry.hpp"
#include "store/ledger.hpp"

namespace sinkfeed {

std::string encode_entry(const LedgerEntry& entry);

// Reads a whole ledger's entries one after the other.
class EntryReader {
 public:
  // Sources that it meets are taken from (and kept in) `sources`; evidence is in `pool`.
  EntryReader(EvidenceSources& sources, KeptEntry::Pool& pool);
  ~EntryReader();
  // False if the bytes are damaged. Profile and address come from the key. `reason`: why it is not published.
  bool read(std::string_view bytes, KeptEntry& entry, std::string& reason, std::optional<Ruling>& ruling);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string encode_action(const LedgerAction& action);
// Nothing if the bytes are damaged.
std::optional<LedgerAction> decode_action(std::string_view bytes);

std::string encode_forgotten(WallTime until);
std::optional<WallTime> decode_forgotten(std::string_view bytes);

// 4 or 16 bytes, and back.
std::string bytes_of(const IpAddress& address);
std::optional<IpAddress> address_of(const std::string& bytes);

std::string encode_generation_header(WallTime created, std::uint64_t published);
std::string encode_generation_change(const GenerationChange& change);
// Adds what one change record says to `summary`. False: damaged.
bool decode_change_record(std::string_view bytes, GenerationSummary& summary);

// What feeds show of the profiles beside their addresses: name, title, ports.
std::string encode_profiles(const std::vector<Profile>& profiles);
std::optional<std::vector<Profile>> decode_profiles(std::string_view bytes);

}  // namespace sinkfeed
