// A format that is one entry a line and nothing else, or after one line of comment: what differs from product to
// product are its facts.
#pragma once

#include "feed/format.hpp"

namespace sinkfeed {

inline constexpr std::string_view kPlainText = "text/plain; charset=us-ascii";

class PlainList final : public FeedFormat {
 public:
  // A first line that begins with # and names the feed and its edition, for products that read over it.
  enum class Comment : bool { none, first_line };

  explicit PlainList(const FormatFacts& facts, HostPrefix host = HostPrefix::left_out) : facts_(facts), host_(host) {}
  PlainList(const FormatFacts& facts, Comment comment) : facts_(facts), comment_(comment) {}

  const FormatFacts& facts() const override { return facts_; }

  std::string render(const FeedContent& content) const override {
    std::string body;
    if (comment_ == Comment::first_line) body = "# sinkfeed " + content.name + " edition " + content.edition + "\n";
    append_lines(body, content, "", "\n", host_);
    return body;
  }

 private:
  const FormatFacts facts_;
  const HostPrefix host_ = HostPrefix::left_out;
  const Comment comment_ = Comment::none;
};

}  // namespace sinkfeed
