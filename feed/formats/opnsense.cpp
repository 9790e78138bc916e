// .opnsense: OPNsense's URL Table. It resolves any word as a host name, and what follows a leading space is lost.
#include "feed/plain_list.hpp"

namespace sinkfeed {

const FeedFormat& opnsense_format() {
  static const PlainList format({
      .extension = "opnsense",
      .media_type = kPlainText,
      .products = "OPNsense",
      .subscribe = "Firewall > Aliases > Add, of the type URL Table (IPs), refreshed every hour or so; then a rule "
                   "that rejects it as destination",
      .reads_ranges = true,
  });
  return format;
}

}  // namespace sinkfeed
