// .pfblockerng: pfBlockerNG's IP lists, which aggregates them itself.
#include "feed/plain_list.hpp"

namespace sinkfeed {

const FeedFormat& pfblockerng_format() {
  static const PlainList format({
      .extension = "pfblockerng",
      .media_type = kPlainText,
      .products = "pfBlockerNG (pfSense)",
      .subscribe = "Firewall > pfBlockerNG > IP: the URL with ?family=4 under IPv4 and with ?family=6 under IPv6, in "
                   "the format Auto, with the action Deny Outbound",
  });
  return format;
}

}  // namespace sinkfeed
