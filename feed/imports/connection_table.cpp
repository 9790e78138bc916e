#include "feed/imports/connection_table.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "config/machine_addresses.hpp"
#include "feed/imports/connection_formats.hpp"

namespace sinkfeed {

namespace {

constexpr std::array kFormats{&kConntrack, &kPowerShellCsv, &kLinuxNetstat, &kSocketStatistics, &kWindowsNetstat};

IpAddress unmapped(const IpAddress& address) {
  if (address.is_v4()) return address;
  sockaddr_in6 socket{};
  socket.sin6_family = AF_INET6;
  std::copy(address.bytes().begin(), address.bytes().end(), socket.sin6_addr.s6_addr);
  return IpAddress::from(reinterpret_cast<const sockaddr&>(socket));
}

}  // namespace

std::optional<IpAddress> read_listed_address(std::string_view text) {
  text = text.substr(0, text.find('%'));
  if (text.starts_with('[')) text.remove_prefix(1);
  if (text.ends_with(']')) text.remove_suffix(1);
  const auto address = IpAddress::parse(text);
  if (!address) return std::nullopt;
  return unmapped(*address);
}

std::optional<Endpoint> read_end(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view host = text.substr(0, colon), port_text = text.substr(colon + 1);
  const auto address = host == "*" ? IpAddress() : read_listed_address(host);
  const auto port = port_text == "*" ? 0 : number_of(port_text);
  if (!address || !port || *port > 65535) return std::nullopt;
  return Endpoint{*address, static_cast<std::uint16_t>(*port)};
}

bool add_connection(ConnectionTable& table, const Line& line, std::string_view local, std::string_view remote,
                    Connection connection) {
  const auto here = read_end(local), there = read_end(remote);
  if (!here || !there) {
    table.complaints.add(line, "has an end that is no address with a port number; -n lists them as numbers");
    return false;
  }
  if (there->port == 0 || is_unspecified(there->address)) return false;
  connection.line = line.number;
  connection.local = *here;
  connection.remote = *there;
  connection.is_incoming = is_incoming_state(connection.state);
  table.connections.push_back(std::move(connection));
  return true;
}

bool is_incoming_state(std::string_view state) {
  std::string letters;
  for (const char c : state) {
    if (c != '_' && c != '-') letters += c;
  }
  constexpr std::array<std::string_view, 4> kWords{"SYNRECEIVED", "SYNRECV", "SYNRCVD", "SYNEMPFANGEN"};
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) { return is_same_word(letters, word); });
}

Result<ConnectionTable> read_connections(std::string_view text) {
  const std::vector<Line> lines = lines_of(text);
  for (const Line& line : lines) {
    for (const ConnectionFormat* format : kFormats) {
      if (!format->is_row(line.text)) continue;
      ConnectionTable table;
      table.format = format->name;
      format->read(lines, table);
      return table;
    }
  }
  return Problem{
      "no connection in it that can be understood: it takes what netstat -ano, netstat -anob or Get-NetTCPConnection | "
      "Export-Csv write on Windows, ss -tnp or netstat -tnp on Linux, conntrack -L on a router"};
}

}  // namespace sinkfeed
