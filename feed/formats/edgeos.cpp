// .edgeos: for the script edgeos-bl-mgmt on Ubiquiti EdgeRouters, which stumbles over lists that mix in IPv6.
#include "feed/plain_list.hpp"

namespace sinkfeed {

const FeedFormat& edgeos_format() {
  static const PlainList format({
      .extension = "edgeos",
      .media_type = kPlainText,
      .products = "Ubiquiti EdgeOS (edgeos-bl-mgmt)",
      .subscribe = "add the URL to fw-BlackList-URLs.txt of edgeos-bl-mgmt and run its script from the task-scheduler; "
                   "then a rule with its network-group as destination",
      .family = 4,
      .most = 131'071,  // the script's fwSetMaxElem: beyond it the group is not updated at all
  });
  return format;
}

}  // namespace sinkfeed
