// .watchguard: WatchGuard's Blocked Sites, which are imported by hand and cut off whole.
#include "feed/plain_list.hpp"

namespace sinkfeed {

const FeedFormat& watchguard_format() {
  static const PlainList format({
      .extension = "watchguard",
      .media_type = kPlainText,
      .products = "WatchGuard Firebox",
      .subscribe =
          "save it as a file with the extension txt, then Firewall > Blocked Sites > Import; it blocks on all ports",
      .blocks_every_port = true,
  });
  return format;
}

}  // namespace sinkfeed
