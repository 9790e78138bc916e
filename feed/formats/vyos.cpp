// .vyos: a remote group of VyOS. All groups are loaded at once, so one bad line would fail them all.
#include "feed/plain_list.hpp"

namespace sinkfeed {

const FeedFormat& vyos_format() {
  static const PlainList format({
      .extension = "vyos",
      .media_type = kPlainText,
      .products = "VyOS",
      .subscribe = "set firewall group remote-group NAME url URL; then a rule with destination group remote-group NAME",
      .reads_ranges = true,
  });
  return format;
}

}  // namespace sinkfeed
