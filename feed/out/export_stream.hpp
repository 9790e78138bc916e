// The body of an export that is under way. Whoever makes it waits while the client has much of it still to take, so
// that none of a large history is in memory but that.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>

#include "feed/answer_stream.hpp"

namespace sinkfeed {

class ExportStream final : public AnswerStream {
 public:
  static constexpr std::size_t kMostUnsent = 1 << 20;

  // Returns false if nobody takes it any more: the client is gone, or `stop`.
  bool push(std::string piece, const std::stop_token& stop);
  // All is there. `damage`: what is missing in it, and why; empty: nothing.
  void finish(const std::string& damage);

  void listen(std::function<void()> wake) override;
  void leave() override;
  void end() override;
  Piece take() override;
  bool has_ended() const override;
  std::chrono::milliseconds heartbeat() const override { return std::chrono::seconds(15); }
  std::string_view sign_of_life() const override { return ""; }
  std::string trailer() const override;

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any taken_;
  std::function<void()> wake_;
  std::deque<std::shared_ptr<const std::string>> unsent_;
  std::size_t unsent_bytes_ = 0;
  bool ended_ = false, left_ = false;
  std::string trailer_;
};

}  // namespace sinkfeed
