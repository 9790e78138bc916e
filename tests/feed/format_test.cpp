#include "feed/format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Formats, AreFoundByTheirExtension) {
  for (const FeedFormat* format : feed_formats()) EXPECT_EQ(find_format(format->facts().extension), format);
  EXPECT_EQ(find_format("exe"), nullptr);
}

TEST(Formats, SayWhoReadsThemAndHow) {
  for (const FeedFormat* format : feed_formats()) {
    const FormatFacts& facts = format->facts();
    EXPECT_FALSE(facts.media_type.empty()) << facts.extension;
    EXPECT_FALSE(facts.products.empty()) << facts.extension;
    EXPECT_FALSE(facts.subscribe.empty()) << facts.extension;
    EXPECT_FALSE(facts.says_ports && facts.blocks_every_port) << facts.extension;
    for (const char c : facts.extension)
      EXPECT_TRUE((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-') << facts.extension;
  }
}

TEST(Formats, StandInTheReadme) {
  std::ifstream file(SINKFEED_SOURCE "/README.md");
  const std::string readme(std::istreambuf_iterator<char>(file), {});
  for (const FeedFormat* format : feed_formats()) {
    const std::string extension(format->facts().extension);
    EXPECT_TRUE(readme.find("`." + extension + "`") != std::string::npos ||
                readme.find("google-talk." + extension) != std::string::npos)
        << extension;
  }
}

TEST(Formats, TheSameContentGivesTheSameBytes) {
  const auto known = sample_entries();
  for (const FeedFormat* format : feed_formats()) {
    const FeedContent content = sample_for(*format, known);
    EXPECT_EQ(format->render(content), format->render(content)) << format->facts().extension;
  }
}

// Only what is read as data, with quotes of its own, tells a name at all; that its quotes hold is for its own test.
TEST(Formats, NoNameThatSomebodyElseChoseLeavesItsPlace) {
  const auto known = sample_entries();
  for (const FeedFormat* format : feed_formats()) {
    const FormatFacts& facts = format->facts();
    const std::string body = format->render(sample_for(*format, known));
    if (facts.tells_evidence) continue;
    for (const char* hostile : {"google.com", "evil", "$(id)", "};flush", "')", "<script>", "<b>", "Google"})
      EXPECT_THAT(body, Not(HasSubstr(hostile))) << facts.extension;
  }
}

TEST(Formats, EveryEntryIsThereInItsOrder) {
  const auto known = sample_entries();
  for (const FeedFormat* format : feed_formats()) {
    const FormatFacts& facts = format->facts();
    if (facts.media_type == "application/gzip" || facts.extension == "rpz") continue;  // not in plain sight
    if (facts.extension.ends_with("tables")) continue;                                 // they are in the sets of .ipset
    const FeedContent content = sample_for(*format, known);
    const std::string body = format->render(content);
    for (const int family : {4, 6}) {
      std::size_t at = 0;
      for (const Network& one : content.networks.of_family(family)) {
        at = body.find(one.address().text(), at);
        ASSERT_NE(at, std::string::npos) << facts.extension << ": " << one.text() << "\n" << body;
      }
    }
  }
}

}  // namespace
}  // namespace sinkfeed
