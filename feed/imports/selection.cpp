#include "feed/imports/selection.hpp"

#include <algorithm>
#include <set>

#include "feed/imports/process_list.hpp"

namespace sinkfeed {

namespace {

bool is_wanted(const Connection& connection, const Wanted& wanted) {
  if (wanted.client && connection.local.address != *wanted.client) return false;
  if (wanted.is_any_process()) return true;
  return std::any_of(connection.owners.begin(), connection.owners.end(), [&](const Owner& owner) {
    const bool is_by_id =
        owner.pid && std::find(wanted.pids.begin(), wanted.pids.end(), *owner.pid) != wanted.pids.end();
    return is_by_id || (!wanted.program.empty() && is_of_program(owner.name, wanted.program));
  });
}

std::string ports_text(const std::vector<std::uint16_t>& ports) {
  std::string text = ports.size() == 1 ? "port " : "ports ";
  for (std::size_t i = 0; i < ports.size(); i++) text += (i ? ", " : "") + std::to_string(ports[i]);
  return text;
}

}  // namespace

std::optional<std::string> why_never(const IpAddress& address) {
  const auto special = special_purpose(address);
  if (!special) return std::nullopt;
  return "is " + std::string(*special);
}

Selection select_connections(const std::vector<Connection>& connections, const Wanted& wanted) {
  Selection selection;
  std::set<IpAddress> taken;
  std::set<std::string> said;
  const auto leave_out = [&](const std::string& what, const std::string& why) {
    if (said.insert(what).second) selection.left_out.push_back({what, why});
  };
  for (const Connection& connection : connections) {
    if (!is_wanted(connection, wanted)) continue;
    selection.considered++;
    const Endpoint& remote = connection.remote;
    if (const auto never = why_never(remote.address))
      leave_out(remote.address.text(), *never);
    else if (!connection.is_tcp)
      leave_out(remote.text() + " over UDP", "is not TCP, of which the feeds' ports are");
    else if (std::find(wanted.ports.begin(), wanted.ports.end(), remote.port) == wanted.ports.end())
      leave_out(remote.text(), "is not to " + ports_text(wanted.ports));
    else if (connection.is_incoming)
      leave_out(remote.text(), "is being opened by the other side (" + connection.state + ")");
    else if (taken.insert(remote.address).second)
      selection.addresses.push_back(remote);
  }
  return selection;
}

}  // namespace sinkfeed
