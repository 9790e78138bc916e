// netstat -tnp of Linux: "tcp 0 0 local remote STATE PID/name". Without -W it cuts IPv6 addresses to fit its columns,
// and what is left may look like another address.
#include "feed/imports/connection_formats.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kColumn = 23;  // as wide as an end is without -W

bool is_row(std::string_view line) {
  const auto words = words_of(line);
  return words.size() >= 5 && (words[0].starts_with("tcp") || words[0].starts_with("udp")) && number_of(words[1]) &&
         number_of(words[2]) && words[4].find(':') != std::string_view::npos;
}

bool is_wide(const std::vector<Line>& lines) {
  for (const Line& line : lines) {
    if (is_row(line.text) && words_of(line.text)[4].size() > kColumn) return true;
  }
  return false;
}

// "1234/pidgin", the last column; the name may have spaces, and others may stand before it (-e).
std::vector<Owner> owners_of(const std::vector<std::string_view>& words, std::string_view line) {
  for (std::size_t i = 6; i < words.size(); i++) {
    const std::size_t slash = words[i].find('/');
    if (slash == std::string_view::npos) continue;
    const auto pid = number_of(words[i].substr(0, slash));
    if (!pid) continue;
    const auto name_at = static_cast<std::size_t>(words[i].data() - line.data()) + slash + 1;
    return {{pid, std::string(trimmed(line.substr(name_at)))}};
  }
  return {};
}

void read(const std::vector<Line>& lines, ConnectionTable& table) {
  const bool has_whole_addresses = is_wide(lines);
  bool is_heading = true;
  for (const Line& line : lines) {
    if (trimmed(line.text).empty()) continue;
    if (!is_row(line.text)) {
      if (!is_heading) table.complaints.add(line, "is no connection");
      continue;
    }
    is_heading = false;
    const auto words = words_of(line.text);
    if (words[0].ends_with('6') && words[4].size() == kColumn && !has_whole_addresses) {
      table.complaints.add(line, "may have a cut address; netstat -tnpW and ss -tnp show it whole");
      continue;
    }
    Connection connection;
    connection.is_tcp = words[0].starts_with("tcp");
    if (words.size() > 5) connection.state = words[5];
    connection.owners = owners_of(words, line.text);
    add_connection(table, line, words[3], words[4], std::move(connection));
  }
}

}  // namespace

const ConnectionFormat kLinuxNetstat{"netstat", is_row, read};

}  // namespace sinkfeed
