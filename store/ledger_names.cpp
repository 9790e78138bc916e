// What states and kinds of the ledger are called.
#include "store/ledger.hpp"

namespace sinkfeed {

std::string_view state_name(State state) {
  switch (state) {
    case State::published:
      return "published";
    case State::held:
      return "held";
    case State::allowed:
      return "allowed";
    case State::expired:
      return "expired";
  }
  return "unknown";
}

std::string_view sharing_name(Sharing sharing) {
  switch (sharing) {
    case Sharing::unknown:
      return "unknown";
    case Sharing::exclusive:
      return "exclusive";
    case Sharing::shared:
      return "shared";
  }
  return "unknown";
}

std::string_view cause_name(Cause cause) {
  constexpr std::string_view kNames[] = {"none",     "guard", "never_name", "person", "profile",
                                         "evidence", "limit", "age",        "sharing"};
  return kNames[static_cast<std::size_t>(cause)];
}

}  // namespace sinkfeed
