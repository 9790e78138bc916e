#include "feed/feed_builder.hpp"

#include <fmt/format.h>

#define XXH_STATIC_LINKING_ONLY  // for a state on the stack
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <set>

#include "store/large_pages.hpp"

namespace sinkfeed {

namespace {

// 80 and 443 serve everything else too.
constexpr std::array<std::uint16_t, 2> kWebPorts{80, 443};

// The network of twice the size that `network` is the first or second half of.
Network parent_of(const Network& network) { return {network.address(), network.prefix() - 1}; }

bool is_second_half_of(const Network& network, const Network& first) {
  if (first.prefix() != network.prefix() || network.prefix() == 0) return false;
  // The bit that tells the halves apart; most networks are first halves, and that is seen at once.
  const auto bit = static_cast<std::size_t>(network.prefix() - 1);
  if (!(network.address().bytes()[bit / 8] & 0x80 >> bit % 8)) return false;
  return network.address().family() == first.address().family() && !(network.address() == first.address()) &&
         parent_of(network).address() == first.address();
}

std::vector<IpAddress> merged(const std::vector<const AddressSet*>& sets) {
  std::vector<IpAddress> all;
  for (const AddressSet* set : sets) {
    const auto middle = static_cast<std::ptrdiff_t>(all.size());
    reserve_large(all, all.size() + set->size());
    for (const IpAddress& address : *set) all.push_back(address);
    std::inplace_merge(all.begin(), all.begin() + middle, all.end());
  }
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

void keep_family(std::vector<IpAddress>& addresses, const std::optional<int>& family) {
  if (family) std::erase_if(addresses, [&](const IpAddress& address) { return address.family() != *family; });
}

// Addresses that a name of one of the tiers leads to, by the rules of the catalogue; and what needs no
// name: known addresses, and what people and clients vouch for.
class TierFilter {
 public:
  TierFilter(const FeedDefinition& feed, const FeedContent& content, const Catalogue& catalogue)
      : feed_(feed), reader_(content), catalogue_(catalogue) {}

  bool keeps(const IpAddress& address) {
    for (const LedgerEntry* entry : reader_.find(address)) {
      for (const Evidence& evidence : entry->evidence) {
        if (evidence.vantage.kind != VantageKind::upstream) return true;
        const Coverage coverage = catalogue_.find(evidence.target);
        if (coverage.kind != Coverage::Kind::target) continue;
        const Tier tier = catalogue_.rule(coverage).tier;
        if (std::find(feed_.tiers.begin(), feed_.tiers.end(), tier) != feed_.tiers.end()) return true;
      }
    }
    return false;
  }

 private:
  const FeedDefinition& feed_;
  EvidenceReader reader_;
  const Catalogue& catalogue_;
};

void keep_tiers(std::vector<IpAddress>& addresses, const FeedDefinition& feed, const FeedContent& content,
                const Catalogue& catalogue) {
  if (feed.tiers.empty()) return;
  TierFilter filter(feed, content, catalogue);
  std::erase_if(addresses, [&](const IpAddress& address) { return !filter.keeps(address); });
}

// Those that were seen last; of two seen at once the lower address.
void keep_freshest(std::vector<IpAddress>& addresses, std::size_t most, const FeedContent& content) {
  if (!most || addresses.size() <= most) return;
  EvidenceReader reader(content);
  std::vector<std::pair<WallTime, IpAddress>> seen;
  seen.reserve(addresses.size());
  for (const IpAddress& address : addresses) {
    WallTime last{};
    for (const LedgerEntry* entry : reader.find(address)) last = std::max(last, entry->last_seen);
    seen.emplace_back(last, address);
  }
  const auto end = seen.begin() + static_cast<std::ptrdiff_t>(most);
  std::nth_element(seen.begin(), end, seen.end(), [](const auto& left, const auto& right) {
    return left.first != right.first ? left.first > right.first : left.second < right.second;
  });
  addresses.clear();
  std::transform(seen.begin(), end, std::back_inserter(addresses), [](const auto& one) { return one.second; });
  std::sort(addresses.begin(), addresses.end());
}

// Makes networks of addresses that come in ascending order: hosts, or as few as can be.
class Joiner {
 public:
  // `most`: how many addresses there will be, at most.
  Joiner(const std::optional<int>& family, bool aggregate, std::size_t most) : family_(family), aggregate_(aggregate) {
    networks_.reserve(most);
  }

  void add(const IpAddress& address) {
    if (family_ && address.family() != *family_) return;
    Network network(address, address.is_v4() ? 32 : 128, Network::HostBits::are_zero);
    while (aggregate_ && !networks_.empty() && is_second_half_of(network, networks_.back())) {
      network = parent_of(network);
      networks_.pop_back();
    }
    networks_.push_back(network);
  }

  NetworkList networks() { return std::move(networks_); }

 private:
  const std::optional<int> family_;
  const bool aggregate_;
  NetworkList networks_;
};

NetworkList networks_of(std::span<const IpAddress> ascending, const std::optional<int>& family, bool aggregate) {
  Joiner joiner(family, aggregate, ascending.size());
  for (const IpAddress& address : ascending) joiner.add(address);
  return joiner.networks();
}

// Of several sets at once, so that no list of all their addresses need be made.
NetworkList networks_of(const std::vector<const AddressSet*>& sets, const std::optional<int>& family, bool aggregate) {
  std::vector<std::pair<AddressSet::const_iterator, AddressSet::const_iterator>> left;
  std::size_t most = 0;
  for (const AddressSet* set : sets) {
    if (!set->empty()) left.emplace_back(set->begin(), set->end());
    most += set->size();
  }
  Joiner joiner(family, aggregate, most);
  while (left.size() > 1) {
    const IpAddress least = *std::min_element(left.begin(), left.end(), [](const auto& one, const auto& other) {
                               return *one.first < *other.first;
                             })->first;
    joiner.add(least);
    std::erase_if(left, [&](auto& set) { return *set.first == least && ++set.first == set.second; });
  }
  for (const auto& [first, last] : left) std::for_each(first, last, [&](const IpAddress& one) { joiner.add(one); });
  return joiner.networks();
}

std::string edition_of(const FeedContent& content) {
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  for (const auto* networks : {&content.networks, &content.shared}) {
    for (const Network& network : *networks) {
      const auto bytes = network.address().bytes();
      const auto prefix = static_cast<std::uint8_t>(network.prefix());
      XXH3_64bits_update(&state, bytes.data(), bytes.size());
      XXH3_64bits_update(&state, &prefix, 1);
    }
    XXH3_64bits_update(&state, "/", 1);
  }
  const std::string rest = ports_text(content.ports, ",") + "/" + ports_text(content.shared_ports, ",") + "/" +
                           content.name + "/" + content.title;
  XXH3_64bits_update(&state, rest.data(), rest.size());
  return fmt::format("{:016x}", XXH3_64bits_digest(&state));
}

}  // namespace

NetworkList aggregated(std::span<const IpAddress> ascending) { return networks_of(ascending, std::nullopt, true); }

std::optional<FeedContent> build_feed(const FeedDefinition& feed, const Generation& generation,
                                      const Catalogue& catalogue, const FormatFacts& format, const FeedWishes& wishes,
                                      const Entries& entries) {
  FeedContent content;
  content.name = feed.name;
  content.generation = generation.number;
  content.changed = generation.created;
  content.profiles = feed.profiles;
  content.entries = entries;
  std::set<std::uint16_t> ports;
  std::vector<const AddressSet*> published, shared;
  for (const std::string& name : feed.profiles) {
    const Profile* profile = generation.catalogue->find_profile(name);
    const auto sets = generation.profiles.find(name);
    if (!profile || sets == generation.profiles.end()) return std::nullopt;
    content.title += (content.title.empty() ? "" : ", ") + profile->title;
    ports.insert(profile->ports.begin(), profile->ports.end());
    published.push_back(&sets->second);
    if (const auto others = generation.shared.find(name); others != generation.shared.end())
      shared.push_back(&others->second);
  }
  content.ports.assign(ports.begin(), ports.end());
  for (const std::uint16_t port : kWebPorts) ports.erase(port);
  const bool with_shared = feed.shared == SharedAddresses::include && !format.blocks_every_port;
  const bool ports_only = feed.shared == SharedAddresses::ports_only && format.says_ports && !ports.empty();
  std::vector<IpAddress> others;
  if (with_shared) published.insert(published.end(), shared.begin(), shared.end());
  if (ports_only) {
    content.shared_ports.assign(ports.begin(), ports.end());
    others = merged(shared);
  }
  const bool aggregate =
      format.reads_prefixes && wishes.aggregation.value_or(feed.aggregation) == Aggregation::lossless;
  content.as_ranges = wishes.ranges && format.reads_ranges;
  content.family = format.family;
  bool agree = true;
  for (const auto& family : {feed.family, wishes.family}) {
    if (!content.family) content.family = family;
    agree = agree && (!family || *family == *content.family);
  }
  // Of IPv4 alone there is nothing in a format of IPv6.
  if (!agree) {
    content.edition = edition_of(content);
    return content;
  }
  if (others.empty() && !feed.looks_at_entries()) {
    content.networks = networks_of(published, content.family, aggregate);
    content.edition = edition_of(content);
    return content;
  }
  std::vector<IpAddress> addresses = merged(published);
  for (auto* list : {&addresses, &others}) {
    keep_family(*list, content.family);
    keep_tiers(*list, feed, content, catalogue);
    const std::size_t all = list->size();
    keep_freshest(*list, feed.max_entries, content);
    content.left_out += all - list->size();
  }
  // Of two profiles one may need an address on the web's ports that the other shares: it is blocked there then.
  std::erase_if(others,
                [&](const IpAddress& one) { return std::binary_search(addresses.begin(), addresses.end(), one); });
  content.networks = networks_of(addresses, content.family, aggregate);
  content.shared = networks_of(others, content.family, aggregate);
  content.edition = edition_of(content);
  return content;
}

}  // namespace sinkfeed
