// .drop: the text form of the Spamhaus DROP list: a network and an identifier a line, and comments behind ';'.
#include "feed/entry_name.hpp"
#include "feed/http_message.hpp"
#include "feed/plain_list.hpp"

namespace sinkfeed {

namespace {

class DropFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "drop",
        .media_type = kPlainText,
        .products = "scripts and routers that read the text form of the Spamhaus DROP list",
        .subscribe =
            "put the URL in the place of that of drop.txt; add ?family=4 or ?family=6 where that of dropv6.txt has a "
            "place of its own",
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override {
    // No date of expiry: it would be another text each day, and a list holds as long as there is no newer one.
    std::string body = "; sinkfeed " + content.name + " edition " + content.edition + "\n";
    body += "; Last-Modified: " + http_date(content.changed) + "\n";
    body.reserve(content.networks.size() * 40 + 256);
    for (const Network& network : content.networks) {
      append_network(body, network, HostPrefix::written);
      body += " ; " + entry_name(network) + "\n";
    }
    return body;
  }
};

}  // namespace

const FeedFormat& drop_format() {
  static const DropFormat format;
  return format;
}

}  // namespace sinkfeed
