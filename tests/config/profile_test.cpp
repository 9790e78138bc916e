// Profiles as files: what is read, and the sentence that each mistake gets.
#include "config/profile.hpp"

#include <gtest/gtest.h>

#include "tests/config/files.hpp"

namespace sinkfeed {
namespace {

const std::string kHead = "title = \"Sample\"\nports = [5222]\n";
const std::string kName = "[[name]]\nname = \"chat.example\"\nmatch = \"suffix\"\ntier = \"core\"\nrole = \"login\"\n";

std::string mistake(const std::string& text, const std::string& name = "p.toml") {
  const Folder folder;
  const auto profile = load_profile(folder.write(name, text));
  if (profile) return "no mistake";
  const auto start = folder.path().string() + "/";
  EXPECT_EQ(profile.error().what.rfind(start, 0), 0U) << profile.error().what;
  return profile.error().what.substr(start.size());
}

TEST(Profile, IsReadFromTablesOrRows) {
  const Folder folder;
  const auto profile = load_profile(folder.write("sample-1.toml", R"(
title = "Sample"
ports = [5223, 80, 443]
never = [{ name = "Push.Example", match = "suffix", why = "push" }]
[[name]]
name = "Chat.Example."
match = "suffix"
tier = "successor"
role = "login"
note = "old"
[[name]]
name = "_xmpp-client._tcp.example"
match = "srv"
tier = "core"
role = "discovery"
[[known]]
address = "216.239.37.125"
source = "seen"
)"))
                           .value();
  EXPECT_EQ(profile.name, "sample-1");
  EXPECT_EQ(profile.title, "Sample");
  EXPECT_EQ(profile.ports, (std::vector<std::uint16_t>{80, 443, 5223}));
  ASSERT_EQ(profile.names.size(), 2U);
  EXPECT_EQ(profile.names[0].name.text(), "chat.example");
  EXPECT_EQ(profile.names[0].match, Match::suffix);
  EXPECT_EQ(profile.names[0].tier, Tier::successor);
  EXPECT_EQ(profile.names[0].role, "login");
  EXPECT_EQ(profile.names[0].note, "old");
  EXPECT_EQ(profile.names[1].match, Match::srv);
  EXPECT_EQ(profile.names[1].note, "");
  ASSERT_EQ(profile.never.size(), 1U);
  EXPECT_EQ(profile.never[0].name.text(), "push.example");
  EXPECT_EQ(profile.never[0].match, Match::suffix);
  EXPECT_EQ(profile.never[0].why, "push");
  ASSERT_EQ(profile.known.size(), 1U);
  EXPECT_EQ(profile.known[0].address.text(), "216.239.37.125");
  EXPECT_EQ(profile.known[0].source, "seen");
}

TEST(Profile, MayHoldANeverNameAtTheTopOfASuffix) {
  EXPECT_EQ(mistake(kHead + kName + "[[never]]\nname = \"chat.example\"\nmatch = \"exact\"\nwhy = \"site\"\n"),
            "no mistake");
  EXPECT_EQ(mistake(kHead + kName + "[[never]]\nname = \"push.chat.example\"\nmatch = \"suffix\"\nwhy = \"push\"\n"),
            "no mistake");
}

TEST(Profile, SaysWhatIsMissing) {
  EXPECT_EQ(mistake("ports = [1]\n" + kName), "p.toml:1:1: title is missing; add it");
  EXPECT_EQ(mistake("title = \"x\"\n" + kName), "p.toml:1:1: ports is missing; add it");
  EXPECT_EQ(mistake(kHead), "p.toml:1:1: name: a profile needs names to block; add at least one [[name]]");
  EXPECT_EQ(mistake(kHead + "[[name]]\nname = \"a.example\"\nmatch = \"exact\"\nrole = \"x\"\n"),
            "p.toml:3:1: name.tier is missing; add it");
  EXPECT_EQ(mistake(kHead + kName + "[[never]]\nname = \"a.example\"\nmatch = \"exact\"\n"),
            "p.toml:8:1: never.why is missing; add it");
}

TEST(Profile, SaysWhatIsWrongInARule) {
  const std::string rest = "tier = \"core\"\nrole = \"x\"\n";
  EXPECT_EQ(
      mistake(kHead + "[[name]]\nname = \"a..b\"\nmatch = \"exact\"\n" + rest),
      "p.toml:4:8: name.name: \"a..b\" is not a domain name: two dots, or a dot at the start, leave an empty label");
  EXPECT_EQ(mistake(kHead + "[[name]]\nname = \"com\"\nmatch = \"suffix\"\n" + rest),
            "p.toml:4:8: name.name: \"com\" is a whole top-level domain; name a host or a domain below it");
  EXPECT_EQ(mistake(kHead + "[[name]]\nname = \".\"\nmatch = \"suffix\"\n" + rest),
            "p.toml:4:8: name.name: \".\" is a whole top-level domain; name a host or a domain below it");
  EXPECT_EQ(mistake(kHead + "[[name]]\nname = \"a.example\"\nmatch = \"prefix\"\n" + rest),
            "p.toml:5:9: name.match: \"prefix\" is no way to match; write exact, suffix, srv or nodata");
  EXPECT_EQ(mistake(kHead + kName + "[[never]]\nname = \"a.example\"\nmatch = \"srv\"\nwhy = \"x\"\n"),
            "p.toml:10:9: never.match: \"srv\" is no way to match a name that is never blocked; write exact or suffix");
  EXPECT_EQ(mistake(kHead + kName + "rol = \"x\"\n"), "p.toml:8:1: unknown key name.rol; did you mean name.role?");
  EXPECT_EQ(mistake(kHead + "name = [1]\n"),
            "p.toml:3:9: name: must be a list of tables, each written [[name]], but holds a "
            "whole number");
  EXPECT_EQ(mistake(kHead + "name = \"a.example\"\n"),
            "p.toml:3:8: name: must be a list in square brackets, not a string");
}

TEST(Profile, SaysWhatContradictsAnotherRule) {
  EXPECT_EQ(mistake(kHead + kName + kName), "p.toml:9:8: name.name: chat.example is listed twice; remove one");
  const std::string never = "[[never]]\nname = \"a.example\"\nmatch = \"exact\"\nwhy = \"x\"\n";
  EXPECT_EQ(mistake(kHead + kName + never + never), "p.toml:13:8: never.name: a.example is listed twice; remove one");
  EXPECT_EQ(
      mistake(kHead + kName + "[[never]]\nname = \"example\"\nmatch = \"suffix\"\nwhy = \"x\"\n"),
      "p.toml:4:8: name.name: chat.example would never be blocked, for never suffix example covers it; remove one of "
      "the two");
  EXPECT_EQ(
      mistake(kHead + "[[name]]\nname = \"a.example\"\nmatch = \"exact\"\ntier = \"web\"\nrole = \"x\"\n" + never),
      "p.toml:4:8: name.name: a.example would never be blocked, for never exact a.example covers it; remove one of "
      "the two");
}

TEST(Profile, SaysWhatIsWrongWithPortsAndAddresses) {
  EXPECT_EQ(mistake("title = \"x\"\nports = []\n" + kName), "p.toml:2:9: ports: must not be empty; list at least one");
  EXPECT_EQ(mistake("title = \"x\"\nports = [0]\n" + kName), "p.toml:2:10: ports: must be from 1 to 65535, not 0");
  EXPECT_EQ(mistake("title = \"x\"\nports = [80, 80]\n" + kName), "p.toml:2:14: ports: 80 is listed twice; remove one");
  EXPECT_EQ(mistake("title = \"x\"\nports = [\"80\"]\n" + kName),
            "p.toml:2:10: ports: must be a whole number from 1 to 65535, not a string");
  const auto known = [](const std::string& address) {
    return "[[known]]\naddress = \"" + address + "\"\nsource = \"x\"\n";
  };
  EXPECT_EQ(mistake(kHead + kName + known("10.0.0.1")),
            "p.toml:9:11: known.address: 10.0.0.1 is no server's address (private-use); remove it");
  EXPECT_EQ(mistake(kHead + kName + known("8.8.8.8") + known("8.8.8.8")),
            "p.toml:12:11: known.address: 8.8.8.8 is listed twice; remove one");
}

TEST(Profile, IsNamedAfterItsFile) {
  EXPECT_EQ(mistake(kHead + kName, "Big.toml"),
            "Big.toml: a profile's file is named with 1 to 32 of a-z, 0-9 and -, and ends in .toml; rename it");
  EXPECT_EQ(mistake(kHead + kName, std::string(33, 'a') + ".toml").substr(0, 48),
            std::string(33, 'a') + ".toml: a profil");
  EXPECT_EQ(mistake(kHead + kName, std::string(32, 'a') + ".toml"), "no mistake");
}

}  // namespace
}  // namespace sinkfeed
