// Finds forwarding loops, whatever way they take: a name that nobody else knows is put to each upstream server, and if
// the question comes to us, that server leads back to us.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sinkfeed {

// Immutable; any thread.
class LoopProbe {
 public:
  static constexpr auto kEvery = std::chrono::minutes(10);

  // Another name each time that one is made.
  LoopProbe();

  // Wire format, lower case. The domain is one that does not exist (RFC 6761 6.2), so that no server of the world is
  // asked for more than that.
  std::string name_for(std::size_t server) const;
  // The server whose probe it is, `name` being in lower case; nothing: it is none of ours.
  std::optional<std::size_t> server_of(std::string_view name) const;

 private:
  std::string domain_;
};

}  // namespace sinkfeed
