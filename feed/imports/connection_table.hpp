// Reads the lists of connections that a client's or a router's administrator can make. The format is recognized by
// itself:
//
//   netstat -ano, netstat -anob    Windows, in any language; -b names the processes
//   Get-NetTCPConnection           PowerShell, piped to Export-Csv or ConvertTo-Csv
//   ss -tnp, netstat -tnp          Linux
//   conntrack -L                   a Linux router: the original direction's source and destination
//
// Rows without a remote end (listening sockets, most UDP ones) are no connections and are passed over, as headings are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/address.hpp"
#include "feed/imports/text_file.hpp"

namespace sinkfeed {

struct Owner {
  std::optional<std::uint32_t> pid;
  std::string name;  // empty if the list has none
};

struct Connection {
  std::size_t line = 0;
  bool is_tcp = true;
  Endpoint local, remote;     // zone ids are left out, IPv4-mapped addresses are IPv4
  std::vector<Owner> owners;  // the processes that have it open; empty if the list has none
  std::string state;          // as the list has it
  bool is_incoming = false;   // the other side is just opening it (SYN_RECEIVED)
};

struct ConnectionTable {
  std::string_view format;  // "netstat", "ss", ...
  std::vector<Connection> connections;
  Complaints complaints;
};

// `text` is UTF-8. A Problem: it is none of these lists.
Result<ConnectionTable> read_connections(std::string_view text);

}  // namespace sinkfeed
