// "This address was the answer to this target, seen by this vantage at this time": how the resolver tells the ledger.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/address.hpp"
#include "config/clock.hpp"
#include "config/dns_name.hpp"

namespace sinkfeed {

enum class VantageKind : std::uint8_t { known = 1, upstream = 2, hand = 3, import = 4 };  // as in records.proto
std::string_view vantage_kind_name(VantageKind kind);

struct Vantage {
  VantageKind kind = VantageKind::upstream;
  std::string detail;  // the upstream server's address; the source of a known address
  friend auto operator<=>(const Vantage&, const Vantage&) = default;
};

struct Observation {
  std::string profile;
  DnsName name;    // the name that was asked for
  DnsName target;  // the covered name it is or led to
  IpAddress address;
  Vantage vantage;
  WallTime seen;
  std::uint32_t ttl_s = 0;  // of the answer, if it was one
};

// A name on a never list resolves to this address: the address must not be published, whatever else is seen.
struct NeverObservation {
  DnsName name;
  IpAddress address;
  WallTime seen;
};

// A name that is no target resolves to this address.
struct NameObservation {
  DnsName name;
  IpAddress address;
  WallTime seen;
  std::uint64_t queries = 1;  // of clients that were told so; 0: the sweep has looked
  std::optional<IpAddress> client = std::nullopt;
};

// Where the resolver sends what it saw. Implemented by the ledger.
class ObservationSink {
 public:
  virtual ~ObservationSink() = default;
  // Any thread. Takes a short lock to queue, never waits for the disk. When the queue is full the observations are
  // dropped and counted: each will be made again when its TTL runs out.
  virtual void observe(std::vector<Observation> observations, std::vector<NeverObservation> never) = 0;
};

}  // namespace sinkfeed
