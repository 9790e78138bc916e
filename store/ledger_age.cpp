#include "store/ledger_age.hpp"

namespace sinkfeed {

std::string_view freshness_name(Freshness freshness) {
  switch (freshness) {
    case Freshness::hot:
      return "hot";
    case Freshness::warm:
      return "warm";
    case Freshness::cold:
      return "cold";
  }
  return "";
}

Freshness freshness(WallTime last_seen, WallTime now) {
  if (now - last_seen <= std::chrono::hours(24)) return Freshness::hot;
  return now - last_seen <= std::chrono::hours(24 * 7) ? Freshness::warm : Freshness::cold;
}

}  // namespace sinkfeed
