// The list in ipset: the sets that .ipset has, swapped in as a whole, or changed address by address.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "feed/agent/address_ranges.hpp"
#include "feed/agent/kernel_sets.hpp"
#include "feed/agent/program.hpp"
#include "feed/format.hpp"
#include "feed/formats/netfilter_names.hpp"

namespace sinkfeed {

namespace {

Result<void> restore(std::string_view lines) {
  const auto end = run_program({"ipset", "restore"}, lines);
  if (!end) return end.error();
  if (end->status != 0) return Problem{"ipset: " + end->errors.substr(0, end->errors.find('\n'))};
  return {};
}

// The entries of `ipset save NAME`.
Result<std::vector<Network>> read_entries(const std::string& text, const std::string& set) {
  const std::string before = "add " + set + " ";
  std::vector<Network> entries;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line(text.data() + at, end - at);
    at = end + 1;
    if (!line.starts_with(before)) continue;
    line.remove_prefix(before.size());
    const auto network = Network::parse(line.substr(0, line.find(' ')));
    if (!network) return Problem{"what ipset lists cannot be read"};
    entries.push_back(*network);
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

class IpsetSets final : public KernelSets {
 public:
  explicit IpsetSets(std::string set) : set_(std::move(set)) {}

  std::string name() const override { return "ipset"; }

  Result<void> can_be_used() const override {
    const auto listed = run_program({"ipset", "list", "-n"}, "");
    if (!listed) return listed.error();
    if (listed->status == 0) return {};
    return Problem{"ipset: " + listed->errors.substr(0, listed->errors.find('\n')) +
                   "; the agent needs root or CAP_NET_ADMIN, and ipset"};
  }

  Result<void> load(const FollowedList& list) const override {
    return restore(find_format("ipset")->render(content_of(list, set_)));
  }

  // One after the other, for ipset has no transactions: what comes before what goes.
  Result<void> change(const FollowedList& from, const FollowedList& to) const override {
    const FeedContent content = content_of(to, set_);
    std::vector<Network> gone, come;
    const auto &before = from.networks, &now = to.networks;
    std::set_difference(before.begin(), before.end(), now.begin(), now.end(), std::back_inserter(gone));
    std::set_difference(now.begin(), now.end(), before.begin(), before.end(), std::back_inserter(come));
    std::string lines;
    for (const auto& [what, networks] : {std::pair{"add ", &come}, std::pair{"del ", &gone}}) {
      for (const Network& network : *networks) {
        lines += what + ipset_name(content, network.address().family()) + " ";
        append_network(lines, network);
        lines += " -exist\n";
      }
    }
    return restore(lines);
  }

  Result<std::optional<std::string>> difference(const FollowedList& list) const override {
    using Difference = std::optional<std::string>;
    const FeedContent content = content_of(list, set_);
    for (const int family : {4, 6}) {
      if (list.family && *list.family != family) continue;
      const std::string set = ipset_name(content, family);
      const auto saved = run_program({"ipset", "save", set}, "");
      if (!saved) return saved.error();
      if (saved->status != 0) return Difference("the set " + set + " is not there");
      const auto there = read_entries(saved->output, set);
      if (!there) return there.error();
      const auto wanted = of_family(list.networks, family);
      if (!std::equal(there->begin(), there->end(), wanted.begin(), wanted.end()))
        return Difference(fmt::format("the set {} holds {} entries, which are not the {} of the list", set,
                                      there->size(), wanted.size()));
    }
    return Difference();
  }

 private:
  const std::string set_;
};

}  // namespace

std::unique_ptr<KernelSets> make_ipset_sets(std::string set) { return std::make_unique<IpsetSets>(std::move(set)); }

}  // namespace sinkfeed
