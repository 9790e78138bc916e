// .f5: a feed list of F5 BIG-IP's IP Intelligence: address, mask length, "bl" for blacklist, and a category.
#include "feed/plain_list.hpp"

namespace sinkfeed {

namespace {

class F5Format final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "f5",
        .media_type = kPlainText,
        .products = "F5 BIG-IP AFM (IP Intelligence)",
        .subscribe =
            "make a blacklist category with the name of the feed and the match type Destination, then Security > "
            "Network Firewall > IP Intelligence > Feed Lists > Create with the URL; a policy that drops the category "
            "does so on all ports",
        .blocks_every_port = true,
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override {
    std::string body;
    const std::string rest = ",bl," + content.name + "\n";
    body.reserve(content.networks.size() * (rest.size() + 20));
    for (const Network& network : content.networks) {
      append_address(body, network.address());
      body += "," + std::to_string(network.prefix()) + rest;
    }
    return body;
  }
};

}  // namespace

const FeedFormat& f5_format() {
  static const F5Format format;
  return format;
}

}  // namespace sinkfeed
