// nft -j list set, nft -j list ruleset: {"nftables": [{"set": {"name": "v4", "type": "ipv4_addr", "elem": ["192.0.2.1",
// {"prefix": {"addr": "192.0.2.64", "len": 26}}, {"range": ["192.0.2.4", "192.0.2.9"]}, {"elem": {"val": ...}}]}}]}.
#include <boost/json/parse.hpp>

#include "feed/listings/listing.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

constexpr int kDeepest = 4;  // of an element within elements

bool is_it(const std::vector<Line>& lines) {
  for (const Line& line : lines) {
    const std::string_view text = trimmed(line.text);
    if (text.empty()) continue;
    if (text[0] != '{') return false;
    for (const Line& other : lines) {
      if (other.text.find("\"nftables\"") != std::string_view::npos) return true;
    }
    return false;
  }
  return false;
}

std::string text_of(const json::value& value) {
  return value.is_string() ? std::string(value.as_string()) : std::string();
}

const json::value* member(const json::value& value, std::string_view name) {
  return value.is_object() ? value.as_object().if_contains(name) : nullptr;
}

// As the text form has it; empty if it is nothing that is known.
std::string item_of(const json::value& element, int depth = 0) {
  if (element.is_string()) return text_of(element);
  if (depth == kDeepest) return "";
  if (const json::value* inner = member(element, "elem"))
    return member(*inner, "val") ? item_of(*member(*inner, "val"), depth + 1) : "";
  if (const json::value* parts = member(element, "concat"))
    return parts->is_array() && !parts->as_array().empty() ? item_of(parts->as_array()[0], depth + 1) : "";
  if (const json::value* prefix = member(element, "prefix")) {
    const json::value *address = member(*prefix, "addr"), *length = member(*prefix, "len");
    if (!address || !length || !length->is_int64()) return "";
    return text_of(*address) + "/" + std::to_string(length->as_int64());
  }
  if (const json::value* range = member(element, "range")) {
    if (!range->is_array() || range->as_array().size() != 2) return "";
    return text_of(range->as_array()[0]) + "-" + text_of(range->as_array()[1]);
  }
  return "";
}

void read_set(const json::value& from, Listing& listing) {
  const json::value *name = member(from, "name"), *type = member(from, "type"), *elements = member(from, "elem");
  if (!name || !type) return;
  const std::string kind = text_of(type->is_array() && !type->as_array().empty() ? type->as_array()[0] : *type);
  if (kind != "ipv4_addr" && kind != "ipv6_addr") return;
  ListedSet& set = listing.set(text_of(*name));
  set.family = kind == "ipv4_addr" ? 4 : 6;
  if (!elements || !elements->is_array()) return;
  for (const json::value& element : elements->as_array()) {
    const std::string item = item_of(element);
    add_range(listing, set, {1, item.empty() ? std::string_view("an element") : std::string_view(item)}, item);
  }
}

void read(std::string_view text, const std::vector<Line>&, Listing& listing) {
  boost::system::error_code error;
  const json::value whole = json::parse(json::string_view(text.data(), text.size()), error);
  const json::value* items = error ? nullptr : member(whole, "nftables");
  if (!items || !items->is_array()) {
    listing.complaints.add({1, text.substr(0, text.find('\n'))}, "is no JSON of nft's");
    return;
  }
  for (const json::value& item : items->as_array()) {
    if (const json::value* set = member(item, "set")) read_set(*set, listing);
  }
}

}  // namespace

const ListingFormat kNftJson{"nft-json", "the same with -j", is_it, read};

}  // namespace sinkfeed
