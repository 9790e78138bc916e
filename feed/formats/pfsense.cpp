// .pfsense: pfSense's URL Table: it drops ranges silently, and strips what stands between '<' and '>'.
#include "feed/plain_list.hpp"

namespace sinkfeed {

const FeedFormat& pfsense_format() {
  static const PlainList format({
      .extension = "pfsense",
      .media_type = kPlainText,
      .products = "pfSense",
      .subscribe = "Firewall > Aliases > URLs > Add, of the type URL Table (IPs), which has no limit of 5,000 as URL "
                   "(IPs) has; then a rule that rejects it as destination",
  });
  return format;
}

}  // namespace sinkfeed
