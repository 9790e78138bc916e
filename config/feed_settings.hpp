// Reads the [feed] section of the settings.
#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"
#include "config/toml_file.hpp"

namespace sinkfeed {

// `profiles`: those of block.profiles, of which feeds are made.
void read_feed(TomlSection section, Settings::Feed& feed, const std::vector<std::string>& profiles);

}  // namespace sinkfeed
