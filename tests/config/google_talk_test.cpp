// The shipped profile of Google Talk: what it blocks, and what it must never touch.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

#include "config/catalogue.hpp"

namespace sinkfeed {
namespace {

Profile shipped() {
  return load_profile(std::filesystem::path{SINKFEED_SOURCE} / "config/profiles/google-talk.toml").value();
}

class GoogleTalk : public testing::Test {
 protected:
  static constexpr std::array kDefault{Tier::core, Tier::web};
  static constexpr std::array kAll{Tier::core, Tier::web, Tier::media, Tier::successor};

  std::string by_default(std::string_view name) const { return look_up(default_, name); }
  std::string with_all(std::string_view name) const { return look_up(all_, name); }

  const Catalogue default_{{shipped()}, kDefault};
  const Catalogue all_{{shipped()}, kAll};

 private:
  static std::string look_up(const Catalogue& catalogue, std::string_view name) {
    return catalogue.describe(catalogue.find(DnsName::parse(name).value()));
  }
};

TEST_F(GoogleTalk, BlocksSignalling) {
  for (const std::string name : {"talk.google.com",
                                 "talk.l.google.com",
                                 "talk1.l.google.com",
                                 "talk2.l.google.com",
                                 "talk3.l.google.com",
                                 "talk4.l.google.com",
                                 "talkx.l.google.com",
                                 "xmpp.google.com",
                                 "xmppx.l.google.com",
                                 "xmpp.l.google.com",
                                 "alt1.xmpp.l.google.com",
                                 "alt2.xmpp.l.google.com",
                                 "alt3.xmpp.l.google.com",
                                 "alt4.xmpp.l.google.com",
                                 "xmpp-server.l.google.com",
                                 "alt1.xmpp-server.l.google.com",
                                 "alt2.xmpp-server.l.google.com",
                                 "alt3.xmpp-server.l.google.com",
                                 "alt4.xmpp-server.l.google.com",
                                 "xmpp-server1.l.google.com",
                                 "xmpp-server2.l.google.com",
                                 "xmpp-server3.l.google.com",
                                 "xmpp-server4.l.google.com",
                                 "gtalk.google.com",
                                 "talks.l.google.com"}) {
    const auto found = by_default(name);
    EXPECT_TRUE(found == "google-talk: exact " + name + " (core)" || found == "google-talk: suffix " + name + " (core)")
        << name << ": " << found;
  }
  EXPECT_EQ(by_default("users.talk.google.com"), "google-talk: suffix talk.google.com (core)");
  EXPECT_EQ(by_default("alt9.xmpp.l.google.com"), "google-talk: suffix xmpp.l.google.com (core)");
  EXPECT_EQ(by_default("x.talk.l.google.com"), "");
}

TEST_F(GoogleTalk, BlocksDiscovery) {
  for (const std::string service : {"_xmpp-client", "_xmpp-server", "_jabber", "_xmpps-client", "_xmpps-server"}) {
    for (const std::string domain : {"gmail.com", "googlemail.com", "google.com"}) {
      const auto owner = service + "._tcp." + domain;
      EXPECT_EQ(by_default(owner), "google-talk: srv " + owner + " (core)");
    }
  }
  EXPECT_EQ(by_default("_xmppconnect.gmail.com"), "google-talk: nodata _xmppconnect.gmail.com (core)");
  EXPECT_EQ(by_default("_xmpp-client._tcp.jabber.org"), "");
}

TEST_F(GoogleTalk, BlocksChatInTheBrowserButNotMail) {
  for (const std::string name : {"chatenabled.mail.google.com", "filetransferenabled.mail.google.com",
                                 "talkgadget.google.com", "hostedtalkgadget.google.com"}) {
    EXPECT_EQ(by_default(name), "google-talk: exact " + name + " (web)");
  }
  EXPECT_EQ(by_default("mail.google.com"), "google-talk: never exact mail.google.com");
  EXPECT_EQ(by_default("www.talkgadget.google.com"), "");
}

TEST_F(GoogleTalk, LeavesMediaAndSuccessorsAloneUntilSwitchedOn) {
  for (const std::string name : {"relay.google.com", "relay.l.google.com", "rtmp0.google.com", "turn.l.google.com"}) {
    EXPECT_EQ(by_default(name), "");
    EXPECT_EQ(with_all(name), "google-talk: exact " + name + " (media)");
  }
  for (const std::string name :
       {"hangouts.google.com", "hangouts.googleapis.com", "chat.google.com", "meet.google.com"}) {
    EXPECT_EQ(by_default(name), "");
    EXPECT_EQ(with_all(name), "google-talk: exact " + name + " (successor)");
  }
  EXPECT_EQ(by_default("relay.talk.google.com"), "google-talk: suffix talk.google.com (core)");
  EXPECT_EQ(with_all("relay.talk.google.com"), "google-talk: exact relay.talk.google.com (media)");
}

TEST_F(GoogleTalk, NeverTouchesWhatLooksAlikeOrIsShared) {
  std::vector<std::string> names{"mtalk.google.com",
                                 "mtalk4.google.com",
                                 "mtalk-staging.google.com",
                                 "mtalk-dev.google.com",
                                 "mobile-gtalk.l.google.com",
                                 "alt3.mobile-gtalk.l.google.com",
                                 "mobile-gtalk4.l.google.com",
                                 "alt3.mobile-gtalk4.l.google.com",
                                 "gcm.googleapis.com",
                                 "gcm-xmpp.googleapis.com",
                                 "chromoting-host.talkgadget.google.com",
                                 "chromoting-client.talkgadget.google.com",
                                 "chromoting-oauth.talkgadget.google.com",
                                 "mail.google.com",
                                 "googlemail.l.google.com",
                                 "gmail.com",
                                 "googlemail.com",
                                 "google.com",
                                 "www.google.com",
                                 "dl.google.com",
                                 "client-channel.google.com",
                                 "7.client-channel.google.com",
                                 "clients6.google.com",
                                 "meetings.clients6.google.com",
                                 "signaler-pa.clients6.google.com",
                                 "stun.l.google.com",
                                 "stun1.l.google.com",
                                 "stun2.l.google.com",
                                 "stun3.l.google.com",
                                 "stun4.l.google.com"};
  for (int i = 1; i <= 8; ++i) names.push_back("alt" + std::to_string(i) + "-mtalk.google.com");
  for (const auto& name : names) {
    const auto found = all_.find(DnsName::parse(name).value());
    ASSERT_EQ(found.kind, Coverage::Kind::never) << name << ": " << all_.describe(found);
    EXPECT_EQ(default_.find(DnsName::parse(name).value()).kind, Coverage::Kind::never) << name;
    EXPECT_FALSE(all_.never_rule(found).why.empty());
  }
}

TEST_F(GoogleTalk, CoversNoNameByAccident) {
  for (const auto* name :
       {"nottalk.google.com", "talk.google.com.example.org", "google-talk.example", "l.google.com", "com",
        "accounts.google.com", "xmpp-server5.l.google.com", "inbox.google.com", "youtube.com", "."}) {
    EXPECT_EQ(with_all(name), "") << name;
  }
}

TEST_F(GoogleTalk, KnowsItsPortsAndTheFirstAddresses) {
  const auto profile = shipped();
  EXPECT_EQ(profile.title, "Google Talk");
  EXPECT_EQ(profile.ports, (std::vector<std::uint16_t>{80, 443, 5222, 5223}));
  std::set<std::string> addresses;
  for (const auto& known : profile.known) {
    addresses.insert(known.address.text());
    EXPECT_EQ(known.source, "first known addresses");
  }
  EXPECT_EQ(addresses, (std::set<std::string>{"216.239.37.125", "72.14.253.125", "72.14.217.189", "209.85.137.125",
                                              "209.85.163.125", "209.85.201.189", "216.239.51.125"}));
}

}  // namespace
}  // namespace sinkfeed
