// .pf: a table file for pfctl: one address or network a line, after a comment.
#include "feed/format.hpp"

namespace sinkfeed {

namespace {

class PfFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "pf",
        .media_type = "text/plain; charset=us-ascii",
        .products = "pf of OpenBSD and FreeBSD",
        .subscribe =
            "fetch it from cron with curl -f and load it with pfctl -t sinkfeed -T replace -f FILE; pf.conf has "
            "table <sinkfeed> persist and block return out quick proto tcp to <sinkfeed> port { PORTS }",
        .most = 200'000,
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

const FeedFormat& pf_format() {
  static const PfFormat format;
  return format;
}

}  // namespace sinkfeed
