// .crowdsec: decisions, as CrowdSec's local API answers its bouncers (GET /v1/decisions/stream?startup=true).
#include <xxhash.h>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

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
            "let a web server answer /v1/decisions/stream with it, and name that server as the bouncer's "
            "api_url, with any api_key",
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
      std::string value;
      append_network(value, network);
      const boost::json::object decision{{"id", id_of(network)},
                                         {"origin", "sinkfeed"},
                                         {"type", "ban"},
                                         {"scope", is_host(network) ? "Ip" : "Range"},
                                         {"value", value},
                                         {"duration", kDuration},
                                         {"scenario", "sinkfeed/" + content.name}};
      body += separator + boost::json::serialize(decision);
      separator = ",\n";
    }
    return body + "\n],\"deleted\":[]}\n";
  }

 private:
  // The same network, the same number, which any reader of JSON takes as it is: 53 bits.
  static std::uint64_t id_of(const Network& network) {
    const std::string text = network.text();
    return XXH3_64bits(text.data(), text.size()) >> 11;
  }
};

}  // namespace

const FeedFormat& crowdsec_format() {
  static const CrowdsecFormat format;
  return format;
}

}  // namespace sinkfeed
