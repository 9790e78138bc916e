// Copies of the whole store, made while it is being used.
#pragma once

#include <filesystem>

#include "config/clock.hpp"
#include "store/database.hpp"

namespace sinkfeed {

// As many as may be there; each holds on to the disk space of files that the store itself has replaced meanwhile.
inline constexpr int kMostBackups = 10;

// Makes store/backups/TIME (UTC: 20261125T190701Z) and returns its path. It is a store: db/ and rings/ as of some
// moment of the call, complete and on disk. What does not change any more is linked, not copied. A Problem (no room,
// too many) leaves nothing behind. Any thread, one at a time; nobody waits for it.
Result<std::filesystem::path> back_up(const std::filesystem::path& store, const Database& database, WallTime now);

}  // namespace sinkfeed
