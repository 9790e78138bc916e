#include "config/client_subnets.hpp"

#include <fmt/format.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>

namespace sinkfeed {

Result<Network> parse_client_subnet(std::string_view text) {
  auto network = Network::parse(text);
  if (!network) return network;
  const int longest = network->address().is_v4() ? 24 : 56;
  if (network->prefix() > longest) {
    return Problem{
        fmt::format("\"{}\" is longer than /{}, which would tell servers more of a client than they need "
                    "(RFC 7871 11.1); write \"{}\"",
                    text, longest, Network{network->address(), longest}.text())};
  }
  if (network->prefix() == 0) return Problem{fmt::format("\"{}\" stands for no place; write a longer prefix", text)};
  return network;
}

Result<std::vector<Network>> read_client_subnets(const std::filesystem::path& file) {
  std::ifstream stream{file};
  if (!stream)
    return Problem{
        fmt::format("{}: cannot be read; sweep.subnets names a file with one prefix a line, or is a list "
                    "of prefixes",
                    file.string())};
  std::vector<Network> subnets;
  std::set<Network> known;
  std::size_t number = 0;
  for (std::string line; std::getline(stream, line);) {
    number++;
    std::istringstream words{line.substr(0, line.find('#'))};
    std::string text, more;
    if (!(words >> text)) continue;
    const auto mistake = [&](const std::string& what) {
      return Problem{fmt::format("{}:{}: {}", file.string(), number, what)};
    };
    if (words >> more) return mistake(fmt::format("\"{}\" is too much; write one prefix a line", more));
    const auto subnet = parse_client_subnet(text);
    if (!subnet) return mistake(subnet.error().what);
    if (!known.insert(*subnet).second) continue;
    if (subnets.size() == kMaxClientSubnets)
      return mistake(fmt::format("this is one more than the {} client subnets there may be", kMaxClientSubnets));
    subnets.push_back(*subnet);
  }
  return subnets;
}

}  // namespace sinkfeed
