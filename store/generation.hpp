// One immutable, numbered edition of the published addresses of every profile.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "config/catalogue.hpp"
#include "config/clock.hpp"
#include "store/address_set.hpp"

namespace sinkfeed {

struct Generation {
  std::uint64_t number = 0;  // 1 and up; never reused, never goes back
  WallTime created;          // at least a second after the one before: HTTP asks by whole seconds
  // By which it was made; never null. Only names, titles and ports of the profiles are sure to be there: that is what
  // feeds show, and what is left of it after a restart.
  std::shared_ptr<const Catalogue> catalogue;
  std::map<std::string, AddressSet> profiles;  // what each profile publishes; every profile of the catalogue is there
  // What would be published if no other name needed it too. Every profile is there; no address is in both.
  std::map<std::string, AddressSet> shared;
};

// Told of each new generation after it is safely on disk, in order. Called on the ledger's writer thread (at first on
// the one that subscribes), perhaps with the ledger locked: return soon, and leave the ledger alone.
class GenerationObserver {
 public:
  virtual ~GenerationObserver() = default;
  virtual void published(std::shared_ptr<const Generation> generation) = 0;
};

}  // namespace sinkfeed
