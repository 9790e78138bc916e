// .sophos: Sophos Firewall's third-party threat feed: IPv4 hosts, nothing else, and no comments.
#include "feed/plain_list.hpp"

namespace sinkfeed {

const FeedFormat& sophos_format() {
  static const PlainList format({
      .extension = "sophos",
      .media_type = kPlainText,
      .products = "Sophos Firewall (SFOS 21 and later)",
      .subscribe = "Active threat response > Third-party threat feeds > Add, with the indicator type IPv4 address; it "
                   "blocks on all ports, without a firewall rule",
      .family = 4,
      .reads_prefixes = false,
      .blocks_every_port = true,
  });
  return format;
}

}  // namespace sinkfeed
