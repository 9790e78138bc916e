// Look-up of names among made-up profiles, and against a matcher that is obviously right.
#include "config/catalogue.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace sinkfeed {
namespace {

constexpr std::array kCoreAndWeb{Tier::core, Tier::web};

DnsName name(std::string_view text) { return DnsName::parse(text).value(); }

Profile sample() {
  Profile profile;
  profile.name = "sample";
  profile.title = "Sample";
  profile.ports = {5222};
  profile.names = {{name("chat.example"), Match::suffix, Tier::core, "login", ""},
                   {name("relay.chat.example"), Match::exact, Tier::media, "relay", ""},
                   {name("web.chat.example"), Match::exact, Tier::web, "web", ""},
                   {name("_xmpp-client._tcp.example"), Match::srv, Tier::core, "discovery", ""},
                   {name("_xmppconnect.example"), Match::no_data, Tier::core, "discovery", ""}};
  profile.never = {{name("push.chat.example"), Match::suffix, "push"}, {name("mchat.example"), Match::exact, "push"}};
  return profile;
}

std::string found(const Catalogue& catalogue, std::string_view text) {
  return catalogue.describe(catalogue.find(name(text)));
}

TEST(Catalogue, FindsTheLongestRuleOnLabelBoundaries) {
  const Catalogue catalogue{{sample()}, kCoreAndWeb};
  EXPECT_EQ(found(catalogue, "chat.example"), "sample: suffix chat.example (core)");
  EXPECT_EQ(found(catalogue, "a.b.CHAT.example"), "sample: suffix chat.example (core)");
  EXPECT_EQ(found(catalogue, "web.chat.example"), "sample: exact web.chat.example (web)");
  EXPECT_EQ(found(catalogue, "x.web.chat.example"), "sample: suffix chat.example (core)");
  EXPECT_EQ(found(catalogue, "_xmpp-client._tcp.example"), "sample: srv _xmpp-client._tcp.example (core)");
  EXPECT_EQ(found(catalogue, "x._xmpp-client._tcp.example"), "");
  EXPECT_EQ(found(catalogue, "_xmppconnect.example"), "sample: nodata _xmppconnect.example (core)");
  EXPECT_EQ(found(catalogue, "example"), "");
  EXPECT_EQ(found(catalogue, "xchat.example"), "");
  EXPECT_EQ(found(catalogue, "."), "");
}

TEST(Catalogue, LetsANeverRuleWinOverEveryTarget) {
  auto other = sample();
  other.name = "other";
  other.names = {{name("mchat.example"), Match::exact, Tier::core, "login", ""}};
  other.never = {{name("web.chat.example"), Match::exact, "theirs"}};
  const Catalogue catalogue{{sample(), other}, kCoreAndWeb};
  EXPECT_EQ(found(catalogue, "push.chat.example"), "sample: never suffix push.chat.example");
  EXPECT_EQ(found(catalogue, "a.push.chat.example"), "sample: never suffix push.chat.example");
  EXPECT_EQ(found(catalogue, "mchat.example"), "sample: never exact mchat.example");
  EXPECT_EQ(found(catalogue, "web.chat.example"), "other: never exact web.chat.example");
  EXPECT_EQ(catalogue.never_rule(catalogue.find(name("web.chat.example"))).why, "theirs");
}

TEST(Catalogue, LeavesOutRulesOfTiersThatAreOff) {
  const Catalogue on{{sample()}, std::array{Tier::core, Tier::media}};
  EXPECT_EQ(found(on, "relay.chat.example"), "sample: exact relay.chat.example (media)");
  EXPECT_EQ(on.rule(on.find(name("relay.chat.example"))).role, "relay");
  const Catalogue off{{sample()}, kCoreAndWeb};
  EXPECT_EQ(found(off, "relay.chat.example"), "sample: suffix chat.example (core)");
  EXPECT_FALSE(off.is_on(Tier::media));
  EXPECT_TRUE(off.is_on(Tier::web));
  const Catalogue none{{sample()}, std::span<const Tier>{}};
  EXPECT_EQ(found(none, "chat.example"), "");
  EXPECT_EQ(found(none, "mchat.example"), "sample: never exact mchat.example");
}

TEST(Catalogue, FindsProfilesByNameAndSurvivesAMove) {
  Catalogue first{{sample()}, kCoreAndWeb};
  const Catalogue moved{std::move(first)};
  ASSERT_NE(moved.find_profile("sample"), nullptr);
  EXPECT_EQ(moved.find_profile("sample")->title, "Sample");
  EXPECT_EQ(moved.find_profile("absent"), nullptr);
  EXPECT_EQ(found(moved, "x.chat.example"), "sample: suffix chat.example (core)");
}

// What Catalogue::find must say, by trying every rule.
Coverage naive_find(const Catalogue& catalogue, const DnsName& asked) {
  const auto covers = [&](const DnsName& rule, Match match) {
    return match == Match::suffix ? asked.is_at_or_below(rule) : asked == rule;
  };
  Coverage best;
  std::size_t best_rank = 0;
  const auto consider = [&](Coverage::Kind kind, std::size_t p, std::size_t r, const DnsName& rule, Match match) {
    if (!covers(rule, match)) return;
    // never over target; then the longest name; then exact over suffix; then the first.
    const auto rank =
        (kind == Coverage::Kind::never ? 1000U : 0U) + rule.wire().size() * 2 + (match == Match::suffix ? 0 : 1);
    if (rank <= best_rank) return;
    best_rank = rank;
    best = {kind, static_cast<std::uint16_t>(p), static_cast<std::uint16_t>(r)};
  };
  for (std::size_t p = 0; p < catalogue.profiles().size(); ++p) {
    const auto& profile = catalogue.profiles()[p];
    for (std::size_t r = 0; r < profile.never.size(); ++r) {
      consider(Coverage::Kind::never, p, r, profile.never[r].name, profile.never[r].match);
    }
    for (std::size_t r = 0; r < profile.names.size(); ++r) {
      if (!catalogue.is_on(profile.names[r].tier)) continue;
      consider(Coverage::Kind::target, p, r, profile.names[r].name, profile.names[r].match);
    }
  }
  return best;
}

TEST(Catalogue, AgreesWithANaiveMatcherOnRandomNames) {
  std::mt19937 random{3};
  const auto random_name = [&] {
    // Few, short labels that are tails of each other, so that names often meet and nearly meet.
    static constexpr std::array kLabels{"a", "ba", "aba", "b", "com"};
    std::string text;
    for (auto labels = 1 + random() % 4; labels > 0; --labels)
      text += std::string(kLabels[random() % kLabels.size()]) + ".";
    return name(text);
  };
  int covered = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<Profile> profiles(1 + random() % 3);
    for (auto& profile : profiles) {
      profile.name = "p" + std::to_string(&profile - profiles.data());
      for (auto rules = random() % 12; rules > 0; --rules) {
        profile.names.push_back(
            {random_name(), static_cast<Match>(random() % 4), static_cast<Tier>(random() % 4), "role", ""});
      }
      for (auto rules = random() % 4; rules > 0; --rules) {
        profile.never.push_back({random_name(), static_cast<Match>(random() % 2), "why"});
      }
    }
    const Catalogue catalogue{std::move(profiles), std::array{Tier::core, Tier::media}};
    for (int i = 0; i < 200; ++i) {
      const auto asked = random_name();
      const auto expected = naive_find(catalogue, asked);
      const auto actual = catalogue.find(asked);
      ASSERT_EQ(catalogue.describe(actual), catalogue.describe(expected)) << asked.text();
      ASSERT_TRUE(actual.kind == expected.kind && actual.profile == expected.profile && actual.rule == expected.rule);
      covered += actual.kind != Coverage::Kind::none;
    }
  }
  EXPECT_GT(covered, 10000);
}

}  // namespace
}  // namespace sinkfeed
