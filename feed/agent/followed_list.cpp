#include "feed/agent/followed_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>

#include "feed/digests.hpp"
#include "feed/feed_content.hpp"
#include "store/sha256.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

constexpr int kShortest4 = 16, kShortest6 = 32;
constexpr std::size_t kMostPorts = 64;

const Problem kNotOurs{"the server sent what is no event of sinkfeed's"};

// A line of theirs, fit for a log.
std::string shown(std::string_view line) {
  std::string text;
  for (const char c : line.substr(0, 40)) text += c >= ' ' && c < 0x7f && c != '"' ? c : '?';
  return "\"" + text + (line.size() > 40 ? "..." : "") + "\"";
}

std::optional<json::object> object_of(std::string_view line) {
  boost::system::error_code error;
  json::value value = json::parse(line, error);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

std::optional<std::uint64_t> number_of(const json::object& object, std::string_view member) {
  const json::value* value = object.if_contains(member);
  if (!value || !value->is_int64() || value->as_int64() < 0) return std::nullopt;
  return static_cast<std::uint64_t>(value->as_int64());
}

std::string member_text(const json::object& object, std::string_view member) {
  const json::value* value = object.if_contains(member);
  return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

bool is_digest(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<std::vector<std::uint16_t>> ports_of(const json::object& object) {
  const json::value* list = object.if_contains("ports");
  if (!list || !list->is_array() || list->as_array().empty() || list->as_array().size() > kMostPorts)
    return std::nullopt;
  std::vector<std::uint16_t> ports;
  for (const json::value& port : list->as_array()) {
    if (!port.is_int64() || port.as_int64() < 1 || port.as_int64() > 65535) return std::nullopt;
    ports.push_back(static_cast<std::uint16_t>(port.as_int64()));
  }
  std::sort(ports.begin(), ports.end());
  ports.erase(std::unique(ports.begin(), ports.end()), ports.end());
  return ports;
}

Result<void> check_network(const Network& network, const ListBounds& bounds) {
  const int family = network.address().family();
  if (bounds.family && family != *bounds.family)
    return Problem{fmt::format("the list has {}, which is not IPv{}", network.text(), *bounds.family)};
  if (network.prefix() < (family == 4 ? kShortest4 : kShortest6))
    return Problem{fmt::format("the list has {}, which is more than any feed of sinkfeed holds", network.text())};
  for (const IpAddress& end : {network.address(), last_of(network)}) {
    if (const auto special = special_purpose(end))
      return Problem{fmt::format("the list has {}, which is special ({})", network.text(), *special)};
  }
  if (bounds.server && network.contains(*bounds.server))
    return Problem{fmt::format("the list has {}, which is the server that it comes from", network.text())};
  return {};
}

}  // namespace

std::string FollowedList::name() const {
  return fmt::format("generation {} ({} {})", generation, networks.size(),
                     networks.size() == 1 ? "network" : "networks");
}

Result<Edition> read_edition(std::string_view data, std::string_view feed) {
  const auto object = object_of(data);
  if (!object || member_text(*object, "type") != "edition" || member_text(*object, "feed") != feed) return kNotOurs;
  const auto generation = number_of(*object, "generation"), entries = number_of(*object, "entries");
  auto ports = ports_of(*object);
  Edition edition;
  edition.sha256 = member_text(*object, "full_sha256");
  if (!generation || !entries || !ports || !is_digest(edition.sha256)) return kNotOurs;
  edition.generation = *generation;
  edition.entries = *entries;
  edition.ports = std::move(*ports);
  return edition;
}

Result<ListDelta> read_delta(std::string_view lines, std::string_view feed) {
  ListDelta delta;
  bool has_begun = false, has_ended = false;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    const auto object = object_of(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (!object || has_ended) return kNotOurs;
    const std::string type = member_text(*object, "type");
    if (!has_begun) {
      const auto from = number_of(*object, "from"), to = number_of(*object, "to");
      if (type != "delta" || member_text(*object, "feed") != feed || !from || !to) return kNotOurs;
      delta.from = *from, delta.to = *to;
      has_begun = true;
    } else if (type == "end") {
      const auto entries = number_of(*object, "entries");
      delta.sha256 = member_text(*object, "full_sha256");
      if (!entries || !is_digest(delta.sha256) || number_of(*object, "added") != delta.added.size() ||
          number_of(*object, "removed") != delta.removed.size())
        return kNotOurs;
      delta.entries = *entries;
      has_ended = true;
    } else {
      const std::string added = member_text(*object, "add"), removed = member_text(*object, "remove");
      const auto network = Network::parse(added.empty() ? removed : added);
      if (added.empty() == removed.empty() || !network) return kNotOurs;
      (added.empty() ? delta.removed : delta.added).push_back(*network);
    }
  }
  if (!has_ended) return Problem{"the server's change breaks off in its middle"};
  return delta;
}

Result<std::vector<Network>> read_list(std::string_view body) {
  std::vector<Network> networks;
  for (std::size_t number = 1; !body.empty(); number++) {
    const std::size_t end = body.find('\n');
    const std::string_view line = body.substr(0, end);
    const auto network = Network::parse(line);
    if (!network) return Problem{fmt::format("line {} of the list is no address but {}", number, shown(line))};
    if (end == std::string_view::npos) return Problem{"the list breaks off in its last line"};
    networks.push_back(*network);
    body.remove_prefix(end + 1);
  }
  return networks;
}

Result<void> check_list(const std::vector<Network>& networks, const ListBounds& bounds) {
  if (networks.empty()) return Problem{"the list is empty"};
  for (std::size_t i = 0; i < networks.size(); i++) {
    if (const auto right = check_network(networks[i], bounds); !right) return right;
    if (i && (!(networks[i - 1] < networks[i]) || networks[i - 1].contains(networks[i].address())))
      return Problem{fmt::format("the list has {} twice or out of order", networks[i].text())};
  }
  return {};
}

Result<FollowedList> applied(const FollowedList& list, const ListDelta& delta, const ListBounds& bounds) {
  const Problem does_not_fit{"the server's change does not fit the list that is held"};
  if (delta.from != list.generation) return does_not_fit;
  FollowedList next = list;
  next.generation = delta.to;
  next.networks.clear();
  next.networks.reserve(list.networks.size() + delta.added.size());
  auto added = delta.added.begin();
  auto removed = delta.removed.begin();
  for (const Network& network : list.networks) {
    while (added != delta.added.end() && *added < network) next.networks.push_back(*added++);
    if (removed != delta.removed.end() && *removed == network)
      removed++;
    else
      next.networks.push_back(network);
  }
  next.networks.insert(next.networks.end(), added, delta.added.end());
  if (removed != delta.removed.end() || next.networks.size() != delta.entries) return does_not_fit;
  if (const auto right = check_list(next.networks, bounds); !right) return right.error();
  next.sha256 = list_digest(text_of(next.networks));
  if (next.sha256 != delta.sha256) return Problem{"the list with the server's change has another digest than it says"};
  return next;
}

std::string text_of(const std::vector<Network>& networks) {
  FeedContent content;
  content.networks = NetworkList(networks);
  std::string text;
  append_lines(text, content);
  return text;
}

std::string list_digest(std::string_view text) { return to_hex(digest_of(Digest::sha256, text)); }

}  // namespace sinkfeed
