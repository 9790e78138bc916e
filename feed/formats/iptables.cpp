// .iptables: the rejecting rules for IPv4, for `iptables-restore -n`, over the sets that .ipset fills.
#include "feed/format.hpp"
#include "feed/formats/iptables_rules.hpp"

namespace sinkfeed {

namespace {

class IptablesFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "iptables",
        .media_type = "text/plain; charset=us-ascii",
        .products = "Linux iptables (IPv4), with ipset",
        .subscribe =
            "load the feed's .ipset, then this with iptables-restore -n FILE; once, after the first load: "
            "iptables -I FORWARD -j sf-NAME, which is the chain that it declares, and -I OUTPUT for the machine itself",
        .family = 4,
        .says_ports = true,
        .empties_safely = true,
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override { return iptables::rules(content, 4); }
};

}  // namespace

const FeedFormat& iptables_format() {
  static const IptablesFormat format;
  return format;
}

}  // namespace sinkfeed
