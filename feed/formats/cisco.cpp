// .cisco: a Security Intelligence feed of Cisco Secure Firewall: full-line comments, no ranges.
#include "feed/plain_list.hpp"

namespace sinkfeed {

namespace {

class CiscoFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "cisco",
        .media_type = kPlainText,
        .products = "Cisco Secure Firewall (Security Intelligence)",
        .subscribe =
            "Objects > Object Management > Security Intelligence > Network Lists and Feeds > Add, one feed with "
            "?family=4 and one with ?family=6; it blocks on all ports, before access control",
        .blocks_every_port = true,
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

const FeedFormat& cisco_format() {
  static const CiscoFormat format;
  return format;
}

}  // namespace sinkfeed
