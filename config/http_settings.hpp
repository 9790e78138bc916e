// Reads [http] of the settings.
#pragma once

#include <filesystem>

#include "config/settings.hpp"
#include "config/toml_file.hpp"

namespace sinkfeed {

// `file`: the settings file, to whose folder paths are relative.
void read_http(TomlSection section, Settings::Http& http, const std::filesystem::path& file);

}  // namespace sinkfeed
