// sweep.subnets: a list, or a file with one network a line (RFC 7871).
#include "config/client_subnets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/settings.hpp"
#include "tests/config/files.hpp"

namespace sinkfeed {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Network network(std::string_view text) { return Network::parse(text).value(); }

std::string mistake(const std::filesystem::path& file) { return read_client_subnets(file).error().what; }

TEST(ClientSubnets, RefusesPrefixesThatTellTooMuchRfc7871_11_1) {
  EXPECT_TRUE(parse_client_subnet("198.51.100.0/24"));
  EXPECT_TRUE(parse_client_subnet("2001:db8::/56"));
  EXPECT_THAT(parse_client_subnet("198.51.100.128/25").error().what, HasSubstr("write \"198.51.100.0/24\""));
  EXPECT_THAT(parse_client_subnet("198.51.100.7").error().what, HasSubstr("write \"198.51.100.0/24\""));
  EXPECT_THAT(parse_client_subnet("2001:db8::/64").error().what, HasSubstr("longer than /56"));
  EXPECT_THAT(parse_client_subnet("0.0.0.0/0").error().what, HasSubstr("no place"));
  EXPECT_FALSE(parse_client_subnet("198.51.100.0/8"));
}

TEST(ClientSubnets, AFileHasOneALine) {
  const Folder folder;
  const auto file =
      folder.write("subnets.txt", "# places\n\n198.51.100.0/24  # here\n 2001:db8::/48\n198.51.100.0/24\n");
  EXPECT_THAT(read_client_subnets(file).value(), ElementsAre(network("198.51.100.0/24"), network("2001:db8::/48")));
}

TEST(ClientSubnets, AMistakeInAFileHasItsLine) {
  const Folder folder;
  EXPECT_THAT(mistake(folder.write("a", "198.51.100.0/24\n198.51.100.0\n")), HasSubstr("a:2: "));
  EXPECT_THAT(mistake(folder.write("b", "198.51.100.0/24 203.0.113.0/24\n")), HasSubstr("one prefix a line"));
  EXPECT_THAT(mistake(folder.path() / "c"), HasSubstr("cannot be read"));
  std::string many;
  for (std::size_t i = 0; i <= kMaxClientSubnets; i++)
    many += "100." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ".0/24\n";
  EXPECT_THAT(mistake(folder.write("d", many)), HasSubstr("d:4097: "));
}

TEST(ClientSubnets, TheSettingIsAListOrAFileBesideTheSettings) {
  const Folder folder;
  const std::string server = "upstream.servers = [\"192.0.2.53\"]\n";
  const auto settings = [&](const std::string& text) { return load_settings(folder.write("s.toml", server + text)); };
  EXPECT_TRUE(settings("")->sweep.subnets.empty());
  EXPECT_THAT(settings("sweep.subnets = [\"203.0.113.0/24\"]\n")->sweep.subnets,
              ElementsAre(network("203.0.113.0/24")));
  folder.write("places/subnets.txt", "203.0.113.0/24\n");
  EXPECT_THAT(settings("sweep.subnets = \"places/subnets.txt\"\n")->sweep.subnets,
              ElementsAre(network("203.0.113.0/24")));
  EXPECT_THAT(settings("sweep.subnets = \"nothing.txt\"\n").error().what, HasSubstr("s.toml:2:17: sweep.subnets: "));
  EXPECT_THAT(settings("sweep.subnets = [\"203.0.113.0/25\"]\n").error().what, HasSubstr("s.toml:2:18: "));
  EXPECT_THAT(settings("sweep.subnets = 5\n").error().what, HasSubstr("must be a list"));
}

}  // namespace
}  // namespace sinkfeed
