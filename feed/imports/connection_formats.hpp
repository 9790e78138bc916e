// What the readers of the single formats of connection lists share.
#pragma once

#include "feed/imports/connection_table.hpp"

namespace sinkfeed {

struct ConnectionFormat {
  std::string_view name;
  // Whether a line is one of this format and of no other: the first that is decides what a file is.
  bool (*is_row)(std::string_view line);
  void (*read)(const std::vector<Line>& lines, ConnectionTable& table);
};

extern const ConnectionFormat kWindowsNetstat, kLinuxNetstat, kSocketStatistics, kConntrack, kPowerShellCsv;

// "10.0.0.7:5222", "[fe80::1%4]:5222", "[fe80::1]%eth0:5222", "::ffff:10.0.0.7:5222", "*:*", "[::]:*". An end without
// address or port is the unspecified one, or port 0.
std::optional<Endpoint> read_end(std::string_view text);
// With a zone id, or IPv4-mapped, as lists have them.
std::optional<IpAddress> read_listed_address(std::string_view text);

// Adds a row's connection and returns true; false if it has no remote end, or one that cannot be read, which is then
// complained of.
bool add_connection(ConnectionTable& table, const Line& line, std::string_view local, std::string_view remote,
                    Connection connection);

// "SYN_RECEIVED", "SYN-RECV", "SynReceived": of all states the one that says that a connection is not this side's.
// States are words of the system's language; one that is not known is as good as established.
bool is_incoming_state(std::string_view state);

}  // namespace sinkfeed
