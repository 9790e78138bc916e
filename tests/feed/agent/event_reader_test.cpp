#include "feed/agent/event_reader.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "feed/event_stream.hpp"

namespace sinkfeed {
namespace {

std::vector<std::pair<std::string, std::string>> read(const std::string& text, std::size_t step) {
  std::vector<std::pair<std::string, std::string>> events;
  EventReader reader;
  for (std::size_t at = 0; at < text.size(); at += step) {
    EXPECT_TRUE(reader.add(std::string_view(text).substr(at, step)));
    while (const auto event = reader.next()) events.emplace_back(event->name, event->data);
  }
  return events;
}

TEST(EventReader, ReadsEventsWhereverTheBytesAreCut) {
  const std::string text = "retry: 2000\n\n:\n\n" + event_text("delta", 7, "{1}\n{2}\n") +
                           "event: nothing\n\nevent:edition\r\ndata:{3}\r\n\r\ndata: cut off";
  for (std::size_t step = 1; step <= text.size(); step++)
    EXPECT_EQ(read(text, step),
              (std::vector<std::pair<std::string, std::string>>{{"delta", "{1}\n{2}"}, {"edition", "{3}"}}))
        << step;
}

TEST(EventReader, RefusesWhatGrowsWithoutEnd) {
  const std::string piece(64 << 10, 'x'), line = "data: " + piece + "\n";
  for (const std::string& part : {piece, line}) {
    EventReader reader;
    std::size_t taken = 0;
    while (reader.add(part)) {
      EXPECT_FALSE(reader.next());
      taken += part.size();
      ASSERT_LE(taken, 2 * EventReader::kLargest);
    }
  }
}

}  // namespace
}  // namespace sinkfeed
