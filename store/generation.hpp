// One immutable, numbered edition of the published addresses of every profile.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/catalogue.hpp"
#include "store/observation.hpp"

namespace sinkfeed {

struct Evidence {
  DnsName name;
  DnsName target;
  Vantage vantage;
  WallTime first_seen, last_seen;
  std::uint64_t count = 0;
};

struct PublishedAddress {
  IpAddress address;
  WallTime first_seen, last_seen;  // as of this generation
  std::uint64_t count = 0;
  std::vector<Evidence> evidence;
};

struct Generation {
  std::uint64_t number = 0;  // 1 and up; never reused, never goes back
  WallTime created;          // at least a second after the one before: HTTP asks by whole seconds
  // By which it was made; never null. Only names, titles and ports of the profiles are sure to be there: that is what
  // feeds show, and what is left of it after a restart.
  std::shared_ptr<const Catalogue> catalogue;
  std::map<std::string, std::vector<PublishedAddress>> profiles;  // every profile of it; addresses ascending
};

// Told of each new generation after it is safely on disk, in order. Called on the ledger's writer thread (at first on
// the one that subscribes), perhaps with the ledger locked: return soon, and leave the ledger alone.
class GenerationObserver {
 public:
  virtual ~GenerationObserver() = default;
  virtual void published(std::shared_ptr<const Generation> generation) = 0;
};

}  // namespace sinkfeed
