// .nft: an nftables ruleset that `nft -f` loads as it is, as one transaction, over whatever edition is loaded already.
//
// Sets and chains of the feed are flushed and filled again within the transaction, so there is never a moment without
// them, and other things that an administrator keeps in the table stay. Numbers and fixed words only.
#include <algorithm>

#include "feed/format.hpp"
#include "store/large_pages.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kElementsPerLine = 8;

// Begins with what it is, for a feed may be named "log" or "2talk", which nft would not take for a name.
std::string identifier(const std::string& what, const FeedContent& content) {
  std::string name = what + "_" + content.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

class NftFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "nft",
        .media_type = "text/plain; charset=us-ascii",
        .products = "nftables",
        .subscribe = "fetch it from a timer and load it with nft -f: sets, ports and the rejecting rules, at once",
        .says_ports = true,
        .empties_safely = true,
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override {
    std::string body = "# sinkfeed " + content.name + " edition " + content.edition + "\nadd table inet sinkfeed\n";
    reserve_large(body, content.networks.size() * 20 + 4096);
    append_ports(body, identifier("ports", content), content.ports);
    if (!content.shared_ports.empty()) append_ports(body, identifier("sharedports", content), content.shared_ports);
    for (const int family : {4, 6}) {
      if (content.family && *content.family != family) continue;
      const std::string version = family == 4 ? "v4" : "v6";
      append_set(body, identifier(version, content), content.networks, family);
      if (!content.shared_ports.empty())
        append_set(body, identifier("shared" + version, content), content.shared, family);
      // Base chains of its own for each feed and family: a rule in a shared one would be added again with each edition,
      // or flushed with another's.
      for (const std::string hook : {"forward", "output"}) {
        const std::string chain = identifier(hook + "_" + version, content);
        body +=
            "add chain inet sinkfeed " + chain + " { type filter hook " + hook + " priority filter; policy accept; }\n";
        body += "flush chain inet sinkfeed " + chain + "\n";
        append_rule(body, chain, family, identifier(version, content), identifier("ports", content));
        if (!content.shared_ports.empty())
          append_rule(body, chain, family, identifier("shared" + version, content), identifier("sharedports", content));
      }
    }
    return body;
  }

 private:
  static void append_ports(std::string& body, const std::string& set, const std::vector<std::uint16_t>& ports) {
    body += "add set inet sinkfeed " + set + " { type inet_service; }\nflush set inet sinkfeed " + set + "\n";
    body += "add element inet sinkfeed " + set + " { " + ports_text(ports, ", ") + " }\n";
  }

  // No element list for an empty set: one with nothing in it is a syntax error.
  static void append_set(std::string& body, const std::string& set, const std::vector<Network>& networks, int family) {
    body += "add set inet sinkfeed " + set + " { type " + (family == 4 ? "ipv4_addr" : "ipv6_addr") +
            "; flags interval; auto-merge; }\nflush set inet sinkfeed " + set + "\n";
    const auto elements = of_family(networks, family);
    if (elements.empty()) return;
    body += "add element inet sinkfeed " + set + " {\n  ";
    for (std::size_t i = 0; i < elements.size(); i++) {
      if (i) body += i % kElementsPerLine ? ", " : ",\n  ";
      append_network(body, elements[i]);
    }
    body += " }\n";
  }

  static void append_rule(std::string& body, const std::string& chain, int family, const std::string& set,
                          const std::string& ports) {
    body += "add rule inet sinkfeed " + chain + (family == 4 ? " ip" : " ip6") + " daddr @" + set + " tcp dport @" +
            ports + " counter reject with tcp reset\n";
  }
};

}  // namespace

const FeedFormat& nft_format() {
  static const NftFormat format;
  return format;
}

}  // namespace sinkfeed
