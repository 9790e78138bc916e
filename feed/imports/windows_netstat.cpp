// netstat -ano and -anob of Windows: "TCP local remote STATE PID", and with -b a line "[googletalk.exe]" behind each
// row, perhaps after one that names a component. A connection in TIME_WAIT has PID 0: nobody's any more.
#include "feed/imports/connection_formats.hpp"

namespace sinkfeed {

namespace {

bool is_protocol(std::string_view word) {
  return is_same_word(word, "TCP") || is_same_word(word, "UDP") || is_same_word(word, "TCPv6") ||
         is_same_word(word, "UDPv6");
}

bool is_row(std::string_view line) {
  const auto words = words_of(line);
  return words.size() >= 3 && is_protocol(words[0]) && words[1].find(':') != std::string_view::npos &&
         words[2].find(':') != std::string_view::npos;
}

bool is_process_line(std::string_view text) { return text.size() > 2 && text.front() == '[' && text.back() == ']'; }

bool names_processes(const std::vector<Line>& lines) {
  for (const Line& line : lines) {
    if (is_process_line(trimmed(line.text))) return true;
  }
  return false;
}

// True if the row is a connection, which is then the last of the table.
bool read_row(const std::vector<std::string_view>& words, const Line& line, ConnectionTable& table) {
  Connection connection;
  connection.is_tcp = is_same_word(words[0].substr(0, 3), "TCP");
  // States may have several words, and other columns may follow the PID.
  std::size_t end = words.size();
  for (std::size_t i = words.size() - 1; i >= 3; i--) {
    if (const auto pid = number_of(words[i])) {
      connection.owners.push_back({pid, ""});
      end = i;
      break;
    }
  }
  for (std::size_t i = 3; i < end; i++) connection.state += (i > 3 ? " " : "") + std::string(words[i]);
  return add_connection(table, line, words[1], words[2], std::move(connection));
}

void read(const std::vector<Line>& lines, ConnectionTable& table) {
  const bool has_processes = names_processes(lines);
  bool is_heading = true, is_kept = false;
  std::vector<std::string_view> headings;  // come again if netstat was told to repeat itself
  for (const Line& line : lines) {
    const std::string_view text = trimmed(line.text);
    if (text.empty()) continue;
    const auto words = words_of(text);
    if (is_protocol(words[0]) && words.size() >= 3) {
      is_heading = false;
      is_kept = read_row(words, line, table);
    } else if (is_heading) {
      headings.push_back(text);
    } else if (is_process_line(text)) {
      if (!is_kept) continue;
      auto& owners = table.connections.back().owners;
      if (owners.empty()) owners.emplace_back();
      owners[0].name = text.substr(1, text.size() - 2);
    } else if (is_protocol(words[0]) || !has_processes) {
      bool is_repeated = false;
      for (const std::string_view heading : headings) is_repeated = is_repeated || heading == text;
      if (!is_repeated) table.complaints.add(line, "is no connection");
    }
  }
}

}  // namespace

const ConnectionFormat kWindowsNetstat{"netstat", is_row, read};

}  // namespace sinkfeed
