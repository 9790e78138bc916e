// .checkpoint.csv: indicators (IoC) for Check Point's Custom Intelligence Feeds, which Anti-Bot cuts off whole. Its
// type IP is one IPv4 address.
#include "feed/entry_name.hpp"
#include "feed/format.hpp"

namespace sinkfeed {

namespace {

class CheckPointCsvFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "checkpoint.csv",
        .media_type = "text/csv; charset=us-ascii",
        .products = "Check Point (Custom Intelligence Feeds)",
        .subscribe =
            "Security Policies > Threat Prevention > Custom Policy Tools > Indicators > New IoC Feed, in the Check "
            "Point format, with the action Prevent; it blocks on all ports and takes the Anti-Bot blade",
        .family = 4,
        .reads_prefixes = false,
        .blocks_every_port = true,
        .most = 2'000'000,
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override {
    std::string body = "#! DESCRIPTION = sinkfeed " + content.name + "\n";
    body += "# UNIQ-NAME,VALUE,TYPE,CONFIDENCE,SEVERITY,PRODUCT,COMMENT\n";
    const std::string rest = ",IP,high,high,AB,sinkfeed " + content.name + "\n";
    body.reserve(content.networks.size() * (rest.size() + 28) + 256);
    for (const Network& network : content.networks) {
      body += entry_name(network) + ",";
      append_address(body, network.address());
      body += rest;
    }
    return body;
  }
};

}  // namespace

const FeedFormat& checkpoint_csv_format() {
  static const CheckPointCsvFormat format;
  return format;
}

}  // namespace sinkfeed
