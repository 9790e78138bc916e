#include "feed/sighting.hpp"

#include <algorithm>

namespace sinkfeed {

namespace {

bool is_harmless(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

std::string harmless(const DnsName& name) {
  std::string text = name.text();
  std::replace_if(
      text.begin(), text.end(), [](char c) { return !is_harmless(c); }, '_');
  return text;
}

}  // namespace

std::optional<Sighting> find_sighting(EvidenceReader& reader, const IpAddress& address) {
  const auto known = reader.find(address);
  if (known.empty()) return std::nullopt;
  Sighting sighting{known.front()->first_seen, known.front()->last_seen, 0, {}};
  for (const LedgerEntry* entry : known) {
    sighting.first_seen = std::min(sighting.first_seen, entry->first_seen);
    sighting.last_seen = std::max(sighting.last_seen, entry->last_seen);
    sighting.count += entry->count;
    for (const Evidence& evidence : entry->evidence) {
      // The root stands for none: what a person or the catalogue vouches for has no name.
      if (!evidence.name.is_root()) sighting.names.push_back(harmless(evidence.name));
    }
  }
  std::sort(sighting.names.begin(), sighting.names.end());
  sighting.names.erase(std::unique(sighting.names.begin(), sighting.names.end()), sighting.names.end());
  return sighting;
}

}  // namespace sinkfeed
