#include "feed/agent/nft_listing.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace sinkfeed {

namespace {

namespace json = boost::json;

// An element of a set of addresses: "192.0.2.1", {"prefix":{"addr":…,"len":…}}, {"range":[…,…]}, or one of these in
// {"elem":{"val":…}}, with a counter beside it. Throws what Boost.JSON throws if it is none.
AddressRange range_of(const json::value& element) {
  if (element.is_string()) {
    const IpAddress address = IpAddress::parse(std::string_view(element.as_string())).value();
    return {address, address};
  }
  const json::object& object = element.as_object();
  if (const json::value* inner = object.if_contains("elem")) return range_of(inner->at("val"));
  if (const json::value* range = object.if_contains("range"))
    return {range_of(range->at(0)).first, range_of(range->at(1)).first};
  const json::value& prefix = object.at("prefix");
  const IpAddress address = range_of(prefix.at("addr")).first;
  return ranges_of(std::vector{Network(address, prefix.at("len").to_number<int>())}).front();
}

void take_set(const json::object& set, NftTable& table) {
  const std::string name(set.at("name").as_string());
  const json::value* elements = set.if_contains("elem");
  if (set.at("type") == "inet_service") {
    auto& ports = table.ports[name];
    if (!elements) return;
    for (const json::value& element : elements->as_array()) ports.insert(element.to_number<std::uint16_t>());
    return;
  }
  if (set.at("type") != "ipv4_addr" && set.at("type") != "ipv6_addr") return;
  std::vector<AddressRange> ranges;
  if (elements) {
    for (const json::value& element : elements->as_array()) ranges.push_back(range_of(element));
  }
  table.addresses[name] = joined(std::move(ranges));
}

NftTable table_of(const std::string& text, const std::set<std::string>& names) {
  NftTable table;
  const json::value listing = json::parse(text);
  for (const json::value& item : listing.at("nftables").as_array()) {
    const json::object& object = item.as_object();
    if (const json::value* set = object.if_contains("set")) {
      if (names.contains(std::string(set->at("name").as_string()))) take_set(set->as_object(), table);
    } else if (const json::value* chain = object.if_contains("chain")) {
      const json::value* hook = chain->as_object().if_contains("hook");
      table.hooks[std::string(chain->at("name").as_string())] = hook ? std::string(hook->as_string()) : "";
    } else if (const json::value* rule = object.if_contains("rule")) {
      table.rules[std::string(rule->at("chain").as_string())].push_back(json::serialize(rule->at("expr")));
    }
  }
  return table;
}

}  // namespace

Result<NftTable> read_nft_table(const std::string& text, const std::set<std::string>& names) {
  try {
    return table_of(text, names);
  } catch (const std::exception&) {
    return Problem{"what nft lists cannot be read"};
  }
}

}  // namespace sinkfeed
