// What the agent takes from a server: changes in any steps make the whole, and nothing else is taken.
#include "feed/agent/followed_list.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "feed/feed_delta.hpp"
#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

using testing::HasSubstr;

FeedContent content_of(const std::vector<Network>& networks) {
  FeedContent content;
  content.name = "google-talk";
  content.networks = NetworkList(networks);
  return content;
}

FollowedList list_of(const std::vector<Network>& networks, std::uint64_t generation = 1) {
  return {"google-talk", std::nullopt, generation, {5222}, networks, list_digest(text_of(networks))};
}

std::string delta_between(const FollowedList& from, const FollowedList& to) {
  const FeedContent after = content_of(to.networks);
  return delta_lines(delta_of(content_of(from.networks), after), after, from.generation, to.generation, to.sha256);
}

// Addresses and networks of both families, ascending, none within another, at least one.
std::vector<Network> any_networks() {
  std::vector<Network> networks;
  for (const auto& [number, kind] : *rc::gen::container<std::vector<std::pair<std::uint8_t, std::uint8_t>>>(
           rc::gen::pair(rc::gen::inRange<std::uint8_t>(0, 60), rc::gen::inRange<std::uint8_t>(0, 4))))
    networks.push_back(kind == 0   ? network(fmt::format("2a00:1450::{:x}", number))
                       : kind == 1 ? network(fmt::format("74.125.{}.0/24", number))
                                   : network(fmt::format("142.250.0.{}", number)));
  networks.push_back(network("216.239.37.125"));
  std::sort(networks.begin(), networks.end());
  networks.erase(std::unique(networks.begin(), networks.end()), networks.end());
  return networks;
}

RC_GTEST_PROP(FollowedList, ChangesInAnyStepsMakeTheWhole, ()) {
  std::vector<FollowedList> editions;
  const int count = *rc::gen::inRange(2, 8);
  for (int i = 0; i < count; i++) editions.push_back(list_of(any_networks(), static_cast<std::uint64_t>(i) + 1));
  FollowedList held = editions.front();
  for (std::size_t at = 0; at + 1 < editions.size();) {
    at = *rc::gen::inRange(at + 1, editions.size());
    const auto delta = read_delta(delta_between(held, editions[at]), "google-talk");
    RC_ASSERT(delta.has_value());
    const auto next = applied(held, *delta, {});
    RC_ASSERT(next.has_value());
    held = *next;
    RC_ASSERT(held.networks == editions[at].networks);
    RC_ASSERT(held.sha256 == editions[at].sha256);
    RC_ASSERT(held.generation == editions[at].generation);
  }
  RC_ASSERT(read_list(text_of(held.networks)).value() == held.networks);
}

TEST(FollowedList, AChangeOfAnotherListIsNotTaken) {
  const FollowedList first = list_of({network("74.125.140.124"), network("74.125.140.125")});
  const FollowedList second = list_of({network("74.125.140.125"), network("74.125.140.126")}, 2);
  const auto delta = read_delta(delta_between(first, second), "google-talk").value();
  EXPECT_TRUE(applied(first, delta, {}));
  EXPECT_FALSE(applied(list_of(first.networks, 3), delta, {})) << "of another generation";
  EXPECT_FALSE(applied(list_of({network("74.125.140.125")}), delta, {})) << "what goes is not there";
  EXPECT_FALSE(applied(list_of({network("74.125.140.124"), network("74.125.140.126")}), delta, {})) << "twice";
  EXPECT_FALSE(applied(list_of({network("74.125.140.124"), network("8.8.8.8")}), delta, {})) << "another digest";
  EXPECT_FALSE(read_delta(delta_between(first, second), "other"));
}

TEST(FollowedList, AChangeThatWouldEmptyItIsNotTaken) {
  const FollowedList first = list_of({network("74.125.140.124")});
  const auto delta = read_delta(delta_between(first, list_of({}, 2)), "google-talk").value();
  const auto next = applied(first, delta, {});
  ASSERT_FALSE(next);
  EXPECT_THAT(next.error().what, HasSubstr("empty"));
}

TEST(FollowedList, WhatIsNoChangeIsNotRead) {
  const std::string whole = delta_between(list_of({network("74.125.140.124")}), list_of({network("8.8.8.8")}, 2));
  ASSERT_TRUE(read_delta(whole, "google-talk"));
  for (std::size_t end = 0; end + 1 < whole.size(); end++)
    EXPECT_FALSE(read_delta(whole.substr(0, end), "google-talk")) << "cut off at " << end;
  for (const char* lines :
       {"<html>", "[]", "{}", "{\"type\":\"delta\"}",
        "{\"type\":\"delta\",\"feed\":\"google-talk\",\"from\":-1,\"to\":2}",
        "{\"type\":\"delta\",\"feed\":\"google-talk\",\"from\":1,\"to\":2}\n{\"add\":\"x; flush\"}"})
    EXPECT_FALSE(read_delta(lines, "google-talk")) << lines;
  EXPECT_FALSE(read_delta(whole + "{\"add\":\"8.8.4.4/32\"}\n", "google-talk"));
}

TEST(FollowedList, AnEditionIsReadStrictly) {
  const auto edition = [](std::string_view ports, std::string_view sha256) {
    return fmt::format(
        R"({{"type":"edition","feed":"google-talk","generation":2,"entries":1,"ports":{},"full_sha256":"{}"}})", ports,
        sha256);
  };
  const std::string sha256(64, 'a');
  EXPECT_EQ(read_edition(edition("[443,80,80]", sha256), "google-talk").value().ports,
            (std::vector<std::uint16_t>{80, 443}));
  EXPECT_FALSE(read_edition(edition("[443]", sha256), "other"));
  for (const char* ports : {"[]", "443", "[0]", "[65536]", "[-1]", "[\"443\"]", "[4.5]"})
    EXPECT_FALSE(read_edition(edition(ports, sha256), "google-talk")) << ports;
  EXPECT_FALSE(read_edition(edition("[443]", "abc"), "google-talk"));
}

TEST(FollowedList, WhatIsNoPlainListIsNotTaken) {
  const auto take = [](const std::string& body, const ListBounds& bounds = {}) -> Result<void> {
    const auto networks = read_list(body);
    return networks ? check_list(*networks, bounds) : networks.error();
  };
  EXPECT_TRUE(take("8.8.4.4\n74.125.0.0/16\n2a00:1450::/32\n"));
  for (const char* body : {"",
                           "\n",
                           "<html>\n<body>Sign in</body>\n",
                           "# the list is empty\n",
                           "8.8.4.4",
                           "8.8.4.4\n74.125.140.1",
                           "8.8.4.4\r\n",
                           " 8.8.4.4\n",
                           "8.8.4.4 evil\n",
                           "8.8.4.4; flush ruleset\n",
                           "8.8.4.4-8.8.4.9\n",
                           "8.8.4.4\n8.8.4.4\n",
                           "74.125.140.1\n8.8.4.4\n",
                           "8.8.4.0/24\n8.8.4.4\n",
                           "2a00:1450::1\n8.8.4.4\n",
                           "0.0.0.0/0\n",
                           "::/0\n",
                           "8.0.0.0/8\n",
                           "8.8.0.0/15\n",
                           "2a00::/16\n",
                           "10.0.0.1\n",
                           "127.0.0.1\n",
                           "192.168.0.0/16\n",
                           "::ffff:8.8.4.4\n",
                           "64:ff9b::808:404\n",
                           "fe80::1\n",
                           "224.0.0.1\n",
                           "8.8.4.4/24\n"})
    EXPECT_FALSE(take(body)) << body;
  EXPECT_FALSE(take("8.8.4.4\n", {6, std::nullopt}));
  EXPECT_FALSE(take("8.8.4.0/24\n", {std::nullopt, ip("8.8.4.4")})) << "the server itself";
  EXPECT_THAT(take("x\033[31m\"\n").error().what, HasSubstr("\"x?[31m?\""));
}

}  // namespace
}  // namespace sinkfeed
