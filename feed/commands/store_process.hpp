// Which process has a store open for writing. It may be a daemon that cannot be asked over HTTP.
#pragma once

#include <filesystem>
#include <string>

namespace sinkfeed {

// "process 812", or empty if none has (or the lock cannot be read). `store`: store.path. Only for a program that has
// not opened that store itself: closing the lock's file gives up the locks of this process on it.
std::string store_process(const std::filesystem::path& store);

}  // namespace sinkfeed
