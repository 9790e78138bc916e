#include "feed/commands/imports.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <filesystem>

#include "feed/api_observed.hpp"
#include "feed/commands/execute.hpp"
#include "feed/commands/import_text.hpp"
#include "feed/commands/input_file.hpp"
#include "feed/imports/address_list.hpp"
#include "feed/imports/process_list.hpp"
#include "feed/imports/selection.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

// Every web page's ports: of all of a client's connections to them, few are the messenger's.
constexpr std::uint16_t kHttp = 80, kHttps = 443;

// The profile that is meant: with one loaded it need not be said.
Result<const Profile*> profile_of(const Call& call, const Catalogue& catalogue) {
  const std::string& name = call.imports.profile;
  if (name.empty() && catalogue.profiles().size() == 1) return &catalogue.profiles().front();
  std::string names;
  for (const Profile& profile : catalogue.profiles()) names += (names.empty() ? "" : ", ") + profile.name;
  if (name.empty()) return Problem{"--profile says for which messenger: " + names};
  if (const Profile* profile = catalogue.find_profile(name)) return profile;
  return Problem{fmt::format("no profile \"{}\" is loaded; there is {}", name, names)};
}

// Sends what was found and says what came of it.
int report(const Call& call, DaemonClient& client, const Profile& profile, Import found) {
  const int unread = found.complaints.total() ? 1 : 0;
  if (found.addresses.empty()) {
    fmt::print(stderr, "{}", complaints_text(found));
    fmt::print(stderr, "sinkfeed: {}\n", nothing_text(found));
    return 1;
  }
  json::array addresses;
  for (const Endpoint& endpoint : found.addresses) {
    json::object item{{"address", endpoint.address.text()}};
    if (endpoint.port) item["port"] = endpoint.port;
    addresses.push_back(std::move(item));
  }
  json::object body{{"profile", profile.name},
                    {"vantage", vantage_kind_name(found.vantage)},
                    {"detail", found.detail},
                    {"reason", call.imports.reason},
                    {"addresses", std::move(addresses)}};
  const ApiAnswer answer = client.act("ips/observed", &body);
  fmt::print(stderr, "{}", complaints_text(found));
  if (answer.status >= 400) return refused(answer);
  if (call.options.json)
    fmt::print("{}\n", json::serialize(import_value(found, answer.body)));
  else
    fmt::print("{}", import_text(found, answer.body));
  return unread;
}

// The processes that are wanted, by id where a list of them is given.
Result<Wanted> wanted_of(const Call& call, const Profile& profile) {
  const ImportOptions& options = call.imports;
  Wanted wanted;
  wanted.pids = options.pids;
  wanted.program = options.process;
  if (!options.tasklist.empty()) {
    const auto text = read_file(options.tasklist);
    if (!text) return text.error();
    const auto list = read_processes(*text);
    if (!list) return Problem{shown(options.tasklist) + " has " + list.error().what};
    for (const Process& process : list->processes) {
      if (is_of_program(process.name, options.process)) wanted.pids.push_back(process.pid);
    }
    if (wanted.pids.empty())
      return Problem{fmt::format("none of the {} processes in {} is {}", list->processes.size(),
                                 shown(options.tasklist), options.process)};
  }
  wanted.ports = options.ports.empty() ? profile.ports : options.ports;
  if (wanted.is_any_process() && options.ports.empty())
    std::erase_if(wanted.ports, [](std::uint16_t port) { return port == kHttp || port == kHttps; });
  if (wanted.ports.empty())
    return Problem{
        fmt::format("say whose connections they are (--pid or --process): {} has no ports but 80 and 443, "
                    "which everything uses",
                    profile.name)};
  return wanted;
}

bool has_names(const std::vector<Connection>& connections) {
  return std::any_of(connections.begin(), connections.end(), [](const Connection& connection) {
    return std::any_of(connection.owners.begin(), connection.owners.end(),
                       [](const Owner& owner) { return !owner.name.empty(); });
  });
}

bool has_owners(const std::vector<Connection>& connections) {
  return std::any_of(connections.begin(), connections.end(),
                     [](const Connection& connection) { return !connection.owners.empty(); });
}

// Why the wanted process cannot be told in this list.
std::string missing_in(const ConnectionTable& table, const Wanted& wanted) {
  if (wanted.is_any_process() || table.connections.empty()) return "";
  if (!has_owners(table.connections))
    return "it does not say which process has which connection; netstat -ano and ss -tnp do";
  if (wanted.pids.empty() && !has_names(table.connections))
    return "it does not name processes: give --tasklist FILE with what tasklist writes, or use netstat -anob";
  return "";
}

// "googletalk.exe", "process 1234, 1235"; empty if it was not said.
std::string program_text(const ImportOptions& options) {
  std::string text = options.process;
  for (const std::uint32_t pid : options.pids) text += (text.empty() ? "process " : ", ") + std::to_string(pid);
  return text;
}

std::string detail_of(const ImportOptions& options, std::string_view format) {
  const std::string who = program_text(options);
  std::string detail = options.client.empty() ? "" : "client " + options.client + " ";
  if (!who.empty()) detail += who + " ";
  return detail + (detail.empty() ? std::string(format) : "(" + std::string(format) + ")");
}

// Each address, unless no feed would hold it whoever vouches for it.
void take(Import& found, const std::vector<IpAddress>& addresses) {
  for (const IpAddress& address : addresses) {
    if (const auto never = why_never(address))
      found.left_out.push_back({address.text(), *never});
    else
      found.addresses.push_back({address, 0});
  }
}

}  // namespace

int import_connections(const Call& call, DaemonClient& client) {
  const ImportOptions& options = call.imports;
  if (!options.tasklist.empty() && options.process.empty())
    return wrong_call("--tasklist is to find a program's processes in: --process says which program");
  if (!options.pids.empty() && !options.process.empty()) return wrong_call("give --pid or --process, not both");
  if (options.file == "-" && options.tasklist == "-")
    return wrong_call("FILE and --tasklist cannot both be standard input");
  const auto profile = profile_of(call, *client.configuration().catalogue);
  if (!profile) return wrong_call(profile.error().what);
  auto wanted = wanted_of(call, **profile);
  if (!wanted) return failed(wanted.error());
  const auto text = read_file(options.file);
  if (!text) return failed(text.error());
  const auto table = read_connections(*text);
  if (!table) return failed({shown(options.file) + " has " + table.error().what});
  if (const std::string missing = missing_in(*table, *wanted); !missing.empty())
    return failed({shown(options.file) + " is of " + std::string(table->format) + ": " + missing});
  // A router's list has everybody's connections.
  if (const auto address = IpAddress::parse(options.client); address && table->format == "conntrack")
    wanted->client = *address;
  const Selection selection = select_connections(table->connections, *wanted);
  Import found;
  found.file = shown(options.file);
  found.read = table->connections.size();
  if (!wanted->is_any_process() || wanted->client) found.considered = selection.considered;
  found.whose = wanted->is_any_process() ? options.client : program_text(options);
  found.addresses = selection.addresses;
  found.left_out = selection.left_out;
  found.complaints = table->complaints;
  found.vantage = VantageKind::import;
  found.detail = detail_of(options, table->format);
  return report(call, client, **profile, std::move(found));
}

int import_list(const Call& call, DaemonClient& client) {
  const auto profile = profile_of(call, *client.configuration().catalogue);
  if (!profile) return wrong_call(profile.error().what);
  const auto text = read_file(call.imports.file);
  if (!text) return failed(text.error());
  const auto list = read_addresses(*text, kMostObserved);
  if (!list) return failed({shown(call.imports.file) + ": " + list.error().what});
  Import found;
  found.file = shown(call.imports.file);
  found.complaints = list->complaints;
  found.detail = "list " + std::filesystem::path(found.file).filename().string();
  take(found, list->addresses);
  return report(call, client, **profile, std::move(found));
}

int add_addresses(const Call& call, DaemonClient& client) {
  const auto profile = profile_of(call, *client.configuration().catalogue);
  if (!profile) return wrong_call(profile.error().what);
  std::vector<IpAddress> addresses;
  for (const std::string& text : call.imports.addresses) {
    const auto address = IpAddress::parse(text);
    if (!address) return wrong_call(address.error().what);
    if (std::find(addresses.begin(), addresses.end(), *address) == addresses.end()) addresses.push_back(*address);
  }
  if (addresses.size() > kMostObserved)
    return wrong_call(fmt::format("at most {} addresses go in at once", kMostObserved));
  Import found;
  take(found, addresses);
  return report(call, client, **profile, std::move(found));
}

}  // namespace sinkfeed
