// .squid: the file of a dst ACL: one address, network or range a line, after a comment.
#include "feed/format.hpp"

namespace sinkfeed {

namespace {

class SquidFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "squid",
        .media_type = "text/plain; charset=us-ascii",
        .products = "Squid",
        .subscribe =
            "acl sinkfeed dst \"/etc/squid/NAME.squid\" before http_access deny sinkfeed, with an acl of type "
            "port beside it; after each fetch squid -k reconfigure",
        .reads_ranges = true,
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

const FeedFormat& squid_format() {
  static const SquidFormat format;
  return format;
}

}  // namespace sinkfeed
