// .cisco: a Security Intelligence feed of Cisco Secure Firewall: full-line comments, no ranges.
#include "feed/plain_list.hpp"

namespace sinkfeed {

const FeedFormat& cisco_format() {
  static const PlainList format(
      FormatFacts{
          .extension = "cisco",
          .media_type = kPlainText,
          .products = "Cisco Secure Firewall (Security Intelligence)",
          .subscribe =
              "Objects > Object Management > Security Intelligence > Network Lists and Feeds > Add, one feed with "
              "?family=4 and one with ?family=6; it blocks on all ports, before access control",
          .blocks_every_port = true,
      },
      PlainList::Comment::first_line);
  return format;
}

}  // namespace sinkfeed
