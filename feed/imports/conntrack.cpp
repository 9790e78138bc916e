// conntrack -L, and /proc/net/nf_conntrack: "tcp 6 431999 ESTABLISHED src=10.0.0.7 dst=74.125.140.125 sport=51234
// dport=5222 src=... [ASSURED]". What the client asked for stands first; behind it is what came back, perhaps
// translated.
#include "feed/imports/connection_formats.hpp"

namespace sinkfeed {

namespace {

bool is_row(std::string_view line) {
  return line.find(" src=") != std::string_view::npos && line.find(" dst=") != std::string_view::npos;
}

// The first of that name; empty if there is none.
std::string_view value_of(const std::vector<std::string_view>& words, std::string_view name) {
  for (const std::string_view word : words) {
    if (word.starts_with(name)) return word.substr(name.size());
  }
  return {};
}

void read(const std::vector<Line>& lines, ConnectionTable& table) {
  for (const Line& line : lines) {
    // What conntrack says beside its list.
    if (trimmed(line.text).empty() || line.text.starts_with("conntrack v")) continue;
    if (!is_row(line.text)) {
      table.complaints.add(line, "is no connection");
      continue;
    }
    const auto words = words_of(line.text);
    Connection connection;
    connection.is_tcp = false;
    for (std::size_t i = 0; i < words.size() && words[i].find('=') == std::string_view::npos; i++) {
      connection.is_tcp = connection.is_tcp || words[i] == "tcp";
      connection.state = words[i];
    }
    // Neither TCP nor UDP: there is no port, and nothing of interest.
    const std::string_view port = value_of(words, "dport=");
    if (port.empty()) continue;
    const auto end = [&](std::string_view address, std::string_view number) {
      return "[" + std::string(value_of(words, address)) + "]:" + std::string(number);
    };
    add_connection(table, line, end("src=", value_of(words, "sport=")), end("dst=", port), connection);
    // Here SYN_RECV is an answer on its way to the client, whose connection it is.
    if (!table.connections.empty() && table.connections.back().line == line.number)
      table.connections.back().is_incoming = false;
  }
}

}  // namespace

const ConnectionFormat kConntrack{"conntrack", is_row, read};

}  // namespace sinkfeed
