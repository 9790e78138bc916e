// An answer's body that is still being made while it is sent: the HTTP server takes pieces of it until it has ended.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace sinkfeed {

class AnswerStream {
 public:
  virtual ~AnswerStream() = default;

  // `wake` is called when there is something to take or it has ended, on the thread that makes it; never again once
  // leave() has returned. The client is gone then.
  virtual void listen(std::function<void()> wake) = 0;
  virtual void leave() = 0;
  // Nothing more is to be made.
  virtual void end() = 0;
  // What is to be sent next; empty if there is nothing just now.
  struct Piece {
    std::shared_ptr<const std::string> owner;
    std::string_view bytes;
  };
  virtual Piece take() = 0;
  // Nothing comes any more.
  virtual bool has_ended() const = 0;
  // When it has been quiet for so long, this is sent (nothing, if it is empty).
  virtual std::chrono::milliseconds heartbeat() const = 0;
  virtual std::string_view sign_of_life() const = 0;
  // A field behind the body (RFC 9110 6.5), "NAME: VALUE"; empty if there is none. Asked for once it has ended.
  virtual std::string trailer() const { return ""; }
};

}  // namespace sinkfeed
