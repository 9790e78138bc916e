// A format that is one entry a line and nothing else: what differs from product to product are its facts.
#pragma once

#include "feed/format.hpp"

namespace sinkfeed {

inline constexpr std::string_view kPlainText = "text/plain; charset=us-ascii";

class PlainList final : public FeedFormat {
 public:
  explicit PlainList(const FormatFacts& facts, HostPrefix host = HostPrefix::left_out) : facts_(facts), host_(host) {}

  const FormatFacts& facts() const override { return facts_; }

  std::string render(const FeedContent& content) const override {
    std::string body;
    append_lines(body, content, "", "\n", host_);
    return body;
  }

 private:
  const FormatFacts facts_;
  const HostPrefix host_;
};

}  // namespace sinkfeed
