#include "feed/agent/event_reader.hpp"

#include <utility>

namespace sinkfeed {

Result<void> EventReader::add(std::string_view bytes) {
  bytes_.erase(0, read_);
  looked_ -= read_;
  read_ = 0;
  if (bytes_.size() + bytes.size() + event_.data.size() > kLargest)
    return Problem{"an event of the stream is too large to be one of sinkfeed's"};
  bytes_ += bytes;
  return {};
}

std::optional<Event> EventReader::next() {
  for (;;) {
    const std::size_t end = bytes_.find('\n', looked_);
    looked_ = end == std::string::npos ? bytes_.size() : end + 1;
    if (end == std::string::npos) return std::nullopt;
    std::string_view line(bytes_);
    line = line.substr(read_, end - read_);
    read_ = looked_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) {
      Event event = std::exchange(event_, {});
      if (std::exchange(has_data_, false)) return event;
      continue;
    }
    const std::size_t colon = std::min(line.find(':'), line.size());
    const std::string_view field = line.substr(0, colon);
    std::string_view value = line.substr(std::min(colon + 1, line.size()));
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (field == "event") event_.name = value;
    if (field != "data") continue;
    if (has_data_) event_.data += '\n';
    event_.data += value;
    has_data_ = true;
  }
}

}  // namespace sinkfeed
