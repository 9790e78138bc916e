// .gobgp: FlowSpec rules as commands of GoBGP's command line, one a line, for a shell.
#include "feed/format.hpp"
#include "feed/formats/flowspec.hpp"

namespace sinkfeed {

namespace {

class GobgpFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "gobgp",
        .media_type = "text/plain; charset=us-ascii",
        .products = "GoBGP (FlowSpec)",
        .subscribe =
            "keep the last edition; run the lines that are new with sh, and those that are gone with del for "
            "add; routers take a few thousand, so set max_entries",
        .says_ports = true,
    };
    return facts;
  }

  // Nothing but the commands, so two editions can be compared line by line.
  std::string render(const FeedContent& content) const override {
    std::string body;
    body.reserve((content.networks.size() + content.shared.size()) * 160);
    flowspec::for_each_rule(content, [&body](const Network& network, std::span<const std::uint16_t> ports) {
      body += network.address().is_v4() ? "gobgp global rib -a ipv4-flowspec add match destination "
                                        : "gobgp global rib -a ipv6-flowspec add match destination ";
      append_network(body, network, HostPrefix::written);
      body += " protocol tcp destination-port '==" + ports_text(ports, " ==") + "' then discard\n";
    });
    return body;
  }
};

}  // namespace

const FeedFormat& gobgp_format() {
  static const GobgpFormat format;
  return format;
}

}  // namespace sinkfeed
