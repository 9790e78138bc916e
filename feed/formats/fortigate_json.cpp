// .fortigate.json: the generic JSON of FortiOS 8: a name, a value and a description of each entry.
#include "feed/entry_name.hpp"
#include "feed/format.hpp"

namespace sinkfeed {

namespace {

class FortiGateJsonFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "fortigate.json",
        .media_type = "application/json",
        .products = "FortiGate (FortiOS 8 and later)",
        .subscribe =
            "an external resource of the type address with the URL, object-array-path $.entries, and $.name, $.value "
            "and $.description as its address-name-field, address-data-field and address-comment-field",
        .most = 131'072,
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override {
    std::string body = "{\"feed\":\"" + content.name + "\",\"edition\":\"" + content.edition + "\",\"entries\":[";
    const char* separator = "\n";
    for (const Network& network : content.networks) {
      body += separator;
      body += "{\"name\":\"" + entry_name(network) + "\",\"value\":\"";
      append_network(body, network);
      body += "\",\"description\":\"sinkfeed " + content.name + "\"}";
      separator = ",\n";
    }
    return body + "\n]}\n";
  }
};

}  // namespace

const FeedFormat& fortigate_json_format() {
  static const FortiGateJsonFormat format;
  return format;
}

}  // namespace sinkfeed
