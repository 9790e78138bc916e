// .nft: an nftables ruleset that `nft -f` loads as it is, as one transaction, over whatever edition is loaded already.
//
// Sets and chains of the profile are flushed and filled again within the transaction, so there is never a moment
// without them, and other things that an administrator keeps in the table stay. Numbers and fixed words only.
#include <algorithm>

#include "feed/format.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kElementsPerLine = 8;

// Begins with what it is, for a profile may be named "log" or "2talk", which nft would not take for a name.
std::string identifier(const std::string& what, const Profile& profile) {
  std::string name = what + "_" + profile.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

class NftFormat final : public FeedFormat {
 public:
  std::string_view extension() const override { return "nft"; }
  std::string_view media_type() const override { return "text/plain; charset=us-ascii"; }
  std::string_view read_by() const override {
    return "nftables: nft -f loads sets, ports and the rejecting rules at once";
  }

  std::string render(const FeedContent& content) const override {
    const std::string ports = identifier("ports", content.profile);
    std::string body =
        "# sinkfeed " + content.profile.name + " generation " + std::to_string(content.generation.number) + "\n";
    body += "add table inet sinkfeed\n";
    body += "add set inet sinkfeed " + ports + " { type inet_service; }\n";
    body += "flush set inet sinkfeed " + ports + "\n";
    body += "add element inet sinkfeed " + ports + " { ";
    for (std::size_t i = 0; i < content.profile.ports.size(); i++)
      body += (i ? ", " : "") + std::to_string(content.profile.ports[i]);
    body += " }\n";
    for (const int family : {4, 6}) {
      if (content.family && *content.family != family) continue;
      const std::string version = family == 4 ? "v4" : "v6";
      const std::string set = identifier(version, content.profile);
      body += "add set inet sinkfeed " + set + " { type " + (family == 4 ? "ipv4_addr" : "ipv6_addr") +
              "; flags interval; auto-merge; }\n";
      body += "flush set inet sinkfeed " + set + "\n";
      body += elements(set, content.addresses(), family);
      // Base chains of its own for each profile and family: a rule in a shared one would be added again with each
      // edition, or flushed with another's.
      for (const std::string hook : {"forward", "output"}) {
        const std::string chain = identifier(hook + "_" + version, content.profile);
        body +=
            "add chain inet sinkfeed " + chain + " { type filter hook " + hook + " priority filter; policy accept; }\n";
        body += "flush chain inet sinkfeed " + chain + "\n";
        body += "add rule inet sinkfeed " + chain + (family == 4 ? " ip" : " ip6") + " daddr @" + set + " tcp dport @" +
                ports + " counter reject with tcp reset\n";
      }
    }
    return body;
  }

 private:
  // Nothing for an empty set: an element list with nothing in it is a syntax error.
  static std::string elements(const std::string& set, const std::vector<IpAddress>& addresses, int family) {
    std::string list;
    std::size_t count = 0;
    for (const IpAddress& address : addresses) {
      if (address.family() != family) continue;
      if (count) list += count % kElementsPerLine ? ", " : ",\n  ";
      list += address.text();
      count++;
    }
    return count ? "add element inet sinkfeed " + set + " {\n  " + list + " }\n" : "";
  }
};

}  // namespace

const FeedFormat& nft_format() {
  static const NftFormat format;
  return format;
}

}  // namespace sinkfeed
