// nft list set, nft list table, nft list ruleset: "set v4 { type ipv4_addr flags interval elements = { 192.0.2.1,
// 192.0.2.4-192.0.2.9 timeout 1d expires 3h, 192.0.2.64/26 } }". Of concatenations the first part is the address.
#include <algorithm>
#include <utility>

#include "feed/listings/listing.hpp"

namespace sinkfeed {

namespace {

struct Token {
  std::string_view text;  // a word, or one of { } , ; =
  const Line* line;
};

bool is_mark(char c) { return c == '{' || c == '}' || c == ',' || c == ';' || c == '='; }

// Quoted text is left out: it is a comment.
std::vector<Token> tokens_of(const std::vector<Line>& lines) {
  std::vector<Token> tokens;
  for (const Line& line : lines) {
    const std::string_view text = line.text;
    for (std::size_t at = 0; at < text.size();) {
      const char c = text[at];
      if (c == '#') break;
      if (c == ' ' || c == '\t') {
        at++;
      } else if (c == '"') {
        const std::size_t end = text.find('"', at + 1);
        at = end == std::string_view::npos ? text.size() : end + 1;
      } else if (is_mark(c)) {
        tokens.push_back({text.substr(at++, 1), &line});
      } else {
        const std::size_t from = at;
        while (at < text.size() && !is_mark(text[at]) && text[at] != ' ' && text[at] != '\t' && text[at] != '"') at++;
        tokens.push_back({text.substr(from, at - from), &line});
      }
    }
  }
  return tokens;
}

bool is_it(const std::vector<Line>& lines) {
  return std::any_of(lines.begin(), lines.end(), [](const Line& line) {
    const auto words = words_of(line.text);
    return words.size() >= 2 && (words[0] == "table" || words[0] == "set") && words.back() == "{";
  });
}

// From the first token behind "elements = {" to the one behind its "}". The first word of each element counts.
std::size_t read_elements(const std::vector<Token>& tokens, std::size_t at, ListedSet& set, Listing& listing) {
  bool is_first = true;
  int depth = 1;
  for (; at < tokens.size() && depth; at++) {
    const std::string_view text = tokens[at].text;
    if (text == "{") {
      depth++;
    } else if (text == "}") {
      depth--;
    } else if (text == ",") {
      is_first = true;
    } else if (std::exchange(is_first, false)) {
      add_range(listing, set, *tokens[at].line, text);
    }
  }
  return at;
}

// From behind "set NAME {"; returns the place behind its "}".
std::size_t read_set(const std::vector<Token>& tokens, std::size_t at, std::string_view name, Listing& listing) {
  std::optional<int> family;
  bool is_of_addresses = false;
  int depth = 1;
  for (; at < tokens.size() && depth; at++) {
    const std::string_view text = tokens[at].text;
    if (text == "{") depth++;
    if (text == "}") depth--;
    if (text == "type" && at + 1 < tokens.size()) {
      const std::string_view type = tokens[at + 1].text;
      if (type == "ipv4_addr") family = 4;
      if (type == "ipv6_addr") family = 6;
      is_of_addresses = family.has_value();
    } else if (text == "typeof" && at + 2 < tokens.size()) {
      const std::string_view header = tokens[at + 1].text, field = tokens[at + 2].text;
      if (header == "ip") family = 4;
      if (header == "ip6") family = 6;
      is_of_addresses = family && (field == "saddr" || field == "daddr");
    }
    if (is_of_addresses) {
      ListedSet& set = listing.set(name);
      set.family = family;
      if (text == "elements" && at + 2 < tokens.size() && tokens[at + 1].text == "=" && tokens[at + 2].text == "{")
        at = read_elements(tokens, at + 3, set, listing) - 1;
    }
  }
  return at;
}

void read(std::string_view, const std::vector<Line>& lines, Listing& listing) {
  const auto tokens = tokens_of(lines);
  for (std::size_t at = 0; at < tokens.size();) {
    if (tokens[at].text == "set" && at + 2 < tokens.size() && tokens[at + 2].text == "{")
      at = read_set(tokens, at + 3, tokens[at + 1].text, listing);
    else
      at++;
  }
}

}  // namespace

const ListingFormat kNft{"nft", "nft list set, nft list ruleset", is_it, read};

}  // namespace sinkfeed
