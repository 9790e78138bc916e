// .haproxy: the pattern file of an ACL on dst: one address or network a line, after a comment.
#include "feed/format.hpp"

namespace sinkfeed {

namespace {

class HaproxyFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "haproxy",
        .media_type = "text/plain; charset=us-ascii",
        .products = "HAProxy",
        .subscribe =
            "tcp-request connection reject if { dst -f /etc/haproxy/NAME.haproxy } { dst_port PORTS }; after "
            "each fetch reload, or replace it over the socket with prepare acl, add acl and commit acl",
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override {
    std::string body = "# sinkfeed " + content.name + " edition " + content.edition + "\n";
    append_lines(body, content);
    return body;
  }
};

}  // namespace

const FeedFormat& haproxy_format() {
  static const HaproxyFormat format;
  return format;
}

}  // namespace sinkfeed
