// .fortigate: Fortinet's external threat feed: bare lines, as FortiOS counts all else as error lines.
#include "feed/plain_list.hpp"

namespace sinkfeed {

const FeedFormat& fortigate_format() {
  static const PlainList format({
      .extension = "fortigate",
      .media_type = kPlainText,
      .products = "FortiGate, FortiMail",
      .subscribe = "Security Fabric > External Connectors > Create New > Threat Feeds: IP Address, with the URL as URI "
                   "of external resource; then a deny policy with the feed as its destination",
      .reads_ranges = true,
      .most = 131'072,
  });
  return format;
}

}  // namespace sinkfeed
