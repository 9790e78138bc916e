// .ipset: a file for `ipset restore`: one set of each family, filled aside and swapped in, so it is never half full.
#include <algorithm>
#include <bit>

#include "feed/format.hpp"
#include "feed/formats/netfilter_names.hpp"

namespace sinkfeed {

namespace {

// A set that is there already must be created with the size it has, or the file is refused. So all sets are of this
// size, which costs no memory, and only a feed that has outgrown it gets another.
constexpr std::size_t kUsualSize = 1 << 20;

class IpsetFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "ipset",
        .media_type = "text/plain; charset=us-ascii",
        .products = "Linux ipset, for rules of iptables and ip6tables",
        .subscribe =
            "fetch it from a timer and load it with ipset restore -file FILE; match it with -m set --match-set "
            "sf4-NAME dst, or load .iptables and .ip6tables after it",
        .empties_safely = true,
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override {
    std::string body = "# sinkfeed " + content.name + " edition " + content.edition + "\n";
    body.reserve(content.networks.size() * 48 + 1024);
    for (const int family : {4, 6}) {
      if (!content.family || *content.family == family) append_set(body, content, family);
    }
    return body;
  }

 private:
  static void append_set(std::string& body, const FeedContent& content, int family) {
    const auto entries = content.networks.of_family(family);
    const std::string set = ipset_name(content, family), filling = set + ".n";
    const std::string kind = std::string(" hash:net family ") + (family == 4 ? "inet" : "inet6") + " maxelem " +
                             std::to_string(std::max(kUsualSize, std::bit_ceil(entries.size()))) + " -exist\n";
    body += "create " + set + kind + "create " + filling + kind;
    // It is there, and holds something, if a load was broken off.
    body += "flush " + filling + "\n";
    for (const Network& entry : entries) {
      body += "add " + filling + " ";
      append_network(body, entry);
      body += " -exist\n";
    }
    body += "swap " + filling + " " + set + "\ndestroy " + filling + "\n";
  }
};

}  // namespace

const FeedFormat& ipset_format() {
  static const IpsetFormat format;
  return format;
}

}  // namespace sinkfeed
