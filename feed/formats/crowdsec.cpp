// .crowdsec: decisions, as CrowdSec's local API answers its bouncers at their start; the API itself, which tells them
// what has left too, is beside it (feed/crowdsec_routes.hpp).
#include <boost/json/serialize.hpp>

#include "feed/crowdsec_decision.hpp"
#include "feed/format.hpp"

namespace sinkfeed {

namespace {

// An address that has left the feed stays blocked for so long, and so long a bouncer needs no answer: nobody tells it
// what was deleted, for that takes to know what it was told before.
constexpr std::string_view kDuration = "24h0m0s";

class CrowdsecFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "crowdsec",
        .media_type = "application/json",
        .products = "CrowdSec bouncers",
        .subscribe =
            "set the bouncer's api_url to the URL with a slash behind it and its api_key to any word of its own; "
            "it then asks for /v1/decisions/stream there",
        .blocks_every_port = true,
        .empties_safely = true,
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override {
    std::string body = "{\"new\":[";
    body.reserve(content.networks.size() * 192 + 64);
    const char* separator = "\n";
    for (const Network& network : content.networks) {
      body += separator + boost::json::serialize(crowdsec_decision(network, content.name, kDuration));
      separator = ",\n";
    }
    return body + "\n],\"deleted\":[]}\n";
  }
};

}  // namespace

const FeedFormat& crowdsec_format() {
  static const CrowdsecFormat format;
  return format;
}

}  // namespace sinkfeed
