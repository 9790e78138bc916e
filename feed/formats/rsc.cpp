// .rsc: a script that MikroTik RouterOS 7 imports: a new address list, and a rule that turns to it once it is whole.
//
// The list's name carries the edition, so the one before stays in force while the new one is filled; RouterOS has no
// transactions. What cannot be added (a duplicate ends an import) is passed over, and counted. Numbers and fixed words
// only: whoever imports it runs it.
#include "feed/format.hpp"

namespace sinkfeed {

namespace {

class RscFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "rsc",
        .media_type = "text/plain; charset=us-ascii",
        .products = "MikroTik RouterOS 7",
        .subscribe =
            "from /system/scheduler: /tool/fetch the URL with check-certificate=yes, then /import the file; its "
            "rule stands first in chain forward, and may be moved or disabled",
        .says_ports = true,
        .empties_safely = true,
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override {
    std::string body = "# sinkfeed " + content.name + " edition " + content.edition + "\n";
    body.reserve(content.networks.size() * (96 + content.name.size()) + 4096);
    for (const int family : {4, 6}) {
      if (content.family && *content.family != family) continue;
      const std::string menu = family == 4 ? "/ip/firewall/" : "/ipv6/firewall/";
      append_list(body, menu, content, "", content.networks.of_family(family), content.ports);
      if (content.shared_ports.empty()) {
        append_removal(body, menu, content, "shared_");
      } else {
        append_list(body, menu, content, "shared_", content.shared.of_family(family), content.shared_ports);
      }
    }
    return body;
  }

 private:
  // No feed's name has "_", so none begins as another does.
  static std::string stem(const FeedContent& content, const std::string& kind) {
    return "sinkfeed_" + kind + content.name;
  }

  static std::string all_editions(const FeedContent& content, const std::string& kind) {
    return "list~\"^" + stem(content, kind) + "_[0-9a-f]{16}\\$\"";
  }

  static void append_list(std::string& body, const std::string& menu, const FeedContent& content,
                          const std::string& kind, const NetworkList::Part& networks,
                          const std::vector<std::uint16_t>& ports) {
    const std::string list = "\"" + stem(content, kind) + "_" + content.edition + "\"";
    const std::string filter = menu + "filter/", lists = menu + "address-list/";
    const std::string rule = "[find where comment=\"" + stem(content, kind) + "\"]";
    const std::string what = "dst-port=" + ports_text(ports, ",") + " dst-address-list=" + list;
    const std::string add = filter + "add chain=forward protocol=tcp " + what +
                            " action=reject reject-with=tcp-reset comment=\"" + stem(content, kind) + "\"";
    body += menu + "address-list\n";
    for (const Network& network : networks) {
      body += ":do {add list=" + list + " address=";
      append_network(body, network);
      body += "} on-error={}\n";
    }
    body += ":if ([:len [" + lists + "find where list=" + list + "]] = " + std::to_string(networks.size()) + ") do={\n";
    body += "  :if ([:len [" + filter + rule.substr(1) + "] = 0) do={\n";
    // There may be no rule that it could stand before.
    body += "    :do {" + add + " place-before=[:pick [" + filter +
            "find where chain=forward and dynamic=no] 0]} on-error={" + add + "}\n  }\n";
    body += "  " + filter + "set " + rule + " " + what + "\n";
    body += "  " + lists + "remove [find where " + all_editions(content, kind) + " and list!=" + list + "]\n";
    body += "} else={\n  :log error \"" + stem(content, kind) + ": edition " + content.edition +
            " is not whole, so the one before stays\"\n}\n";
  }

  // Of a feed that once had such addresses.
  static void append_removal(std::string& body, const std::string& menu, const FeedContent& content,
                             const std::string& kind) {
    body += menu + "filter/remove [find where comment=\"" + stem(content, kind) + "\"]\n";
    body += menu + "address-list/remove [find where " + all_editions(content, kind) + "]\n";
  }
};

}  // namespace

const FeedFormat& rsc_format() {
  static const RscFormat format;
  return format;
}

}  // namespace sinkfeed
