// Which of a list's connections say where a messenger's servers are.
//
// A connection counts if it is TCP, to one of the wanted ports, of the wanted process and not being opened by the other
// side. It need not be open: one that is closing was open, and one that is still being opened (SYN_SENT) says where the
// client wants to go, which is all that is left to see where a firewall blocks already. Special-purpose addresses
// (loopback, private-use ...) never count.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/address.hpp"
#include "feed/imports/connection_table.hpp"

namespace sinkfeed {

struct Wanted {
  std::vector<std::uint32_t> pids;  // connections of these processes,
  std::string program;              // or of those of this name; with neither, of all
  std::vector<std::uint16_t> ports;
  std::optional<IpAddress> client;  // of a router's list: only this client's

  bool is_any_process() const { return pids.empty() && program.empty(); }
};

struct Selection {
  struct LeftOut {
    std::string what, why;  // "10.0.0.5", "is private-use"
  };
  std::size_t considered = 0;       // connections of the wanted process and client
  std::vector<Endpoint> addresses;  // each address once, with the port of its first connection
  std::vector<LeftOut> left_out;    // each once
};

Selection select_connections(const std::vector<Connection>& connections, const Wanted& wanted);

// Why feeds would not hold the address, whoever vouches for it: "is private-use". Nothing if they may.
std::optional<std::string> why_never(const IpAddress& address);

}  // namespace sinkfeed
