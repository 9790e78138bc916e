// The readers of other programs' lists, and which of what they list counts.
#include <gmock/gmock.h>

#include "feed/imports/address_list.hpp"
#include "feed/imports/connection_table.hpp"
#include "feed/imports/process_list.hpp"
#include "feed/imports/selection.hpp"
#include "feed/imports/separated_values.hpp"
#include "import_samples.hpp"

namespace sinkfeed {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> remotes(const ConnectionTable& table) {
  std::vector<std::string> list;
  for (const Connection& connection : table.connections) list.push_back(connection.remote.text());
  return list;
}

std::vector<std::string> chosen(const Selection& selection) {
  std::vector<std::string> list;
  for (const Endpoint& endpoint : selection.addresses) list.push_back(endpoint.text());
  return list;
}

std::vector<std::string> left_out(const Selection& selection) {
  std::vector<std::string> list;
  for (const auto& item : selection.left_out) list.push_back(item.what + " " + item.why);
  return list;
}

ConnectionTable table_of(std::string_view bytes) { return read_connections(as_utf8(bytes)).value(); }

TEST(WindowsNetstat, HasConnectionsAndNoListeners) {
  const ConnectionTable table = table_of(test::kNetstat);
  EXPECT_EQ(table.format, "netstat");
  EXPECT_THAT(table.complaints.list(), IsEmpty());
  EXPECT_EQ(table.connections.size(), 10u);
  const Connection& first = table.connections[0];
  EXPECT_EQ(first.line, 7u);
  EXPECT_EQ(first.local.text(), "10.0.0.7:49712");
  EXPECT_EQ(first.remote.text(), "74.125.140.125:5222");
  EXPECT_EQ(first.state, "ESTABLISHED");
  EXPECT_EQ(first.owners.at(0).pid, 1234u);
  EXPECT_EQ(table.connections[9].remote.text(), "[fe80::2]:5222");
}

TEST(WindowsNetstat, ReadsEveryLanguageAndEncoding) {
  const std::vector<std::string> expected{"74.125.140.125:5222"};
  for (const std::string& bytes :
       {std::string(test::kFrenchNetstat), std::string(test::kRussianNetstat), std::string(test::kJapaneseNetstat),
        "\xef\xbb\xbf" + std::string(test::kRussianNetstat), test::utf16(test::kRussianNetstat.substr(100)),
        test::utf16("  TCP 10.0.0.7:1 74.125.140.125:5222 ESTABLISHED 1234\r\n", true)}) {
    const ConnectionTable table = table_of(bytes);
    EXPECT_EQ(remotes(table), expected) << bytes;
    EXPECT_THAT(table.complaints.list(), IsEmpty());
    EXPECT_EQ(table.connections.at(0).owners.at(0).pid, 1234u);
  }
  EXPECT_EQ(table_of(test::utf16(test::kNetstat)).connections.size(), 10u);
}

TEST(WindowsNetstat, NamesProcessesAndPassesOverComponents) {
  const ConnectionTable table = table_of(test::kGermanNetstatWithNames);
  EXPECT_THAT(table.complaints.list(), IsEmpty());
  ASSERT_EQ(table.connections.size(), 3u);
  EXPECT_EQ(table.connections[0].owners.at(0).name, "googletalk.exe");
  EXPECT_EQ(table.connections[0].state, "HERGESTELLT");
  EXPECT_EQ(table.connections[1].owners.at(0).name, "chrome.exe");
  EXPECT_EQ(table.connections[2].owners.at(0).name, "") << "nobody may know whose it is";
}

TEST(WindowsNetstat, TellsOfLinesThatItCannotRead) {
  const ConnectionTable table = table_of(
      "  TCP    mypc:49712    gtalk.example:5222  ESTABLISHED  1\n  TCP  10.0.0.7:1\n  TCP 1.2.3.4:1 5.6.7.8:99999\n"
      "C:\\>exit\n");
  EXPECT_THAT(table.connections, IsEmpty());
  EXPECT_THAT(table.complaints.list(), ElementsAre(HasSubstr("line 1: \"TCP    mypc:49712"), HasSubstr("line 2: "),
                                                   HasSubstr("line 3: "), "line 4: \"C:\\>exit\" is no connection"));
}

TEST(PowerShell, FindsColumnsByName) {
  const ConnectionTable table = table_of(test::kPowerShell);
  EXPECT_THAT(table.complaints.list(), IsEmpty());
  EXPECT_THAT(remotes(table), ElementsAre("74.125.140.125:5222", "74.125.1.1:5222", "[2a00:1450:400c:c06::7d]:5222"));
  EXPECT_TRUE(table.connections[1].is_incoming);
  EXPECT_EQ(table.connections[0].owners.at(0).pid, 1234u);
  EXPECT_THAT(remotes(table_of(test::utf16(test::kPowerShellSelected))), ElementsAre("74.125.140.125:5222"));
  EXPECT_THAT(table_of("RemoteAddress,RemotePort\n1.2.3.4\nx,5222\n").complaints.list(),
              ElementsAre(HasSubstr("line 2"), HasSubstr("line 3")));
}

TEST(SocketStatistics, NameTheirProcesses) {
  const ConnectionTable table = table_of(test::kSocketStatistics);
  EXPECT_EQ(table.format, "ss");
  EXPECT_THAT(table.complaints.list(), IsEmpty());
  EXPECT_THAT(remotes(table), ElementsAre("74.125.140.125:5222", "74.125.133.125:5222", "142.250.74.206:443",
                                          "74.125.1.1:5222", "[fe80::2]:5222"));
  ASSERT_EQ(table.connections[0].owners.size(), 2u);
  EXPECT_EQ(table.connections[0].owners[1].name, "helper");
  EXPECT_EQ(table.connections[0].owners[1].pid, 1235u);
  EXPECT_THAT(remotes(table_of("tcp   ESTAB 0 0 10.0.0.7:1 1.2.3.4:5222 users:((\"a\",12,3))\n"
                               "u_str ESTAB 0 0 * 1234 * 1235\n")),
              ElementsAre("1.2.3.4:5222"));
}

TEST(LinuxNetstat, NamesProcessesAndDistrustsCutAddresses) {
  const ConnectionTable table = table_of(test::kLinuxNetstat);
  EXPECT_THAT(remotes(table), ElementsAre("74.125.140.125:5222", "10.0.0.9:50112", "142.250.74.206:443", "[::1]:40000",
                                          "[2a00:1450::7d]:5222"));
  EXPECT_EQ(table.connections[0].owners.at(0).name, "pidgin");
  EXPECT_EQ(table.connections[1].owners.at(0).name, "sshd: alice [pr");
  EXPECT_THAT(table.connections[2].owners, IsEmpty());
  EXPECT_THAT(table.complaints.list(), ElementsAre(HasSubstr("line 8: ")));
}

TEST(Conntrack, HasTheOriginalDirection) {
  const ConnectionTable table = table_of(test::kConntrack);
  EXPECT_THAT(table.complaints.list(), IsEmpty());
  EXPECT_THAT(remotes(table),
              ElementsAre("74.125.140.125:5222", "74.125.133.125:5222", "74.125.1.3:5222", "10.0.0.1:53"));
  EXPECT_EQ(table.connections[0].state, "ESTABLISHED");
  EXPECT_FALSE(table.connections[2].is_incoming);
  EXPECT_FALSE(table.connections[3].is_tcp);
  Wanted wanted;
  wanted.ports = {5222};
  wanted.client = IpAddress::parse("10.0.0.8").value();
  EXPECT_THAT(chosen(select_connections(table.connections, wanted)),
              ElementsAre("74.125.133.125:5222", "74.125.1.3:5222"));
}

TEST(Connections, OfNothingKnownAreRefusedWithWhatIsUnderstood) {
  for (const std::string_view text : {"", "hello\n", "<html>", "\xff\xfe", "1.2.3.4\n5.6.7.8\n"}) {
    const auto table = read_connections(as_utf8(text));
    ASSERT_FALSE(table) << text;
    EXPECT_THAT(table.error().what, HasSubstr("netstat -ano"));
  }
}

TEST(Selection, CountsTheProcessesConnectionsToThePorts) {
  const ConnectionTable table = table_of(test::kNetstat);
  Wanted wanted;
  wanted.pids = {1234};
  wanted.ports = {80, 443, 5222, 5223};
  const Selection selection = select_connections(table.connections, wanted);
  EXPECT_EQ(selection.considered, 8u);
  EXPECT_THAT(chosen(selection), ElementsAre("74.125.140.125:5222", "74.125.133.125:5222", "216.239.37.125:443",
                                             "[2a00:1450:400c:c06::7d]:5222"));
  EXPECT_THAT(left_out(selection),
              ElementsAre("10.0.0.5 is private-use", "74.125.1.1:5228 is not to ports 80, 443, 5222, 5223",
                          "127.0.0.1 is loopback", "fe80::2 is link-local"));
  wanted.pids = {};
  wanted.ports = {5222};
  EXPECT_THAT(chosen(select_connections(table.connections, wanted)), Contains("74.125.1.2:5222")) << "TIME_WAIT";
  wanted.program = "GoogleTalk";
  EXPECT_THAT(chosen(select_connections(table_of(test::kGermanNetstatWithNames).connections, wanted)),
              ElementsAre("74.125.140.125:5222"));
  Wanted any;
  any.ports = {5222};
  EXPECT_THAT(left_out(select_connections(table_of(test::kPowerShell).connections, any)),
              ElementsAre("74.125.1.1:5222 is being opened by the other side (SynReceived)"));
}

TEST(Processes, AreReadInEachForm) {
  const auto pid_of = [](const ProcessList& list, std::string_view program) {
    for (const Process& process : list.processes) {
      if (is_of_program(process.name, program)) return process.pid;
    }
    return 0u;
  };
  const ProcessList table = read_processes(test::kTasklist).value();
  EXPECT_EQ(table.processes.size(), 5u);
  EXPECT_THAT(table.complaints.list(), IsEmpty());
  EXPECT_EQ(pid_of(table, "googletalk.exe"), 1234u);
  EXPECT_EQ(pid_of(table, "a program 2 of mine"), 2345u);
  EXPECT_EQ(pid_of(table, "averylongprogramnameindeed.exe"), 3456u);
  for (const std::string_view text : {test::kGermanTasklistCsv, test::kFrenchTasklistList}) {
    const ProcessList list = read_processes(text).value();
    EXPECT_EQ(list.processes.size(), 2u) << text;
    EXPECT_THAT(list.complaints.list(), IsEmpty());
    EXPECT_EQ(pid_of(list, "GOOGLETALK.EXE"), 1234u);
  }
  EXPECT_EQ(read_processes(as_utf8(test::utf16(test::kTasklist))).value().processes.size(), 5u);
  EXPECT_FALSE(read_processes(test::kNetstat));
  EXPECT_FALSE(is_of_program("googletalkplugin.exe", "googletalk.exe"));
}

TEST(Addresses, ComeOneALineWithNetworksWrittenOut) {
  const AddressList list =
      read_addresses(
          "# ours\n74.125.140.125\n\n74.125.1.254/31 # two\n2001:4860::1\r\nnonsense\n74.125.140.125\n1.2.3.4/8\n",
          4096)
          .value();
  std::vector<std::string> texts;
  for (const IpAddress& address : list.addresses) texts.push_back(address.text());
  EXPECT_THAT(texts, ElementsAre("74.125.140.125", "74.125.1.254", "74.125.1.255", "2001:4860::1"));
  EXPECT_THAT(list.complaints.list(), ElementsAre(HasSubstr("line 6: \"nonsense\""), HasSubstr("line 8: ")));
  EXPECT_EQ(read_addresses("255.255.255.0/24\n", 256).value().addresses.size(), 256u);
  for (const std::string_view large : {"10.0.0.0/8\n", "2001:db8::/32\n", "1.2.3.4\n10.0.0.0/20\n"})
    EXPECT_THAT(read_addresses(large, 4096).error().what, HasSubstr("more than 4096")) << large;
  EXPECT_THAT(read_addresses("# nothing\n", 4096).error().what, HasSubstr("one a line"));
}

TEST(SeparatedValues, MayBeQuoted) {
  EXPECT_THAT(separated_values(R"("a, b","say ""x""",,c )", ','), ElementsAre("a, b", "say \"x\"", "", "c"));
  EXPECT_EQ(separator_of("a;b,c;d"), ';');
}

TEST(Complaints, AreBounded) {
  Complaints complaints;
  for (std::size_t i = 1; i <= 50; i++) complaints.add({i, "\x1b[31m" + std::string(200, 'x')}, "is wrong");
  EXPECT_EQ(complaints.list().size(), Complaints::kMost);
  EXPECT_EQ(complaints.total(), 50u);
  EXPECT_THAT(complaints.list()[0], testing::StartsWith("line 1: \"?[31mxxx"));
  EXPECT_LT(complaints.list()[0].size(), 120u);
}

}  // namespace
}  // namespace sinkfeed
