// .aws.json: in the form of ip-ranges.json, in which AWS publishes its ranges and for which there are parsers.
#include <fmt/chrono.h>

#include "feed/format.hpp"

namespace sinkfeed {

namespace {

class AwsJsonFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "aws.json",
        .media_type = "application/json",
        .products = "scripts and firewalls that read ip-ranges.json of AWS",
        .subscribe = "put the URL in the place of that of ip-ranges.json; the service is the name of the feed",
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override {
    const auto second = std::chrono::floor<std::chrono::seconds>(content.changed);
    std::string body = fmt::format("{{\"syncToken\":\"{}\",\"createDate\":\"{:%Y-%m-%d-%H-%M-%S}\"",
                                   second.time_since_epoch().count(), second);
    append_prefixes(body, content, 4, ",\"prefixes\":[", "{\"ip_prefix\":\"");
    append_prefixes(body, content, 6, ",\"ipv6_prefixes\":[", "{\"ipv6_prefix\":\"");
    return body + "}\n";
  }

 private:
  static void append_prefixes(std::string& body, const FeedContent& content, int family, const char* list,
                              const char* prefix) {
    body += list;
    const char* separator = "\n";
    for (const Network& network : content.networks.of_family(family)) {
      body += separator;
      body += prefix;
      append_network(body, network, HostPrefix::written);
      body += "\",\"region\":\"GLOBAL\",\"service\":\"" + content.name + "\",\"network_border_group\":\"GLOBAL\"}";
      separator = ",\n";
    }
    body += "]";
  }
};

}  // namespace

const FeedFormat& aws_json_format() {
  static const AwsJsonFormat format;
  return format;
}

}  // namespace sinkfeed
