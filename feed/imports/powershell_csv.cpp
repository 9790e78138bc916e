// Get-NetTCPConnection | Export-Csv (or ConvertTo-Csv), with or without the #TYPE line of older PowerShells. The
// columns are found by their names, which are the same in every language.
#include "feed/imports/connection_formats.hpp"
#include "feed/imports/separated_values.hpp"

namespace sinkfeed {

namespace {

constexpr std::string_view kSynReceived = "4";  // states may come as numbers

struct Columns {
  std::optional<std::size_t> local_address, local_port, remote_address, remote_port, state, process, process_name;
};

std::optional<Columns> columns_of(std::string_view heading) {
  if (heading.find("emote") == std::string_view::npos) return std::nullopt;
  const auto names = separated_values(heading, separator_of(heading));
  const auto find = [&](std::string_view name) -> std::optional<std::size_t> {
    for (std::size_t i = 0; i < names.size(); i++) {
      if (is_same_word(names[i], name)) return i;
    }
    return std::nullopt;
  };
  Columns columns{find("LocalAddress"), find("LocalPort"),     find("RemoteAddress"), find("RemotePort"),
                  find("State"),        find("OwningProcess"), find("ProcessName")};
  if (!columns.remote_address || !columns.remote_port) return std::nullopt;
  return columns;
}

bool is_row(std::string_view line) { return columns_of(line).has_value(); }

void read(const std::vector<Line>& lines, ConnectionTable& table) {
  std::optional<Columns> columns;
  char separator = ',';
  for (const Line& line : lines) {
    if (const auto heading = columns_of(line.text)) {
      columns = heading;
      separator = separator_of(line.text);
      continue;
    }
    if (!columns || trimmed(line.text).empty() || line.text.starts_with('#')) continue;
    const auto values = separated_values(line.text, separator);
    const auto value = [&](const std::optional<std::size_t>& column) {
      return column && *column < values.size() ? values[*column] : std::string();
    };
    const auto end = [&](const auto& address, const auto& port) {
      const std::string number = value(port);
      return "[" + value(address) + "]:" + (number.empty() ? "*" : number);
    };
    if (value(columns->remote_address).empty() || value(columns->remote_port).empty()) {
      table.complaints.add(line, "has no remote address and port");
      continue;
    }
    Connection connection;
    connection.state = value(columns->state) == kSynReceived ? "SynReceived" : value(columns->state);
    const auto pid = number_of(value(columns->process));
    if (pid || !value(columns->process_name).empty()) connection.owners.push_back({pid, value(columns->process_name)});
    const std::string local =
        value(columns->local_address).empty() ? "*:*" : end(columns->local_address, columns->local_port);
    add_connection(table, line, local, end(columns->remote_address, columns->remote_port), std::move(connection));
  }
}

}  // namespace

const ConnectionFormat kPowerShellCsv{"Get-NetTCPConnection", is_row, read};

}  // namespace sinkfeed
