#include "feed/out/delivery_marks.hpp"

namespace sinkfeed {

void DeliveryMarks::sent(std::size_t bytes, HistoryPosition position, SteadyTime now) {
  bytes_ += bytes;
  if (bytes == 0 && marks_.empty()) {
    certain_ = position;  // nothing of it was to be sent
    return;
  }
  if (bytes == 0) {
    marks_.back().position = position;
    return;
  }
  marks_.push_back({now, bytes_, position});
}

void DeliveryMarks::flows(SteadyTime now) {
  while (!marks_.empty() && (marks_.front().bytes + kInBuffers <= bytes_ || now - marks_.front().when >= kRead)) {
    certain_ = marks_.front().position;
    marks_.pop_front();
  }
}

void DeliveryMarks::all_read() {
  if (marks_.empty()) return;
  certain_ = marks_.back().position;
  marks_.clear();
}

}  // namespace sinkfeed
