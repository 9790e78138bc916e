// .rpz: a response policy zone, whole: names whose answers hold a listed address do not exist for who asks.
#include <fmt/format.h>

#include <array>
#include <iterator>

#include "feed/format.hpp"

namespace sinkfeed {

namespace {

// Of the longest run of zero words, the first of several; none if there are not two in a row, as RFC 5952 has it. BIND
// refuses any other spelling of an address.
struct ZeroRun {
  int first = 0;
  int length = 0;
};

ZeroRun longest_zeros(const std::array<unsigned, 8>& words) {
  ZeroRun longest, current;
  for (int i = 0; i < 8; i++) {
    if (words[static_cast<std::size_t>(i)]) {
      current = {i + 1, 0};
    } else if (++current.length > longest.length) {
      longest = current;
    }
  }
  return longest.length > 1 ? longest : ZeroRun{};
}

// The prefix length, then bytes or words from the last to the first, "zz" for the zeros.
void append_owner(std::string& to, const Network& network) {
  const auto bytes = network.address().bytes();
  to += std::to_string(network.prefix());
  if (network.address().is_v4()) {
    for (std::size_t i = bytes.size(); i-- > 0;) to += "." + std::to_string(bytes[i]);
  } else {
    std::array<unsigned, 8> words{};
    for (std::size_t i = 0; i < words.size(); i++) words[i] = unsigned{bytes[2 * i]} << 8 | bytes[2 * i + 1];
    const ZeroRun zeros = longest_zeros(words);
    for (int i = 7; i >= 0; i--) {
      if (i < zeros.first || i >= zeros.first + zeros.length) {
        fmt::format_to(std::back_inserter(to), ".{:x}", words[static_cast<std::size_t>(i)]);
      } else if (i == zeros.first) {
        to += ".zz";
      }
    }
  }
  to += ".rpz-ip";
}

class RpzFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "rpz",
        .media_type = "text/dns",
        .products = "BIND, Unbound, PowerDNS Recursor",
        .subscribe =
            "Unbound fetches it itself: rpz: with name: and url:; for BIND make it the file of a primary zone "
            "that response-policy names, and rndc reload ZONE after each fetch",
        .blocks_every_port = true,
        .empties_safely = true,
    };
    return facts;
  }

  // Names are relative: the zone is called whatever the resolver's administrator calls it. The timers are for resolvers
  // that fetch it themselves: they look every minute, and block for a month without us.
  std::string render(const FeedContent& content) const override {
    std::string body = "; sinkfeed " + content.name + " edition " + content.edition + "\n$TTL 60\n";
    body.reserve(content.networks.size() * 48 + 256);
    fmt::format_to(std::back_inserter(body), "@ SOA localhost. nobody.invalid. {} 60 60 2592000 60\n@ NS localhost.\n",
                   static_cast<std::uint32_t>(content.generation));
    for (const Network& network : content.networks) {
      append_owner(body, network);
      body += " CNAME .\n";
    }
    return body;
  }
};

}  // namespace

const FeedFormat& rpz_format() {
  static const RpzFormat format;
  return format;
}

}  // namespace sinkfeed
