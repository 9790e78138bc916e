// .nft: an nftables ruleset that `nft -f` loads as it is, as one transaction, over whatever edition is loaded already.
//
// Sets and chains of the profile are flushed and filled again within the transaction, so there is never a moment
// without them, and other things that an administrator keeps in the table stay. Numbers and fixed words only.
#include <algorithm>

#include "feed/format.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kElementsPerLine = 8;

std::string set_name(const std::string& profile) {
  std::string name = profile;
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
    const std::string name = set_name(content.profile.name);
    std::string body =
        "# sinkfeed " + content.profile.name + " generation " + std::to_string(content.generation.number) + "\n";
    body += "add table inet sinkfeed\n";
    for (const int family : {4, 6}) {
      if (content.family && *content.family != family) continue;
      const std::string set = name + (family == 4 ? "_v4" : "_v6");
      body += "add set inet sinkfeed " + set + " { type " + (family == 4 ? "ipv4_addr" : "ipv6_addr") +
              "; flags interval; auto-merge; }\n";
      body += "flush set inet sinkfeed " + set + "\n";
      body += elements(set, content.addresses(), family);
    }
    body += "add set inet sinkfeed " + name + "_ports { type inet_service; }\n";
    body += "flush set inet sinkfeed " + name + "_ports\n";
    body += "add element inet sinkfeed " + name + "_ports { ";
    for (std::size_t i = 0; i < content.profile.ports.size(); i++)
      body += (i ? ", " : "") + std::to_string(content.profile.ports[i]);
    body += " }\n";
    body += "add chain inet sinkfeed " + name + "\n";
    body += "flush chain inet sinkfeed " + name + "\n";
    for (const int family : {4, 6}) {
      if (content.family && *content.family != family) continue;
      body += "add rule inet sinkfeed " + name +
              (family == 4 ? " ip daddr @" + name + "_v4" : " ip6 daddr @" + name + "_v6") + " tcp dport @" + name +
              "_ports counter reject with tcp reset\n";
    }
    // A base chain a profile: a jump from a shared one would be added again with each edition.
    for (const char* hook : {"forward", "output"}) {
      const std::string chain = name + "_" + hook;
      body +=
          "add chain inet sinkfeed " + chain + " { type filter hook " + hook + " priority filter; policy accept; }\n";
      body += "flush chain inet sinkfeed " + chain + "\n";
      body += "add rule inet sinkfeed " + chain + " jump " + name + "\n";
    }
    return body;
  }

 private:
  // Nothing for an empty set: an element list with nothing in it is a syntax error.
  static std::string elements(const std::string& set, const std::vector<const PublishedAddress*>& addresses,
                              int family) {
    std::string list;
    std::size_t count = 0;
    for (const PublishedAddress* address : addresses) {
      if (address->address.family() != family) continue;
      if (count) list += count % kElementsPerLine ? ", " : ",\n  ";
      list += address->address.text();
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
