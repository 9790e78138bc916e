// .checkpoint: Check Point's network feed, which the Access Control rule base takes with services, so by port.
#include "feed/plain_list.hpp"

namespace sinkfeed {

const FeedFormat& checkpoint_format() {
  static const PlainList format({
      .extension = "checkpoint",
      .media_type = kPlainText,
      .products = "Check Point R81.20 and later (Network Feed)",
      .subscribe = "in SmartConsole make a Network Feed object: Flat List of IP addresses, data column 1; then an "
                   "Access Control rule to it that drops the services",
      .reads_ranges = true,
  });
  return format;
}

}  // namespace sinkfeed
