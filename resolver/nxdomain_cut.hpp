// A name that does not exist has nothing below it (RFC 8020): an NXDOMAIN from the cache answers for every type of its
// name and for every name below. Hot path: who asks for made-up names below it gets all his answers from here.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "resolver/wire.hpp"

namespace sinkfeed {

// The NXDOMAIN for `name` (wire format, lower case) and `type`, with the SOA of `cached`, a prepared NXDOMAIN of a name
// at or above it, and with its TTL. Allocates nothing.
class NxdomainAnswer {
 public:
  NxdomainAnswer(std::string_view cached, std::string_view name, std::uint16_t type);

  // As the cache takes it.
  std::string_view message() const { return {reinterpret_cast<const char*>(bytes_.data()), size_}; }
  std::span<const std::uint16_t> ttl_offsets() const { return {&ttl_offset_, ttl_offset_ ? 1u : 0u}; }

 private:
  void add_soa(std::span<const std::uint8_t> cached, std::size_t owner_at, std::string_view name);

  // The question, and of the SOA: owner, fixed part, two names and five numbers.
  static constexpr std::size_t kLargest =
      dns::kHeaderSize + dns::kMaxName + 4 + dns::kMaxName + 10 + 2 * dns::kMaxName + 20;
  std::array<std::uint8_t, kLargest> bytes_;  // not initialized beyond size_
  std::size_t size_ = 0;
  std::uint16_t ttl_offset_ = 0;  // 0: there is no SOA
};

}  // namespace sinkfeed
