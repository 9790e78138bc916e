// .srx: a dynamic-address feed of Juniper SRX as a single file, hosts with their prefix.
#include "feed/plain_list.hpp"

namespace sinkfeed {

const FeedFormat& srx_format() {
  static const PlainList format(
      {
          .extension = "srx",
          .media_type = kPlainText,
          .products = "Juniper SRX",
          .subscribe = "set security dynamic-address feed-server sinkfeed url https://HOST/feed, with feed-name NAME "
                       "path NAME.srx; then an address-name with profile feed-name NAME, in a reject policy",
          .reads_ranges = true,
      },
      HostPrefix::written);
  return format;
}

}  // namespace sinkfeed
