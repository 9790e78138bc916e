// .exabgp: FlowSpec rules as commands of ExaBGP's text API, one a line.
#include "feed/format.hpp"
#include "feed/formats/flowspec.hpp"

namespace sinkfeed {

namespace {

class ExabgpFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "exabgp",
        .media_type = "text/plain; charset=us-ascii",
        .products = "ExaBGP 4 (FlowSpec)",
        .subscribe =
            "let a process with encoder text keep the last edition and print the lines that are new, and those "
            "that are gone with withdraw for announce; routers take a few thousand, so set max_entries",
        .says_ports = true,
    };
    return facts;
  }

  // Nothing but the commands, so two editions can be compared line by line.
  std::string render(const FeedContent& content) const override {
    std::string body;
    body.reserve((content.networks.size() + content.shared.size()) * 160);
    flowspec::for_each_rule(content, [&body](const Network& network, std::span<const std::uint16_t> ports) {
      body += "announce flow route { match { destination ";
      append_network(body, network, HostPrefix::written);
      body += network.address().is_v4() ? "; protocol tcp" : "; next-header tcp";
      body += "; destination-port [ =" + ports_text(ports, " =") + " ]; } then { discard; } }\n";
    });
    return body;
  }
};

}  // namespace

const FeedFormat& exabgp_format() {
  static const ExabgpFormat format;
  return format;
}

}  // namespace sinkfeed
