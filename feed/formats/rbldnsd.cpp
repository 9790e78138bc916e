// .rbldnsd: a combined data set of rbldnsd: an ip4trie and an ip6trie, asked for under one zone.
#include "feed/format.hpp"

namespace sinkfeed {

namespace {

class RbldnsdFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "rbldnsd",
        .media_type = "text/plain; charset=us-ascii",
        .products = "rbldnsd, for mail servers and whatever else asks a DNSBL",
        .subscribe =
            "start it with ZONE:combined:NAME.rbldnsd and rename each fetched file over that one, which it "
            "looks at every minute; a listed address is answered with 127.0.0.2",
        // Who asks a DNSBL asks for the address, and acts on the whole of it.
        .blocks_every_port = true,
        .empties_safely = true,
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override {
    std::string body = "# sinkfeed " + content.name + " edition " + content.edition + "\n$TTL 60\n";
    body.reserve(content.networks.size() * 20 + 512);
    body += "$SOA 60 localhost nobody.invalid " + std::to_string(static_cast<std::uint32_t>(content.generation)) +
            " 60 60 2592000 60\n";
    for (const int family : {4, 6}) {
      if (content.family && *content.family != family) continue;
      body += family == 4 ? "$DATASET ip4trie @\n" : "$DATASET ip6trie @\n";
      body += ":127.0.0.2:sinkfeed " + content.name + " $\n";
      for (const Network& network : content.networks.of_family(family)) {
        append_network(body, network);
        body += '\n';
      }
    }
    return body;
  }
};

}  // namespace

const FeedFormat& rbldnsd_format() {
  static const RbldnsdFormat format;
  return format;
}

}  // namespace sinkfeed
