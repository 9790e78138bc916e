#include "feed/event_stream.hpp"

#include <algorithm>
#include <utility>

namespace sinkfeed {

std::string event_text(std::string_view name, std::uint64_t id, std::string_view lines) {
  std::string text = "event: " + std::string(name) + "\n";
  if (id) text += "id: " + std::to_string(id) + "\n";
  text.reserve(text.size() + lines.size() + static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n')) * 6 +
               8);
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    text += "data: ";
    text += lines.substr(0, end);
    text += '\n';
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return text + "\n";
}

void EventStream::push(std::shared_ptr<const std::string> event) {
  const std::lock_guard lock(mutex_);
  if (ended_ || event->empty()) return;
  unsent_bytes_ += event->size();
  unsent_.push_back(std::move(event));
  if (unsent_bytes_ - taken_ > kMostUnsent) {
    // What is half sent is no event without its end.
    unsent_.clear();
    unsent_bytes_ = taken_ = 0;
    ended_ = true;
  }
  if (wake_) wake_();
}

void EventStream::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  if (wake_) wake_();
}

void EventStream::listen(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

void EventStream::leave() {
  const std::lock_guard lock(mutex_);
  wake_ = nullptr;
}

EventStream::Piece EventStream::take() {
  const std::lock_guard lock(mutex_);
  if (unsent_.empty()) return {};
  Piece piece{unsent_.front(), std::string_view(*unsent_.front()).substr(taken_, kPiece)};
  taken_ += piece.bytes.size();
  if (taken_ == piece.owner->size()) {
    unsent_bytes_ -= taken_;
    taken_ = 0;
    unsent_.pop_front();
  }
  return piece;
}

bool EventStream::has_ended() const {
  const std::lock_guard lock(mutex_);
  return unsent_.empty() && (ended_ || std::chrono::steady_clock::now() >= ends_);
}

}  // namespace sinkfeed
