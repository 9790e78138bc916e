// One client's side of a stream of events (text/event-stream, WHATWG HTML 9.2): what is still to be sent to it.
//
// Events are pushed on any thread and taken by the HTTP server's. The bytes of an event are shared by all streams that
// it was pushed to; a stream in which more than kMostUnsent wait is given up, and its client comes back and resumes.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "config/clock.hpp"
#include "feed/answer_stream.hpp"

namespace sinkfeed {

// "event: NAME\nid: N\ndata: …\n\n", with one `data:` line for each line of `lines`; without an id if it is 0.
std::string event_text(std::string_view name, std::uint64_t id, std::string_view lines);

class EventStream final : public AnswerStream {
 public:
  static constexpr std::size_t kMostUnsent = 4 << 20;
  static constexpr std::size_t kPiece = 64 << 10;
  // However quiet it is, proxies and clients see that it lives.
  static constexpr std::chrono::milliseconds kHeartbeat = std::chrono::seconds(15);
  // Then it ends, and the client is asked for its token again.
  static constexpr std::chrono::hours kLife{1};

  explicit EventStream(std::chrono::milliseconds heartbeat = kHeartbeat)
      : heartbeat_(heartbeat), ends_(std::chrono::steady_clock::now() + kLife) {}

  // Any thread.
  void push(std::shared_ptr<const std::string> event);
  // Ends it, after what was pushed before.
  void end() override;

  // For the server.
  void listen(std::function<void()> wake) override;
  void leave() override;
  // At most kPiece.
  Piece take() override;
  bool has_ended() const override;
  std::chrono::milliseconds heartbeat() const override { return heartbeat_; }
  std::string_view sign_of_life() const override { return ":\n\n"; }

 private:
  const std::chrono::milliseconds heartbeat_;
  const SteadyTime ends_;
  mutable std::mutex mutex_;
  std::function<void()> wake_;
  std::deque<std::shared_ptr<const std::string>> unsent_;
  std::size_t unsent_bytes_ = 0, taken_ = 0;  // of the first
  bool ended_ = false;
};

}  // namespace sinkfeed
