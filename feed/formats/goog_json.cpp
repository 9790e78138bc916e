// .goog.json: in the form of goog.json, in which Google publishes its ranges and for which there are parsers.
#include "feed/format.hpp"

namespace sinkfeed {

namespace {

class GoogJsonFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "goog.json",
        .media_type = "application/json",
        .products = "scripts and firewalls that read goog.json or cloud.json of Google",
        .subscribe = "put the URL in the place of that of goog.json",
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override {
    const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(content.changed).time_since_epoch().count();
    // Google writes the time in UTC without saying so.
    std::string created = format_time(content.changed);
    created.pop_back();
    std::string body =
        "{\"syncToken\":\"" + std::to_string(milliseconds) + "\",\"creationTime\":\"" + created + "\",\"prefixes\":[";
    const char* separator = "\n";
    for (const Network& network : content.networks) {
      body += separator;
      body += network.address().is_v4() ? "{\"ipv4Prefix\":\"" : "{\"ipv6Prefix\":\"";
      append_network(body, network, HostPrefix::written);
      body += "\"}";
      separator = ",\n";
    }
    return body + "]}\n";
  }
};

}  // namespace

const FeedFormat& goog_json_format() {
  static const GoogJsonFormat format;
  return format;
}

}  // namespace sinkfeed
