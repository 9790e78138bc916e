// The rules of .iptables and .ip6tables: chains of the feed's own for `iptables-restore -n`, which flushes the chains
// that a file declares and leaves all others. No built-in chain is touched: a jump from there would be added again with
// each edition, so the administrator sets it once.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "feed/formats/netfilter_names.hpp"

namespace sinkfeed::iptables {

inline constexpr std::string_view kReject = " -j REJECT --reject-with tcp-reset\n";

// A rule for every 15 ports, which is as many as multiport takes.
inline void append_port_rules(std::string& body, const std::string& chain, std::span<const std::uint16_t> ports,
                              std::string_view rest) {
  while (!ports.empty()) {
    const auto some = ports.first(std::min<std::size_t>(ports.size(), 15));
    body += "-A " + chain + " -p tcp -m multiport --dports " + ports_text(some, ",");
    body += rest;
    ports = ports.subspan(some.size());
  }
}

inline std::string rules(const FeedContent& content, int family) {
  const std::string chain = "sf-" + netfilter_name(content), shared = "sfs-" + netfilter_name(content);
  const bool has_shared = !content.shared_ports.empty();
  std::string body =
      "# sinkfeed " + content.name + " edition " + content.edition + "\n*filter\n:" + chain + " - [0:0]\n";
  if (has_shared) body += ":" + shared + " - [0:0]\n";
  append_port_rules(body, chain, content.ports,
                    " -m set --match-set " + ipset_name(content, family) + " dst" + std::string(kReject));
  // These are in no set: .ipset says no ports, so it is without them.
  if (has_shared) append_port_rules(body, chain, content.shared_ports, " -j " + shared + "\n");
  for (const Network& network : content.shared.of_family(family)) {
    body += "-A " + shared + " -d ";
    append_network(body, network);
    body += " -p tcp";
    body += kReject;
  }
  return body + "COMMIT\n";
}

}  // namespace sinkfeed::iptables
