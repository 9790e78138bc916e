// Settings and profiles with random damage: always a value or a sentence with the file's name, never a crash.
#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "config/settings.hpp"
#include "tests/config/files.hpp"

namespace sinkfeed {
namespace {

std::string shipped(const std::string& name) {
  std::ifstream stream{std::filesystem::path{SINKFEED_SOURCE} / "config" / name, std::ios::binary};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

std::string damaged(std::string text, std::mt19937& random) {
  static constexpr std::string_view kBytes = "[]{}\"'=.,#\n\\ 0-9az\t\xff\x80:/";
  for (auto edits = 1 + random() % 4; edits > 0; --edits) {
    const auto at = random() % text.size();
    switch (random() % 4) {
      case 0:
        text.erase(at, 1 + random() % 20);
        break;
      case 1:
        text.insert(at, 1, kBytes[random() % kBytes.size()]);
        break;
      case 2:
        text[at] = kBytes[random() % kBytes.size()];
        break;
      default:
        text.insert(at, text.substr(random() % text.size(), random() % 40));
        break;
    }
  }
  return text;
}

template <class Load>
void damage_many_times(const std::string& text, const std::string& name, Load load) {
  ASSERT_FALSE(text.empty());
  const Folder folder;
  std::mt19937 random{4};
  int refused = 0;
  for (int round = 0; round < 400; ++round) {
    const auto file = folder.write(name, damaged(text, random));
    const auto result = load(file);
    if (result) continue;
    ++refused;
    ASSERT_EQ(result.error().what.rfind(file.string() + ":", 0), 0U) << result.error().what;
    ASSERT_GT(result.error().what.size(), file.string().size() + 10);
  }
  EXPECT_GT(refused, 100);
  EXPECT_LT(refused, 400);
}

TEST(DamagedFile, IsRefusedWithItsPlaceAsSettings) {
  // A server is named, for the machine may have no resolv.conf.
  auto text = shipped("sinkfeed.toml");
  const std::string_view empty = "\nservers = []\n";
  ASSERT_NE(text.find(empty), std::string::npos);
  text.replace(text.find(empty), empty.size(), "\nservers = [\"192.0.2.53\"]\n");
  damage_many_times(text, "s.toml", load_settings);
}

TEST(DamagedFile, IsRefusedWithItsPlaceAsAProfile) {
  damage_many_times(shipped("profiles/google-talk.toml"), "p.toml", load_profile);
}

}  // namespace
}  // namespace sinkfeed
