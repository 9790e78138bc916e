// .sonicwall: SonicWall's Dynamic External Address Group, which does not say that it reads IPv6.
#include "feed/plain_list.hpp"

namespace sinkfeed {

const FeedFormat& sonicwall_format() {
  static const PlainList format({
      .extension = "sonicwall",
      .media_type = kPlainText,
      .products = "SonicWall",
      .subscribe = "Object > Match Objects > Dynamic Group > Add with Enable Periodic Download and the URL, which must "
                   "be https; then an access rule that denies the group as destination",
      .family = 4,
      .most = 24'999,  // of the smallest total of 25,000 the group itself takes one
  });
  return format;
}

}  // namespace sinkfeed
