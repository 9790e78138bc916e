// Reads the nameserver lines of resolv.conf(5).
#include "config/resolv_conf.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace sinkfeed {

Result<std::vector<Endpoint>> read_resolv_conf(const std::filesystem::path& file) {
  std::ifstream stream{file};
  if (!stream) return Problem{fmt::format("{}: cannot be read", file.string())};
  std::vector<Endpoint> servers;
  for (std::string line; std::getline(stream, line);) {
    std::istringstream words{line};
    std::string keyword, text;
    if (!(words >> keyword >> text) || keyword != "nameserver") continue;
    const auto address = IpAddress::parse(text);
    if (!address) {
      spdlog::warn("{}: nameserver {} is left out: it is not a plain IP address", file.string(), text);
      continue;
    }
    const Endpoint server{*address, 53};
    if (std::find(servers.begin(), servers.end(), server) == servers.end()) servers.push_back(server);
  }
  return servers;
}

}  // namespace sinkfeed
