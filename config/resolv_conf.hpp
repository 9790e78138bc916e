// The name servers of the system's resolver configuration, resolv.conf(5).
#pragma once

#include <filesystem>
#include <vector>

#include "config/address.hpp"
#include "config/result.hpp"

namespace sinkfeed {

// The addresses of its nameserver lines in their order, each with port 53, each once. A line whose address cannot be
// used (a name, an address with a zone) is logged and left out. A Problem says that the file cannot be read.
Result<std::vector<Endpoint>> read_resolv_conf(const std::filesystem::path& file);

}  // namespace sinkfeed
