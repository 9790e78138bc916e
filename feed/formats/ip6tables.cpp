// .ip6tables: the rejecting rules for IPv6, for `ip6tables-restore -n`, over the sets that .ipset fills.
#include "feed/format.hpp"
#include "feed/formats/iptables_rules.hpp"

namespace sinkfeed {

namespace {

class Ip6tablesFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "ip6tables",
        .media_type = "text/plain; charset=us-ascii",
        .products = "Linux ip6tables (IPv6), with ipset",
        .subscribe =
            "load the feed's .ipset, then this with ip6tables-restore -n FILE; once, after the first load: "
            "ip6tables -I FORWARD -j sf-NAME, which is the chain that it declares, and -I OUTPUT for the machine "
            "itself",
        .family = 6,
        .says_ports = true,
        .empties_safely = true,
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override { return iptables::rules(content, 6); }
};

}  // namespace

const FeedFormat& ip6tables_format() {
  static const Ip6tablesFormat format;
  return format;
}

}  // namespace sinkfeed
