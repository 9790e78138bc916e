#include "feed/nft_ruleset.hpp"

#include <algorithm>

#include "store/large_pages.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kElementsPerLine = 8;

class Ruleset {
 public:
  Ruleset(const FeedContent& content, const NftPlace& place)
      : content_(content), has_rules_(place.has_rules), in_table_(" inet " + place.table + " ") {
    body_ = "# sinkfeed " + content.name + " edition " + content.edition + "\nadd table inet " + place.table + "\n";
    reserve_large(body_, content.networks.size() * 20 + 4096);
  }

  std::string text() {
    append_ports(name("ports"), content_.ports);
    if (!content_.shared_ports.empty()) append_ports(name("sharedports"), content_.shared_ports);
    for (const int family : {4, 6}) {
      if (content_.family && *content_.family != family) continue;
      const std::string version = family == 4 ? "v4" : "v6";
      append_set(name(version), content_.networks, family);
      if (!content_.shared_ports.empty()) append_set(name("shared" + version), content_.shared, family);
      // Base chains of its own for each feed and family: a rule in a shared one would be added again with each edition,
      // or flushed with another's.
      for (const std::string hook : {"forward", "output"}) {
        if (has_rules_) append_chain(name(hook + "_" + version), hook, family, version);
      }
    }
    return std::move(body_);
  }

 private:
  std::string name(std::string_view what) const { return nft_name(what, content_.name); }

  void append_ports(const std::string& set, const std::vector<std::uint16_t>& ports) {
    body_ += "add set" + in_table_ + set + " { type inet_service; }\nflush set" + in_table_ + set + "\n";
    body_ += "add element" + in_table_ + set + " { " + ports_text(ports, ", ") + " }\n";
  }

  // No element list for an empty set: one with nothing in it is a syntax error.
  void append_set(const std::string& set, const NetworkList& networks, int family) {
    body_ += "add set" + in_table_ + set + " { type " + (family == 4 ? "ipv4_addr" : "ipv6_addr") +
             "; flags interval; auto-merge; }\nflush set" + in_table_ + set + "\n";
    const auto elements = networks.of_family(family);
    if (elements.empty()) return;
    body_ += "add element" + in_table_ + set + " {\n  ";
    for (std::size_t i = 0; i < elements.size(); i++) {
      if (i) body_ += i % kElementsPerLine ? ", " : ",\n  ";
      append_network(body_, elements[i]);
    }
    body_ += " }\n";
  }

  void append_chain(const std::string& chain, const std::string& hook, int family, const std::string& version) {
    body_ += "add chain" + in_table_ + chain + " { type filter hook " + hook + " priority filter; policy accept; }\n";
    body_ += "flush chain" + in_table_ + chain + "\n";
    append_rule(chain, family, name(version), name("ports"));
    if (!content_.shared_ports.empty()) append_rule(chain, family, name("shared" + version), name("sharedports"));
  }

  void append_rule(const std::string& chain, int family, const std::string& set, const std::string& ports) {
    body_ += "add rule" + in_table_ + chain + (family == 4 ? " ip" : " ip6") + " daddr @" + set + " tcp dport @" +
             ports + " counter reject with tcp reset\n";
  }

  const FeedContent& content_;
  const bool has_rules_;
  const std::string in_table_;
  std::string body_;
};

}  // namespace

std::string nft_name(std::string_view what, std::string_view feed) {
  std::string name = std::string(what) + "_" + std::string(feed);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

std::string nft_ruleset(const FeedContent& content, const NftPlace& place) { return Ruleset(content, place).text(); }

}  // namespace sinkfeed
