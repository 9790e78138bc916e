#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/feed/feed_sample.hpp"
#include "tests/feed/script_grammar.hpp"

namespace sinkfeed {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct Ps1 : testing::Test {
  const FeedFormat& format = *find_format("ps1");
  const std::vector<LedgerEntry> known = sample_entries();
  FeedContent content = sample_for(format, known);
};

TEST_F(Ps1, HoldsTheAddressesAndCallsForTheirRules) {
  const std::string body = format.render(content);
  EXPECT_THAT(body,
              StartsWith("# sinkfeed google-talk edition 0123456789abcdef: outbound block rules of Windows Defende"
                         "r Firewall\n"
                         "#Requires -RunAsAdministrator\n"
                         "& {\n"
                         "  $ErrorActionPreference = \"Stop\"\n"
                         "  $edition = \"sinkfeed edition 0123456789abcdef\"\n"
                         "\n"));
  EXPECT_THAT(body, EndsWith("  $addresses = @(\n"
                             "    \"74.125.140.125\"\n"
                             "    \"203.0.114.16/28\"\n"
                             "    \"216.239.37.125\"\n"
                             "    \"2a00:1450:400c:c06::7d\"\n"
                             "  )\n"
                             "  $shared = @(\n"
                             "  )\n"
                             "  if ($addresses.Count + $shared.Count -eq 0) { throw \"the list is empty: nothing is "
                             "changed\" }\n"
                             "  Update-BlockRules -Prefix \"sinkfeed_google-talk_\" -Ports @(80, 443, 5222, 5223) "
                             "-Addresses $addresses\n"
                             "  Update-BlockRules -Prefix \"sinkfeed_shared_google-talk_\" -Ports @() -Addresses "
                             "$shared\n"
                             "}\n"));
}

TEST_F(Ps1, GivesARuleAThousandAddressesAtMostAndEmptiesNone) {
  const std::string body = format.render(content);
  EXPECT_THAT(body, HasSubstr("$first += 1000"));
  EXPECT_THAT(body, HasSubstr("[Math]::Min($first + 999, $Addresses.Count - 1)"));
  EXPECT_THAT(body, HasSubstr("Disable-NetFirewallRule"));
  EXPECT_THAT(body, Not(HasSubstr("Remove-NetFirewallRule")));
}

TEST_F(Ps1, OfAnEmptyListRefusesBeforeItTouchesARule) {
  content.networks = {};
  const std::string body = format.render(content);
  EXPECT_THAT(
      body,
      HasSubstr("  $addresses = @(\n  )\n  $shared = @(\n  )\n  if ($addresses.Count + $shared.Count -eq 0) { throw"));
  EXPECT_LT(body.find("throw"), body.find("  Update-BlockRules -Prefix"));
  EXPECT_FALSE(format.facts().empties_safely);
}

TEST_F(Ps1, OfOneFamilyHoldsNoOther) {
  content.family = 6;
  content.networks = {network("2a00:1450:400c:c06::7d")};
  EXPECT_THAT(format.render(content), HasSubstr("@(\n    \"2a00:1450:400c:c06::7d\"\n  )\n"));
}

TEST_F(Ps1, BlocksWhatOthersNeedByRulesOfTheirOwn) {
  content.shared = {network("142.250.1.1")};
  content.shared_ports = {5222, 5223};
  const std::string body = format.render(content);
  EXPECT_THAT(body, HasSubstr("  $shared = @(\n    \"142.250.1.1\"\n  )\n"));
  EXPECT_THAT(body, HasSubstr("-Prefix \"sinkfeed_shared_google-talk_\" -Ports @(5222, 5223) -Addresses $shared\n"));
}

TEST_F(Ps1, ClosesWhatItOpens) {
  const Grammar grammar{.quotes = "\"'", .escape = '`', .comment = "#"};
  const std::string body = format.render(content);
  EXPECT_EQ(unclosed(body, grammar), "");
  // Whatever comes of a half one is no script.
  const std::size_t block = body.find("& {") + 3;
  for (std::size_t end = block; end < body.rfind('}'); end++)
    ASSERT_NE(unclosed(body.substr(0, end), grammar), "") << body.substr(0, end);
}

}  // namespace
}  // namespace sinkfeed
