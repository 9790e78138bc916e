// [[history.sink]]: what is read of it, and what each mistake gets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/settings.hpp"
#include "tests/config/files.hpp"

namespace sinkfeed {
namespace {

using testing::HasSubstr;

Result<Settings> read(const std::string& text) {
  const Folder folder;
  return load_settings(folder.write("s.toml", "upstream.servers = [\"192.0.2.53\"]\n" + text));
}

SinkSettings sink(const std::string& text) { return read("[[history.sink]]\n" + text).value().history.sinks.at(0); }

TEST(SinkSettings, ASinkIsReadWhole) {
  const SinkSettings siem = sink(R"(type = "syslog"
address = "tls://siem.example:6515"
format = "cef"
verdicts = ["sinkhole", "refuse"]
ca = "/etc/ca.pem"
certificate = "/etc/us.pem"
key = "/etc/key.pem"
)");
  EXPECT_EQ(siem.transport, SinkTransport::tls);
  EXPECT_EQ(siem.host, "siem.example");
  EXPECT_EQ(siem.port, 6515);
  EXPECT_EQ(siem.format, EventFormat::cef);
  EXPECT_THAT(siem.verdicts, testing::ElementsAre("sinkhole", "refuse"));
  EXPECT_EQ(siem.ca, "/etc/ca.pem");
  EXPECT_EQ(siem.name(), "syslog tls://siem.example:6515");
}

TEST(SinkSettings, PortsThatAreLeftOutAreTheUsualOnes) {
  EXPECT_EQ(sink("type = \"syslog\"\naddress = \"udp://192.0.2.9\"\n").port, 514);
  EXPECT_EQ(sink("type = \"syslog\"\naddress = \"tls://siem.example\"\n").port, 6514);
  const SinkSettings six = sink("type = \"syslog\"\naddress = \"tcp://[2001:db8::9]\"\n");
  EXPECT_EQ(six.host, "2001:db8::9");
  EXPECT_EQ(six.port, 514);
  EXPECT_EQ(sink("type = \"dnstap\"\naddress = \"unix:/run/dnstap.sock\"\n").host, "/run/dnstap.sock");
  EXPECT_EQ(sink("type = \"dnstap\"\naddress = \"tcp://192.0.2.9\"\n").port, 6000);
}

TEST(SinkSettings, AMistakeSaysWhereAndWhatToDo) {
  const auto mistake = [](const std::string& text) { return read("[[history.sink]]\n" + text).error().what; };
  EXPECT_THAT(mistake("address = \"udp://192.0.2.9\"\n"), HasSubstr("type"));
  EXPECT_THAT(mistake("type = \"syslog\"\n"), HasSubstr("address"));
  EXPECT_THAT(mistake("type = \"kafka\"\naddress = \"udp://192.0.2.9\"\n"), HasSubstr("dnstap or syslog"));
  for (const char* address : {"192.0.2.9", "udp://", "udp://h:0", "udp://h:99999", "udp://h:", "udp://[::1",
                              "udp://a b", "unix:/dev/log", "tcp://h:6514/x"}) {
    EXPECT_THAT(mistake("type = \"syslog\"\naddress = \"" + std::string(address) + "\"\n"), HasSubstr("s.toml:4:11: "))
        << address;
  }
  EXPECT_THAT(mistake("type = \"dnstap\"\naddress = \"udp://192.0.2.9\"\n"), HasSubstr("unix:/PATH or tcp://"));
  EXPECT_THAT(mistake("type = \"dnstap\"\naddress = \"unix:/" + std::string(200, 'x') + "\"\n"), HasSubstr("longer"));
  EXPECT_THAT(mistake("type = \"dnstap\"\naddress = \"unix:/a\"\nformat = \"cef\"\n"), HasSubstr("is for syslog"));
  EXPECT_THAT(mistake("type = \"syslog\"\naddress = \"udp://h\"\nca = \"a\"\n"), HasSubstr("tls://"));
  EXPECT_THAT(mistake("type = \"syslog\"\naddress = \"tls://h\"\nkey = \"a\"\n"), HasSubstr("both"));
  EXPECT_THAT(mistake("type = \"syslog\"\naddress = \"udp://h\"\nverdicts = [\"blocked\"]\n"), HasSubstr("no verdict"));
  EXPECT_THAT(mistake("type = \"syslog\"\naddress = \"udp://h\"\n[[history.sink]]\ntype = \"syslog\"\n"
                      "address = \"udp://h\"\n"),
              HasSubstr("twice"));
}

}  // namespace
}  // namespace sinkfeed
