#include "feed/commands/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <set>

#include "feed/commands/execute.hpp"
#include "feed/commands/input_file.hpp"
#include "feed/commands/text_parts.hpp"
#include "feed/formats/netfilter_names.hpp"
#include "feed/listings/listing.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

constexpr std::size_t kLookedBack = 100, kNamed = 10;

// Whether the feed's formats name their sets so: .nft, .ipset, .rsc and .asa.
bool is_own_name(std::string_view set, const std::string& feed) {
  FeedContent content;
  content.name = feed;
  std::string nft = feed;
  std::replace(nft.begin(), nft.end(), '-', '_');
  for (const int family : {4, 6}) {
    if (set == "v" + std::to_string(family) + "_" + nft || set == ipset_name(content, family)) return true;
  }
  const auto is_edition = [&](const std::string& stem, std::size_t digits) {
    return set.starts_with(stem) && set.size() == stem.size() + digits &&
           set.find_first_not_of("0123456789abcdef", stem.size()) == std::string_view::npos;
  };
  return is_edition("sinkfeed_" + feed + "_", 16) || is_edition("sinkfeed-" + feed + "-", 8);
}

// What was asked for; else the feed's own; else all, if no two could be meant.
Result<std::vector<const ListedSet*>> chosen(const Listing& listing, const CompareOptions& options,
                                             const std::string& feed) {
  using Sets = std::vector<const ListedSet*>;
  Sets own, all;
  std::string names;
  std::set<int> families;
  bool is_plain = true;
  for (const ListedSet& set : listing.sets) {
    all.push_back(&set);
    if (is_own_name(set.name, feed)) own.push_back(&set);
    if (all.size() <= kNamed) names += (names.empty() ? "" : ", ") + set.name;
    is_plain = families.insert(set.family.value_or(0)).second && is_plain;
  }
  if (all.size() > kNamed) names += fmt::format(" and {} more", all.size() - kNamed);
  if (!options.sets.empty()) {
    Sets wanted;
    for (const std::string& name : options.sets) {
      const auto found = std::find_if(all.begin(), all.end(), [&](const ListedSet* set) { return set->name == name; });
      if (found == all.end()) return Problem{fmt::format("no set \"{}\"; there is {}", name, names)};
      wanted.push_back(*found);
    }
    return wanted;
  }
  if (!own.empty()) return own;
  if (is_plain) return all;
  return Problem{fmt::format("several sets ({}), and none is named as the feed's: --set says which to compare", names)};
}

struct Compared {
  std::string feed, family;  // "": both families
  std::vector<std::string> sets;
  std::vector<AddressRange> listed;
};

Result<Compared> read(const CompareOptions& options, const Listing& listing, const std::string& feed) {
  const auto sets = chosen(listing, options, feed);
  if (!sets) return sets.error();
  Compared compared{feed, options.family, {}, {}};
  std::set<int> families;
  for (const ListedSet* set : *sets) families.insert(set->family.value_or(0));
  // Of sets that can hold one family alone nothing else is asked.
  if (compared.family.empty() && families.size() == 1 && *families.begin())
    compared.family = std::to_string(*families.begin());
  for (const ListedSet* set : *sets) {
    if (!set->name.empty()) compared.sets.push_back(set->name);
    for (const AddressRange& range : set->ranges) {
      if (compared.family.empty() || std::to_string(range.first.family()) == compared.family)
        compared.listed.push_back(range);
    }
  }
  compared.listed = normalized(std::move(compared.listed));
  return compared;
}

json::array networks_value(const std::vector<AddressRange>& ranges) {
  json::array list;
  for (const Network& network : networks_of(ranges)) {
    std::string text;
    append_network(text, network);
    list.push_back(json::value(text));
  }
  return list;
}

// Looks for an older generation that is equal; "older" is not there if none is.
Result<void> look_back(const Compared& compared, DaemonClient& client, json::object& result) {
  const ApiAnswer answer = client.call(
      "editions", {{"feed", compared.feed}, {"family", compared.family}, {"limit", std::to_string(kLookedBack)}});
  if (answer.status >= 400) return Problem{text(answer.body, "detail")};
  const std::string digest = digest_of(compared.listed);
  const auto& editions = answer.body.at("editions").as_array();
  result["looked_back"] = editions.size() - 1;
  for (const json::value& edition : editions) {
    if (text(edition, "digest") != digest) continue;
    result["older"] = json::object{{"generation", edition.at("generation")}, {"created", edition.at("created")}};
    break;
  }
  return {};
}

std::string result_text(const json::object& result) {
  const json::value value = result;
  const std::string what = fmt::format("{}{}, generation {} of {}", text(value, "feed"),
                                       text(value, "family").empty() ? "" : ", IPv" + text(value, "family") + " alone",
                                       number(value, "generation"), text(value, "created"));
  const std::string sets = joined(value.at("sets"));
  std::string out = fmt::format("{} beside {}{} (read as {})\n", what, text(value, "file"),
                                sets.empty() ? "" : ": " + sets, text(value, "format"));
  const auto &missing = value.at("missing").as_array(), &extra = value.at("extra").as_array();
  for (const json::value& one : missing) out += fmt::format("missing  {}\n", std::string_view(one.as_string()));
  for (const json::value& one : extra) out += fmt::format("extra    {}\n", std::string_view(one.as_string()));
  if (value.at("same").as_bool()) return out + "The same addresses.\n";
  out += fmt::format("{} missing, {} extra.", counted(missing.size(), "network"), counted(extra.size(), "network"));
  if (const json::value* older = result.if_contains("older"))
    out += fmt::format(" It is what generation {} of {} was.", number(*older, "generation"), text(*older, "created"));
  else if (const auto back = number(value, "looked_back"))
    out += fmt::format(" It is none of the {} before either.", counted(back, "generation"));
  return out + "\n";
}

}  // namespace

int compare_listing(const Call& call, DaemonClient& client) {
  const CompareOptions& options = call.compare;
  if (!options.family.empty() && options.family != "4" && options.family != "6")
    return wrong_call("--family is 4 or 6");
  const auto formats = listing_formats();
  if (!options.format.empty() && std::none_of(formats.begin(), formats.end(), [&](const ListingFormat* format) {
        return format->name == options.format;
      }))
    return wrong_call("--format: " + read_listing("", options.format).error().what);
  const auto& feeds = client.configuration().feeds;
  const std::string feed = !options.feed.empty() || feeds.empty() ? options.feed : feeds.front().name;
  const auto text = read_file(options.file);
  if (!text) return failed(text.error());
  const auto listing = read_listing(*text, options.format);
  if (!listing) return failed({shown(options.file) + " has " + listing.error().what});
  const auto compared = read(options, *listing, feed);
  if (!compared) return failed({shown(options.file) + " has " + compared.error().what});

  const ApiAnswer answer = client.call("editions", {{"feed", feed}, {"family", compared->family}, {"networks", "1"}});
  if (answer.status >= 400) return refused(answer);
  std::vector<AddressRange> held;
  for (const json::value& network : answer.body.at("networks").as_array()) {
    if (const auto range = read_range(std::string_view(network.as_string()))) held.push_back(*range);
  }
  held = normalized(std::move(held));
  const auto missing = without(held, compared->listed), extra = without(compared->listed, held);
  const json::value& newest = answer.body.at("editions").as_array().at(0);
  json::object result{{"feed", feed},
                      {"family", compared->family},
                      {"file", shown(options.file)},
                      {"format", listing->format},
                      {"sets", json::array(compared->sets.begin(), compared->sets.end())},
                      {"generation", newest.at("generation")},
                      {"created", newest.at("created")},
                      {"same", missing.empty() && extra.empty()},
                      {"missing", networks_value(missing)},
                      {"extra", networks_value(extra)},
                      {"unread", listing->complaints.total()}};
  const bool same = result.at("same").as_bool();
  if (!same) {
    if (const auto looked = look_back(*compared, client, result); !looked) return failed(looked.error());
  }
  if (call.options.json)
    fmt::print("{}\n", json::serialize(result));
  else
    fmt::print("{}", result_text(result));
  for (const std::string& complaint : listing->complaints.list()) fmt::print(stderr, "sinkfeed: {}\n", complaint);
  if (const std::size_t all = listing->complaints.total(), told = listing->complaints.list().size(); all > told)
    fmt::print(stderr, "sinkfeed: and {} more lines\n", all - told);
  return same && !listing->complaints.total() ? 0 : 1;
}

}  // namespace sinkfeed
