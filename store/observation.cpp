#include "store/observation.hpp"

namespace sinkfeed {

std::string_view vantage_kind_name(VantageKind kind) {
  switch (kind) {
    case VantageKind::known:
      return "known";
    case VantageKind::upstream:
      return "upstream";
    case VantageKind::hand:
      return "hand";
    case VantageKind::import:
      return "import";
  }
  return "unknown";
}

}  // namespace sinkfeed
