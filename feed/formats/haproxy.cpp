// .haproxy: the pattern file of an ACL on dst: one address or network a line, after a comment.
#include "feed/plain_list.hpp"

namespace sinkfeed {

const FeedFormat& haproxy_format() {
  static const PlainList format(
      FormatFacts{
          .extension = "haproxy",
          .media_type = kPlainText,
          .products = "HAProxy",
          .subscribe =
              "tcp-request connection reject if { dst -f /etc/haproxy/NAME.haproxy } { dst_port PORTS }; after "
              "each fetch reload, or replace it over the socket with prepare acl, add acl and commit acl",
      },
      PlainList::Comment::first_line);
  return format;
}

}  // namespace sinkfeed
