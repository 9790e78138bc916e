#include "feed/taxii_media.hpp"

#include <algorithm>
#include <string>

namespace sinkfeed {

namespace {

struct MediaRange {
  std::string type, version;  // lower case; version empty if it says none
  bool is_refused = false;    // q=0
};

std::string lower(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  text = text.substr(0, text.find_last_not_of(" \t") + 1);
  std::string all(text);
  std::transform(all.begin(), all.end(), all.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; });
  return all;
}

MediaRange read_range(std::string_view text) {
  MediaRange range;
  range.type = lower(text.substr(0, text.find(';')));
  for (std::size_t at = text.find(';'); at < text.size();) {
    const std::size_t end = std::min(text.find(';', at + 1), text.size());
    std::string parameter = lower(text.substr(at + 1, end - at - 1));
    std::erase(parameter, '"');
    if (parameter.starts_with("version=")) range.version = parameter.substr(8);
    if (parameter.starts_with("q=0") && parameter.find_first_not_of("0.", 2) == std::string::npos)
      range.is_refused = true;
    at = end;
  }
  return range;
}

}  // namespace

bool accepts_taxii(std::string_view accept) {
  if (lower(accept).empty()) return true;
  for (std::size_t at = 0; at <= accept.size();) {
    const std::size_t comma = std::min(accept.find(',', at), accept.size());
    const MediaRange range = read_range(accept.substr(at, comma - at));
    at = comma + 1;
    if (range.is_refused) continue;
    if (range.type == "*/*" || range.type == "application/*" || range.type == "application/json") return true;
    const bool is_ours = range.type == "application/taxii+json" || range.type == "application/stix+json";
    if (is_ours && (range.version.empty() || range.version == "2.1")) return true;
  }
  return false;
}

bool is_taxii(std::string_view content_type) {
  const MediaRange range = read_range(content_type);
  return range.type == "application/taxii+json" && (range.version.empty() || range.version == "2.1");
}

}  // namespace sinkfeed
