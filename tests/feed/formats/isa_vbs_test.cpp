#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/feed/feed_sample.hpp"
#include "tests/feed/script_grammar.hpp"

namespace sinkfeed {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct IsaScript : testing::Test {
  const FeedFormat& format = *find_format("isa.vbs");
  const std::vector<LedgerEntry> known = sample_entries();
  FeedContent content = sample_for(format, known);
};

TEST_F(IsaScript, ListsTheAddressesAndDeniesThem) {
  const std::string body = format.render(content);
  EXPECT_THAT(body,
              StartsWith("' sinkfeed google-talk edition 0123456789abcdef: the computer set, the protocols and the"
                         " deny rule of ISA Server or TMG\r\n"
                         "Option Explicit\r\n"));
  EXPECT_THAT(body, EndsWith("List addresses, \"74.125.140.125\"\r\n"
                             "List addresses, \"216.239.37.125\"\r\n"
                             "\r\n"
                             "If addresses.Count + sharedAddresses.Count = 0 Then\r\n"
                             "  WScript.Echo \"the list is empty: nothing is changed\"\r\n"
                             "  WScript.Quit 1\r\n"
                             "End If\r\n"
                             "Deny \"sinkfeed google-talk\", addresses, Array(80, 443, 5222, 5223)\r\n"
                             "Deny \"sinkfeed shared google-talk\", sharedAddresses, Array()\r\n"));
}

TEST_F(IsaScript, NamesTheProtocolsAsTheirPortsAreKnown) {
  const std::string body = format.render(content);
  EXPECT_THAT(body, HasSubstr("Case 5222\r\n      name = \"Jabber\"\r\n"));
  EXPECT_THAT(body, HasSubstr("Case 5223\r\n      name = \"Jabber-SSL\"\r\n"));
  EXPECT_THAT(body, HasSubstr("AddTCP fpcOutbound, port, port"));
}

TEST_F(IsaScript, OfAnEmptyListRefusesBeforeItTouchesAnything) {
  content.networks = {};
  const std::string body = format.render(content);
  EXPECT_THAT(body, Not(HasSubstr("List addresses")));
  EXPECT_LT(body.find("WScript.Quit 1"), body.find("\nDeny \"sinkfeed google-talk\""));
  EXPECT_FALSE(format.facts().empties_safely);
}

TEST_F(IsaScript, DeniesWhatOthersNeedByARuleOfItsOwn) {
  content.shared = {network("142.250.1.1")};
  content.shared_ports = {5222, 5223};
  const std::string body = format.render(content);
  EXPECT_THAT(body, HasSubstr("List sharedAddresses, \"142.250.1.1\"\r\n"));
  EXPECT_THAT(body, HasSubstr("Deny \"sinkfeed shared google-talk\", sharedAddresses, Array(5222, 5223)\r\n"));
}

// Each block of VBScript ends in a line of its own.
TEST_F(IsaScript, ClosesWhatItOpens) {
  const std::string body = format.render(content);
  EXPECT_EQ(unclosed(body, {.quotes = "\"", .escape = '\0', .comment = "'"}), "");
  std::vector<std::string> open;
  std::istringstream lines(body);
  for (std::string line; std::getline(lines, line);) {
    ASSERT_EQ(line.empty() ? '\0' : line.back(), '\r');
    std::istringstream words(line);
    std::string first, second, last, word;
    words >> first >> second;
    last = second;
    while (words >> word) last = word;
    if (first == "Sub" || first == "Function" || first == "Select" || (first == "If" && last == "Then")) {
      open.push_back(first);
    } else if (first == "For") {
      open.push_back("Next");
    } else if (first == "Next" || (first == "End" && second != "")) {
      ASSERT_FALSE(open.empty()) << line;
      EXPECT_EQ(open.back(), first == "Next" ? first : second) << line;
      open.pop_back();
    }
  }
  EXPECT_TRUE(open.empty());
}

}  // namespace
}  // namespace sinkfeed
