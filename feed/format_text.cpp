// .txt: what nearly every firewall reads: one address a line, IPv4 then IPv6, nothing else.
#include "feed/format.hpp"

namespace sinkfeed {

namespace {

class TextFormat final : public FeedFormat {
 public:
  std::string_view extension() const override { return "txt"; }
  std::string_view media_type() const override { return "text/plain; charset=us-ascii"; }
  std::string_view read_by() const override {
    return "every firewall that takes a list of addresses; add ?family=4 or ?family=6 where it takes one kind";
  }

  std::string render(const FeedContent& content) const override {
    std::string body;
    for (const IpAddress& address : content.addresses()) body += address.text() + "\n";
    return body;
  }
};

}  // namespace

const FeedFormat& text_format() {
  static const TextFormat format;
  return format;
}

}  // namespace sinkfeed
