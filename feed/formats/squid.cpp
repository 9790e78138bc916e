// .squid: the file of a dst ACL: one address, network or range a line, after a comment.
#include "feed/plain_list.hpp"

namespace sinkfeed {

const FeedFormat& squid_format() {
  static const PlainList format(
      FormatFacts{
          .extension = "squid",
          .media_type = kPlainText,
          .products = "Squid",
          .subscribe =
              "acl sinkfeed dst \"/etc/squid/NAME.squid\" before http_access deny sinkfeed, with an acl of type "
              "port beside it; after each fetch squid -k reconfigure",
          .reads_ranges = true,
      },
      PlainList::Comment::first_line);
  return format;
}

}  // namespace sinkfeed
