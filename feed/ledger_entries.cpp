// The only place where the formats' contents meet the ledger.
#include "feed/feed_content.hpp"
#include "store/ledger.hpp"

namespace sinkfeed {

Entries entries_of(const Ledger& ledger) {
  return [&ledger](const std::string& profile, const IpAddress& first, std::size_t limit) {
    return ledger.entries_from(profile, first, limit);
  };
}

}  // namespace sinkfeed
