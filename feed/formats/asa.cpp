// .asa: an object group of Cisco ASA as configuration commands, which are merged into the running configuration.
//
// A group cannot be replaced at once, so each edition is a new group: when it is whole the rule is pointed at it, and
// then the old one can go. Numbers and fixed words only.
#include <array>

#include "feed/plain_list.hpp"

namespace sinkfeed {

namespace {

class AsaFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "asa",
        .media_type = kPlainText,
        .products = "Cisco ASA",
        .subscribe =
            "copy /noconfirm URL running-config makes a new object-group of each edition; then point the access-list "
            "at it and remove the old one with no object-group network",
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override {
    const std::string group = "sinkfeed-" + content.name + "-" + content.edition.substr(0, 8);
    std::string body = "! sinkfeed " + content.name + " edition " + content.edition + "\n";
    body.reserve(content.networks.size() * 40 + 256);
    body += "object-group network " + group + "\n";
    for (const Network& network : content.networks) {
      body += " network-object ";
      if (network.address().is_v6()) {
        append_network(body, network, HostPrefix::written);
      } else if (is_host(network)) {
        body += "host ";
        append_address(body, network.address());
      } else {
        append_address(body, network.address());
        body += " ";
        append_address(body, mask_of(network));
      }
      body += "\n";
    }
    return body;
  }

 private:
  static IpAddress mask_of(const Network& network) {
    std::array<std::uint8_t, 4> bytes{};
    for (int bit = 0; bit < network.prefix(); bit++)
      bytes[static_cast<std::size_t>(bit / 8)] |= static_cast<std::uint8_t>(0x80 >> bit % 8);
    return IpAddress::v4(bytes);
  }
};

}  // namespace

const FeedFormat& asa_format() {
  static const AsaFormat format;
  return format;
}

}  // namespace sinkfeed
