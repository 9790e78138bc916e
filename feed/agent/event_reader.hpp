// Reads a stream of events (WHATWG HTML 9.2.6) from the bytes as they come.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/result.hpp"

namespace sinkfeed {

struct Event {
  std::string name;  // "delta"
  std::string data;  // lines with \n between them, and none at the end
};

class EventReader {
 public:
  // An event larger than that is no event of sinkfeed's: it sends none above 1 MiB and a bit.
  static constexpr std::size_t kLargest = 4 << 20;

  // Takes what came, to be read by next(). The Problem: it is too large for an event.
  Result<void> add(std::string_view bytes);
  // The next whole event, if there is one. Comments, and events without data, are passed over.
  std::optional<Event> next();

 private:
  std::string bytes_;
  std::size_t read_ = 0;    // of bytes_: lines that were taken
  std::size_t looked_ = 0;  // and so far there is no end of the line
  Event event_;
  bool has_data_ = false;
};

}  // namespace sinkfeed
