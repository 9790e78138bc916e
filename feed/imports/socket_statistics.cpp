// ss -tnp: "ESTAB 0 0 local remote users:(("pidgin",pid=1234,fd=12))"; if other protocols are listed too, each row
// begins with its name.
#include <algorithm>
#include <array>

#include "feed/imports/connection_formats.hpp"

namespace sinkfeed {

namespace {

constexpr std::array<std::string_view, 12> kStates{"ESTAB",      "SYN-SENT",  "SYN-RECV",   "FIN-WAIT-1",
                                                   "FIN-WAIT-2", "TIME-WAIT", "CLOSE-WAIT", "LAST-ACK",
                                                   "CLOSING",    "LISTEN",    "UNCONN",     "CLOSED"};

// Where the state stands; nothing if the line is no row.
std::optional<std::size_t> state_at(const std::vector<std::string_view>& words) {
  for (const std::size_t at : {std::size_t{0}, std::size_t{1}}) {
    if (words.size() >= at + 5 && std::find(kStates.begin(), kStates.end(), words[at]) != kStates.end() &&
        number_of(words[at + 1]) && number_of(words[at + 2]))
      return at;
  }
  return std::nullopt;
}

bool is_row(std::string_view line) { return state_at(words_of(line)).has_value(); }

// users:(("pidgin",pid=1234,fd=12),("helper",pid=1235,fd=12)); older ones have no "pid=".
std::vector<Owner> owners_of(std::string_view line) {
  std::vector<Owner> owners;
  const std::size_t users = line.find("users:(");
  if (users == std::string_view::npos) return owners;
  line.remove_prefix(users);
  for (std::size_t at = line.find("(\""); at != std::string_view::npos; at = line.find("(\"", at + 2)) {
    const std::size_t end = line.find("\",", at + 2);
    if (end == std::string_view::npos) break;
    std::string_view pid = line.substr(end + 2);
    if (pid.starts_with("pid=")) pid.remove_prefix(4);
    owners.push_back(
        {number_of(pid.substr(0, pid.find_first_of(",)"))), std::string(line.substr(at + 2, end - at - 2))});
    at = end;
  }
  return owners;
}

void read(const std::vector<Line>& lines, ConnectionTable& table) {
  bool is_heading = true;
  for (const Line& line : lines) {
    if (trimmed(line.text).empty()) continue;
    const auto words = words_of(line.text);
    const auto at = state_at(words);
    if (!at) {
      if (!is_heading) table.complaints.add(line, "is no connection");
      continue;
    }
    is_heading = false;
    // Sockets of other kinds have ends that are no addresses.
    if (*at == 1 && words[0] != "tcp" && words[0] != "udp") continue;
    Connection connection;
    connection.is_tcp = *at == 0 || words[0] == "tcp";
    connection.state = words[*at];
    connection.owners = owners_of(line.text);
    add_connection(table, line, words[*at + 3], words[*at + 4], std::move(connection));
  }
}

}  // namespace

const ConnectionFormat kSocketStatistics{"ss", is_row, read};

}  // namespace sinkfeed
