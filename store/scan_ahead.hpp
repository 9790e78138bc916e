// A column that is gone through as a whole, on two threads: one reads and unpacks, some thousand rows ahead of the one
// that makes something of them.
#pragma once

#include "store/database.hpp"

namespace sinkfeed {

// As Database::scan of the whole column, ascending. `visit` is called on this thread.
Result<void> scan_ahead(const Database& database, Column column, const Database::Visit& visit);

}  // namespace sinkfeed
