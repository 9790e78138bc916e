// .pf: a table file for pfctl: one address or network a line, after a comment.
#include "feed/plain_list.hpp"

namespace sinkfeed {

const FeedFormat& pf_format() {
  static const PlainList format(
      FormatFacts{
          .extension = "pf",
          .media_type = kPlainText,
          .products = "pf of OpenBSD and FreeBSD",
          .subscribe =
              "fetch it from cron with curl -f and load it with pfctl -t sinkfeed -T replace -f FILE; pf.conf has "
              "table <sinkfeed> persist and block return out quick proto tcp to <sinkfeed> port { PORTS }",
          .most = 200'000,
      },
      PlainList::Comment::first_line);
  return format;
}

}  // namespace sinkfeed
