// Any feed, with evidence under any names: every format renders it, the same each time; what tells no evidence holds
// printable ASCII and nothing of a name or a title; and JSON is JSON.
#include <algorithm>
#include <boost/json/parse.hpp>

#include "feed/format.hpp"
#include "tests/feed/network_lists.hpp"
#include "tests/fuzz/check.hpp"

using namespace sinkfeed;

namespace {

// In every name and title, and in no format's fixed words nor in a feed's name.
constexpr std::string_view kMark = "zqz";

struct Input {
  std::span<const std::uint8_t> left;

  std::uint8_t byte() {
    if (left.empty()) return 0;
    const std::uint8_t first = left.front();
    left = left.subspan(1);
    return first;
  }
  std::span<const std::uint8_t> bytes(std::size_t most) {
    const auto taken = left.first(std::min(most, left.size()));
    left = left.subspan(taken.size());
    return taken;
  }
};

std::string feed_name(Input& input) {
  constexpr std::string_view kLetters = "abcdefghijklmnop0123456789-";
  std::string name = "a";
  for (const std::uint8_t byte : input.bytes(input.byte() % 39)) name += kLetters[byte % 27];
  return name + "0";
}

// Any text: bytes above ASCII become the characters of those numbers.
std::string text(Input& input) {
  std::string text(kMark);
  for (const std::uint8_t byte : input.bytes(input.byte() % 64)) {
    if (byte >= 0x80) text += static_cast<char>(0xc0 | byte >> 6);
    text += static_cast<char>(byte >= 0x80 ? 0x80 | (byte & 0x3f) : byte);
  }
  return text + std::string(kMark);
}

// Labels of any bytes.
DnsName dns_name(Input& input) {
  std::string wire = "\3" + std::string(kMark);
  for (int labels = input.byte() % 4; labels > 0; labels--) {
    const auto label = input.bytes(1 + input.byte() % 63);
    if (label.empty()) break;
    wire += static_cast<char>(label.size());
    wire.append(label.begin(), label.end());
  }
  wire += '\0';
  std::transform(wire.begin(), wire.end(), wire.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return DnsName::from_wire({reinterpret_cast<const std::uint8_t*>(wire.data()), wire.size()});
}

Network network(Input& input) {
  const std::uint8_t how = input.byte();
  std::array<std::uint8_t, 16> bytes{};
  const auto given = input.bytes(how & 1 ? 16 : 4);
  std::copy(given.begin(), given.end(), bytes.begin());
  const int longest = how & 1 ? 128 : 32;
  // A feed's networks are joined from single addresses: none is so short that it would have taken millions.
  const int shortest = longest - 16, prefix = how & 2 ? shortest + input.byte() % 17 : longest;
  return {how & 1 ? IpAddress::v6(bytes) : IpAddress::v4(std::span(bytes).first<4>()), prefix};
}

bool overlap(const Network& one, const Network& other) {
  return one.contains(other.address()) || other.contains(one.address());
}

// As a feed's content has them: ascending, none within another.
NetworkList networks(Input& input) {
  std::vector<Network> all, apart;
  for (int count = input.byte() % 24; count > 0; count--) all.push_back(network(input));
  std::sort(all.begin(), all.end());
  for (const Network& one : all) {
    if (apart.empty() || !overlap(apart.back(), one)) apart.push_back(one);
  }
  return NetworkList(apart);
}

std::vector<std::uint16_t> ports(Input& input) {
  std::vector<std::uint16_t> ports{443};
  for (int count = input.byte() % 8; count > 0; count--)
    ports.push_back(static_cast<std::uint16_t>(1 + (input.byte() << 8 | input.byte()) % 65535));
  std::sort(ports.begin(), ports.end());
  ports.erase(std::unique(ports.begin(), ports.end()), ports.end());
  return ports;
}

WallTime time(Input& input) { return WallTime{std::chrono::seconds{1'800'000'000 + (input.byte() << 16)}}; }

FeedContent any_content(Input& input, std::vector<LedgerEntry>& known) {
  FeedContent content;
  content.name = feed_name(input);
  content.title = text(input);
  content.edition = "0123456789abcdef";
  content.generation = input.byte();
  content.changed = time(input);
  content.profiles = {"chat"};
  content.ports = ports(input);
  content.networks = networks(input);
  if (input.byte() & 1) {
    content.shared_ports = ports(input);
    content.shared = networks(input);
    content.shared = without(content.shared, [&](const Network& one) {
      return std::any_of(content.networks.begin(), content.networks.end(),
                         [&](const Network& other) { return overlap(one, other); });
    });
  }
  content.left_out = input.byte();
  content.as_ranges = input.byte() & 1;
  for (const auto* list : {&content.networks, &content.shared}) {
    for (const Network& one : *list) {
      if (input.byte() & 1) continue;  // forgotten
      LedgerEntry entry;
      entry.profile = "chat";
      entry.address = one.address();
      entry.first_seen = time(input);
      entry.last_seen = entry.first_seen + std::chrono::seconds(input.byte());
      entry.count = 1;
      entry.evidence = {{dns_name(input),
                         dns_name(input),
                         {VantageKind::import, text(input)},
                         entry.first_seen,
                         entry.last_seen,
                         entry.count}};
      known.push_back(std::move(entry));
    }
  }
  std::sort(known.begin(), known.end(),
            [](const LedgerEntry& left, const LedgerEntry& right) { return left.address < right.address; });
  content.entries = [&known](const std::string&, const IpAddress& first, std::size_t limit) {
    std::vector<LedgerEntry> found;
    for (const LedgerEntry& one : known) {
      if (one.address >= first && found.size() < limit) found.push_back(one);
    }
    return found;
  };
  return content;
}

// As it comes to a format: without what it does not read.
FeedContent content_for(const FormatFacts& facts, FeedContent content, std::optional<int> family) {
  content.family = facts.family ? facts.family : family;
  content.as_ranges &= facts.reads_ranges;
  if (!facts.says_ports) content.shared.clear(), content.shared_ports.clear();
  for (auto* list : {&content.networks, &content.shared}) {
    *list = without(*list, [&](const Network& one) {
      return (content.family && one.address().family() != *content.family) || (!facts.reads_prefixes && !is_host(one));
    });
  }
  return content;
}

bool is_json(std::string_view text) {
  boost::system::error_code error;
  boost::json::parse({text.data(), text.size()}, error);
  return !error;
}

void check(const FormatFacts& facts, std::string_view body) {
  if (facts.media_type.find("ndjson") != std::string_view::npos) {
    for (std::size_t end; (end = body.find('\n')) != std::string_view::npos; body.remove_prefix(end + 1))
      SINKFEED_CHECK(is_json(body.substr(0, end)));
    SINKFEED_CHECK(body.empty());
  } else if (facts.media_type.find("json") != std::string_view::npos) {
    SINKFEED_CHECK(is_json(body));
  }
  if (facts.tells_evidence || facts.media_type == "application/gzip") return;
  SINKFEED_CHECK(body.find(kMark) == std::string_view::npos);
  SINKFEED_CHECK(std::all_of(body.begin(), body.end(),
                             [](char c) { return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t'; }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input{{data, size}};
  const std::uint8_t families = input.byte() % 3;
  std::vector<LedgerEntry> known;
  const FeedContent content = any_content(input, known);
  for (const FeedFormat* format : feed_formats()) {
    const FormatFacts& facts = format->facts();
    const FeedContent own =
        content_for(facts, content, families ? std::optional<int>(families == 1 ? 4 : 6) : std::nullopt);
    const std::string body = format->render(own);
    SINKFEED_CHECK(format->render(own) == body);
    check(facts, body);
  }
  return 0;
}
