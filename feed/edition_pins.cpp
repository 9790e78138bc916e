#include "feed/edition_pins.hpp"

namespace sinkfeed {

std::shared_ptr<const Snapshot> EditionPins::choose(const std::string& who, Asked asked,
                                                    const std::shared_ptr<const Snapshot>& newest) {
  const std::lock_guard lock(mutex_);
  const auto found = pins_.find(who);
  if (found != pins_.end() && (asked == Asked::sidecar || found->second.by == Asked::sidecar)) {
    if (auto held = found->second.snapshot.lock()) {
      if (asked == Asked::body) found->second.by = Asked::body;
      return held;
    }
  }
  if (found == pins_.end() && pins_.size() >= kMost) {
    std::erase_if(pins_, [](const auto& pin) { return pin.second.snapshot.expired(); });
    if (pins_.size() >= kMost) pins_.clear();
  }
  pins_[who] = {newest, asked};
  return newest;
}

}  // namespace sinkfeed
