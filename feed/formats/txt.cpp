// .txt: what nearly every firewall reads: one address or network a line, IPv4 then IPv6, nothing else.
#include "feed/format.hpp"

namespace sinkfeed {

namespace {

class TextFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "txt",
        .media_type = "text/plain; charset=us-ascii",
        .products = "every firewall that takes a list of addresses",
        .subscribe = "give it the URL; add ?family=4 or ?family=6 where it takes one kind",
        .reads_ranges = true,
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override {
    std::string body;
    append_lines(body, content);
    return body;
  }
};

}  // namespace

const FeedFormat& txt_format() {
  static const TextFormat format;
  return format;
}

}  // namespace sinkfeed
