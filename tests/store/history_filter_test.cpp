// What a search matches, member by member.
#include <gtest/gtest.h>

#include "store/history.hpp"
#include "tests/store/history_samples.hpp"

namespace sinkfeed {
namespace {

QueryRecord query(std::string_view name) {
  QueryRecord r;
  r.name = test::dns(name);
  r.client = test::ip("10.1.2.3");
  r.type = 28;
  r.verdict = Verdict::sinkhole;
  r.rcode = 3;
  r.time = test::at(1000);
  return r;
}

bool name_matches(std::string_view pattern, std::string_view name) {
  HistoryFilter filter;
  const auto set = filter.set_name(pattern);
  EXPECT_TRUE(set) << pattern;
  return filter.matches(query(name));
}

TEST(HistoryFilter, MatchesNamesOnLabelBoundaries) {
  EXPECT_TRUE(name_matches("talk.google.com", "Talk.Google.com"));
  EXPECT_FALSE(name_matches("talk.google.com", "mtalk.google.com"));
  EXPECT_FALSE(name_matches("talk.google.com", "a.talk.google.com"));
  EXPECT_TRUE(name_matches("*.google.com", "talk.google.com"));
  EXPECT_TRUE(name_matches("*.google.com", "a.talk.google.com"));
  EXPECT_FALSE(name_matches("*.google.com", "google.com"));
  EXPECT_FALSE(name_matches("*.google.com", "notgoogle.com"));
}

TEST(HistoryFilter, MatchesPartsOfNames) {
  EXPECT_TRUE(name_matches("*talk*", "mtalk.google.com"));
  EXPECT_TRUE(name_matches("*lk.goo*", "mtalk.google.com"));
  EXPECT_FALSE(name_matches("*talk*", "google.com"));
  EXPECT_TRUE(name_matches("*", "."));
  EXPECT_TRUE(name_matches("*.com*", "a.com"));
}

TEST(HistoryFilter, AnchorsThePartOnTheSideWithoutAStar) {
  EXPECT_TRUE(name_matches("TALK*", "talk.google.com"));
  EXPECT_TRUE(name_matches("talk*", "talkgadget.google.com"));
  EXPECT_FALSE(name_matches("talk*", "mtalk.google.com"));
  EXPECT_TRUE(name_matches("*talk.google.com", "mtalk.google.com"));
  EXPECT_TRUE(name_matches("*talk.google.com", "talk.google.com"));
  EXPECT_TRUE(name_matches("*talk.google.com.", "talk.google.com")) << "with the root's dot or without";
  EXPECT_FALSE(name_matches("*talk.google.com", "talk.google.com.evil.org"));
  EXPECT_FALSE(name_matches("*.x", "a\\.x"));
  EXPECT_TRUE(name_matches("*\\.x", "a\\.x"));
  EXPECT_FALSE(name_matches("a*", "ba.example"));
  EXPECT_TRUE(name_matches("**", "a.example"));
}

TEST(HistoryFilter, ReadsEscapesInNames) {
  EXPECT_TRUE(name_matches("\\*.example", "\\*.example"));
  EXPECT_FALSE(name_matches("\\*.example", "a.example"));
  EXPECT_TRUE(name_matches("*\\*b*", "a\\*b.example"));
  EXPECT_TRUE(name_matches("*\\065b*", "xab.example"));
  EXPECT_FALSE(name_matches("*.x*", "a\\.x.example")) << "a dot in a label is no label's end";
  EXPECT_TRUE(name_matches("*\\.x*", "a\\.x.example"));
  EXPECT_FALSE(name_matches("*032*", "a\\032b.example")) << "the digits of an escape are not the name's";
}

TEST(HistoryFilter, RefusesNamesThatAreNone) {
  for (const auto* const wrong : {"", "a..b", "*.", "*.a..b", "a*b", "*a*b*", "*a\\25*", "*\\999*"}) {
    HistoryFilter filter;
    const auto set = filter.set_name(wrong);
    ASSERT_FALSE(set) << wrong;
    EXPECT_FALSE(set.error().what.empty());
  }
}

TEST(HistoryFilter, WantsEveryMemberToMatch) {
  auto record = query("talk.google.com");
  PackedAnswers::append(record.answers, 1, std::string("\xc0\x00\x02\x01", 4));
  const auto matches = [&](const auto& set) {
    HistoryFilter filter;
    set(filter);
    return filter.matches(record);
  };
  EXPECT_TRUE(matches([](auto&) {}));
  EXPECT_TRUE(matches([](auto& f) { f.client = Network::parse("10.1.0.0/16").value(); }));
  EXPECT_FALSE(matches([](auto& f) { f.client = Network::parse("10.2.0.0/16").value(); }));
  EXPECT_TRUE(matches([](auto& f) { f.type = 28; }));
  EXPECT_FALSE(matches([](auto& f) { f.type = 1; }));
  EXPECT_TRUE(matches([](auto& f) { f.verdict = Verdict::sinkhole; }));
  EXPECT_FALSE(matches([](auto& f) { f.verdict = Verdict::pass; }));
  EXPECT_TRUE(matches([](auto& f) { f.rcode = 3; }));
  EXPECT_FALSE(matches([](auto& f) { f.rcode = 0; }));
  EXPECT_TRUE(matches([](auto& f) { f.answer = test::ip("192.0.2.1"); }));
  EXPECT_FALSE(matches([](auto& f) { f.answer = test::ip("192.0.2.2"); }));
  EXPECT_TRUE(matches([](auto& f) { f.since = test::at(1000), f.until = test::at(1001); }));
  EXPECT_FALSE(matches([](auto& f) { f.until = test::at(1000); }));
  EXPECT_FALSE(matches([](auto& f) { f.since = test::at(1001); }));
  EXPECT_FALSE(matches([](auto& f) { f.type = 28, f.rcode = 0; }));
}

TEST(HistoryFilter, ShowsAGapWhateverIsSearchedFor) {
  QueryRecord gap;
  gap.kind = QueryRecord::Kind::gap;
  gap.time = test::at(1000);
  HistoryFilter filter;
  ASSERT_TRUE(filter.set_name("talk.google.com"));
  EXPECT_TRUE(filter.matches(gap));
  filter.until = test::at(1000);
  EXPECT_FALSE(filter.matches(gap));
}

}  // namespace
}  // namespace sinkfeed
