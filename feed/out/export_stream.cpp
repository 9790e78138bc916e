#include "feed/out/export_stream.hpp"

#include <utility>

namespace sinkfeed {

bool ExportStream::push(std::string piece, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!taken_.wait(lock, stop, [&] { return unsent_bytes_ < kMostUnsent || left_; }) || left_) return false;
  if (piece.empty()) return true;
  unsent_bytes_ += piece.size();
  unsent_.push_back(std::make_shared<const std::string>(std::move(piece)));
  if (wake_) wake_();
  return true;
}

void ExportStream::finish(const std::string& damage) {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  trailer_ = damage.empty() ? "Sinkfeed-Complete: yes" : "Sinkfeed-Damage: " + damage;
  for (char& c : trailer_) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
  }
  if (wake_) wake_();
}

void ExportStream::listen(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

void ExportStream::leave() {
  const std::lock_guard lock(mutex_);
  wake_ = nullptr;
  left_ = true;
  taken_.notify_all();
}

void ExportStream::end() {
  const std::lock_guard lock(mutex_);
  ended_ = left_ = true;
  unsent_.clear();
  taken_.notify_all();
  if (wake_) wake_();
}

AnswerStream::Piece ExportStream::take() {
  const std::lock_guard lock(mutex_);
  if (unsent_.empty()) return {};
  const auto piece = std::move(unsent_.front());
  unsent_.pop_front();
  unsent_bytes_ -= piece->size();
  taken_.notify_all();
  return {piece, *piece};
}

bool ExportStream::has_ended() const {
  const std::lock_guard lock(mutex_);
  return unsent_.empty() && ended_;
}

std::string ExportStream::trailer() const {
  const std::lock_guard lock(mutex_);
  return trailer_;
}

}  // namespace sinkfeed
