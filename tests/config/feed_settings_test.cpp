// [[feed.list]]: what is read of it, what each mistake gets, and the feeds that need no settings.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/settings.hpp"
#include "tests/config/files.hpp"

namespace sinkfeed {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kServer = "upstream.servers = [\"192.0.2.53\"]\n";

Result<Settings> read(const std::string& text) {
  const Folder folder;
  return load_settings(folder.write("s.toml", std::string{kServer} + text));
}

TEST(FeedSettings, AFeedIsReadWhole) {
  const Settings settings = read(R"([[feed.list]]
name = "im"
profiles = ["google-talk"]
family = 4
shared = "ports-only"
aggregation = "lossless"
max_entries = 500
tiers = ["core", "media"]
[[feed.list]]
name = "all-of-it"
profiles = ["google-talk"]
)")
                                .value();
  FeedDefinition im{.name = "im",
                    .profiles = {"google-talk"},
                    .family = 4,
                    .shared = SharedAddresses::ports_only,
                    .aggregation = Aggregation::lossless,
                    .max_entries = 500,
                    .tiers = {Tier::core, Tier::media}};
  FeedDefinition plain;
  plain.name = "all-of-it";
  plain.profiles = {"google-talk"};
  EXPECT_THAT(settings.feed.list, ElementsAre(im, plain));
}

TEST(FeedSettings, AMistakeSaysWhereAndWhatToDo) {
  const auto mistake = [](const std::string& text) { return read("[[feed.list]]\n" + text).error().what; };
  EXPECT_THAT(mistake("profiles = [\"google-talk\"]\n"), HasSubstr("name"));
  EXPECT_THAT(mistake("name = \"im\"\n"), HasSubstr("profiles"));
  EXPECT_THAT(mistake("name = \"Im/..\"\nprofiles = [\"google-talk\"]\n"), HasSubstr("s.toml:3:8: "));
  EXPECT_THAT(mistake("name = \"im\"\nprofiles = [\"chat\"]\n"), HasSubstr("chat is not in block.profiles"));
  EXPECT_THAT(mistake("name = \"im\"\nprofiles = [\"google-talk\"]\nfamily = 5\n"), HasSubstr("is 4 or 6"));
  EXPECT_THAT(mistake("name = \"im\"\nprofiles = [\"google-talk\"]\nshared = \"yes\"\n"), HasSubstr("ports-only"));
  EXPECT_THAT(mistake("name = \"im\"\nprofiles = [\"google-talk\"]\nshapes = 1\n"), HasSubstr("shapes"));
  EXPECT_THAT(mistake("name = \"im\"\nprofiles = [\"google-talk\"]\n[[feed.list]]\nname = \"im\"\n"
                      "profiles = [\"google-talk\"]\n"),
              HasSubstr("listed twice"));
}

TEST(FeedDefinitions, EachProfileHasTwoUnlessTheirNamesAreTaken) {
  Profile chat;
  chat.name = "chat";
  FeedDefinition own;
  own.name = "chat-all";
  own.profiles = {"chat"};
  own.max_entries = 5;
  const auto feeds = with_feeds_of_profiles({own}, {chat});
  ASSERT_EQ(feeds.size(), 2u);
  EXPECT_EQ(feeds[0], own);
  EXPECT_EQ(feeds[1].name, "chat");
  EXPECT_EQ(feeds[1].shared, SharedAddresses::hold);
  const auto without = with_feeds_of_profiles({}, {chat});
  EXPECT_EQ(without.at(1).name, "chat-all");
  EXPECT_EQ(without.at(1).shared, SharedAddresses::include);
}

}  // namespace
}  // namespace sinkfeed
