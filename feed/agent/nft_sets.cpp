// The list in nftables: the table, sets and rules that .nft has, kept by transactions of `nft -f`.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "feed/agent/address_ranges.hpp"
#include "feed/agent/kernel_sets.hpp"
#include "feed/agent/nft_listing.hpp"
#include "feed/agent/program.hpp"
#include "feed/nft_ruleset.hpp"

namespace sinkfeed {

namespace {

std::string line_of(const std::string& text) { return text.substr(0, text.find('\n')); }

Result<std::string> run_nft(const std::vector<std::string>& arguments, std::string_view input) {
  std::vector<std::string> command{"nft"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto end = run_program(command, input);
  if (!end) return end.error();
  if (end->status != 0) return Problem{"nft: " + line_of(end->errors)};
  return Result<std::string>(boost::system::in_place_value, std::move(end->output));
}

class NftSets final : public KernelSets {
 public:
  explicit NftSets(NftSetOptions options) : options_(std::move(options)) {}

  std::string name() const override { return "nftables"; }

  Result<void> can_be_used() const override {
    const auto listed = run_nft({"list", "tables"}, "");
    if (listed) return {};
    return Problem{listed.error().what + "; the agent needs root or CAP_NET_ADMIN, and nft"};
  }

  Result<void> load(const FollowedList& list) const override {
    const auto done = run_nft({"-f", "-"}, nft_ruleset(content_of(list, options_.set), place()));
    if (!done) return done.error();
    return {};
  }

  // nft joins what lies side by side in these sets, and takes out only what is there as it is: so the sets are changed
  // by whole ranges, what goes before what comes.
  Result<void> change(const FollowedList& from, const FollowedList& to) const override {
    if (from.ports != to.ports) return load(to);
    std::string script;
    for (const int family : {4, 6}) {
      if (to.family && *to.family != family) continue;
      const auto before = ranges_of(of_family(from.networks, family)), now = ranges_of(of_family(to.networks, family));
      std::vector<AddressRange> gone, come;
      std::set_difference(before.begin(), before.end(), now.begin(), now.end(), std::back_inserter(gone));
      std::set_difference(now.begin(), now.end(), before.begin(), before.end(), std::back_inserter(come));
      const std::string set = " inet " + options_.table + " " + set_name(to, family == 4 ? "v4" : "v6");
      append_elements(script, "delete element" + set, gone);
      append_elements(script, "add element" + set, come);
    }
    const auto done = run_nft({"-f", "-"}, script);
    if (!done) return done.error();
    return {};
  }

  Result<std::optional<std::string>> difference(const FollowedList& list) const override {
    using Difference = std::optional<std::string>;
    const auto listed = run_program({"nft", "-j", "list", "table", "inet", options_.table}, "");
    if (!listed) return listed.error();
    if (listed->status != 0) return Difference("the table inet " + options_.table + " is not there");
    auto read = read_nft_table(listed->output, names_of(list));
    if (!read) return read.error();
    NftTable& table = *read;
    const std::string ports = set_name(list, "ports");
    if (table.ports[ports] != std::set(list.ports.begin(), list.ports.end()))
      return Difference("the set " + ports + " is not as it should be");
    for (const int family : {4, 6}) {
      if (list.family && *list.family != family) continue;
      const std::string version = family == 4 ? "v4" : "v6", set = set_name(list, version);
      const auto wanted = ranges_of(of_family(list.networks, family));
      if (!table.addresses.contains(set)) return Difference("the set " + set + " is not there");
      if (const auto& there = table.addresses[set]; there != wanted)
        return Difference(fmt::format("the set {} holds {} ranges of addresses, which are not the {} of the list", set,
                                      there.size(), wanted.size()));
      for (const std::string hook : {"forward", "output"}) {
        const std::string chain = set_name(list, hook + "_" + version);
        if (!options_.sets_only && !rejects(table, chain, hook, set, ports))
          return Difference("the chain " + chain + " is not as it should be");
      }
    }
    return Difference();
  }

 private:
  NftPlace place() const { return {options_.table, !options_.sets_only}; }
  std::string set_name(const FollowedList& list, std::string_view what) const {
    return nft_name(what, options_.set.empty() ? list.feed : options_.set);
  }
  std::set<std::string> names_of(const FollowedList& list) const {
    return {set_name(list, "v4"), set_name(list, "v6"), set_name(list, "ports")};
  }

  static bool rejects(const NftTable& table, const std::string& chain, const std::string& hook, const std::string& set,
                      const std::string& ports) {
    const auto hooked = table.hooks.find(chain);
    const auto rules = table.rules.find(chain);
    if (hooked == table.hooks.end() || hooked->second != hook || rules == table.rules.end()) return false;
    if (rules->second.size() != 1) return false;
    const std::string& rule = rules->second.front();
    return rule.find("\"@" + set + "\"") != std::string::npos && rule.find("\"@" + ports + "\"") != std::string::npos &&
           rule.find("\"reject\"") != std::string::npos;
  }

  static void append_elements(std::string& script, const std::string& what, const std::vector<AddressRange>& ranges) {
    if (ranges.empty()) return;
    script += what + " { ";
    for (std::size_t i = 0; i < ranges.size(); i++) script += (i ? ", " : "") + ranges[i].text();
    script += " }\n";
  }

  const NftSetOptions options_;
};

}  // namespace

FeedContent content_of(const FollowedList& list, const std::string& set) {
  FeedContent content;
  content.name = set.empty() ? list.feed : set;
  content.edition = list.sha256.substr(0, 16);
  content.generation = list.generation;
  content.family = list.family;
  content.ports = list.ports;
  content.networks = NetworkList(list.networks);
  return content;
}

std::unique_ptr<KernelSets> make_nft_sets(NftSetOptions options) {
  return std::make_unique<NftSets>(std::move(options));
}

}  // namespace sinkfeed
