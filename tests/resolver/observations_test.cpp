// Which addresses of an answer count for a target: nobody but who owns its names may put one into a feed.
#include "resolver/observations.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "resolver/wire.hpp"
#include "tests/resolver/messages.hpp"

namespace sinkfeed {
namespace {

DnsName name(std::string_view text) { return DnsName::parse(text).value(); }

class ObservationsOf : public testing::Test {
 protected:
  ObservationsOf() {
    Profile profile;
    profile.name = "chat";
    profile.ports = {5222};
    profile.names = {{name("talk.google.com"), Match::suffix, Tier::core, "login", ""}};
    profile.never = {{name("mail.google.com"), Match::exact, "mail"}};
    const Tier tiers[] = {Tier::core};
    catalogue_.emplace(std::vector{profile}, tiers);
  }
  Observations of(const Target& target, std::uint16_t type, const std::vector<test::Rr>& answers) {
    const auto judged =
        judge(test::response(target.name.text(), type, 0, answers), target.name.wire(), type, dns::IN).value();
    return observations_of_target(*catalogue_, target, judged, Endpoint::parse("192.0.2.53", 53).value(), WallTime{});
  }
  Target led(std::string_view text) { return {name(text), name("talk.google.com"), "chat"}; }

 private:
  std::optional<Catalogue> catalogue_;
};

TEST_F(ObservationsOf, AddressesOfACoveredNameWhateverItLeadsTo) {
  const auto found = of(led("talk.google.com"), dns::A,
                        {{"talk.google.com", dns::CNAME, 60, test::wire("front.example")},
                         {"front.example", dns::A, 60, test::a("198.51.100.1")}});
  EXPECT_EQ(found.targets.size(), 1u);
}

TEST_F(ObservationsOf, AddressesOfAnAliasOfACoveredName) {
  const auto found = of(led("chat.office.example"), dns::A,
                        {{"chat.office.example", dns::CNAME, 60, test::wire("talk.google.com")},
                         {"talk.google.com", dns::A, 60, test::a("198.51.100.1")}});
  EXPECT_EQ(found.targets.size(), 1u);
}

TEST_F(ObservationsOf, NotOfANameThatOnlyLedToATargetOnce) {
  const auto found = of(led("evil.example"), dns::A, {{"evil.example", dns::A, 60, test::a("198.51.100.1")}});
  EXPECT_TRUE(found.targets.empty());
}

TEST_F(ObservationsOf, NotHintsBesideAForeignName) {
  // Priority 1, TargetName, ipv4hint.
  const std::string data =
      std::string("\0\1", 2) + test::wire("talk.google.com") + std::string("\0\4\0\4", 4) + test::a("198.51.100.1");
  EXPECT_TRUE(of(led("evil.example"), dns::HTTPS, {{"evil.example", dns::HTTPS, 60, data}}).targets.empty());
  EXPECT_EQ(of(led("talk.google.com"), dns::HTTPS, {{"talk.google.com", dns::HTTPS, 60, data}}).targets.size(), 1u);
}

TEST_F(ObservationsOf, AddressesOfAHostThatTheProfilesOwnSrvRecordNames) {
  Target host = led("xmpp7.example");
  host.is_named_by_profile = true;
  EXPECT_EQ(of(host, dns::A, {{"xmpp7.example", dns::A, 60, test::a("198.51.100.1")}}).targets.size(), 1u);
}

TEST_F(ObservationsOf, WhatANeverListedNameNeedsIsSaidToo) {
  const auto found = of(led("talk.google.com"), dns::A,
                        {{"talk.google.com", dns::CNAME, 60, test::wire("mail.google.com")},
                         {"mail.google.com", dns::A, 60, test::a("198.51.100.1")}});
  ASSERT_EQ(found.never.size(), 1u);
  EXPECT_EQ(found.never[0].name, name("mail.google.com"));
}

}  // namespace
}  // namespace sinkfeed
