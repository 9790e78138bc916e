// Writes a DNS message record by record: names compressed against those written before, TTL positions remembered.
// This makes the prepared answers that the hot path copies.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "resolver/wire.hpp"

namespace sinkfeed {

class MessageWriter {
 public:
  // Starts with a header (ID 0, QR and RA set, the given RCODE) and the question. `name`: wire format, lower case.
  MessageWriter(std::string_view name, std::uint16_t type, std::uint16_t klass, std::uint8_t rcode, bool authentic);

  enum class Section : std::uint8_t { answer, authority };
  // `owner`: wire format; `rdata`: without compression, at most 65535 bytes. Sections in order. `counts_down`: the hot
  // path lowers this TTL by the time the answer has been in the cache. False if the message would exceed 64 KiB.
  bool add(Section section, std::string_view owner, std::uint16_t type, std::uint16_t klass, std::uint32_t ttl,
           std::string_view rdata, bool counts_down);

  const std::string& message() const { return message_; }
  const std::vector<std::uint16_t>& ttl_offsets() const { return ttl_offsets_; }
  // The same, for the last time.
  std::string take_message() { return std::move(message_); }
  std::vector<std::uint16_t> take_ttl_offsets() { return std::move(ttl_offsets_); }

 private:
  // Where in the message a name stands that another may end in.
  struct Place {
    std::uint16_t offset;
    std::uint8_t size;  // of the name in wire format without compression
  };

  void add_name(std::string_view name);
  const Place* find(std::string_view name) const;
  bool stands_at(std::size_t offset, std::string_view name) const;

  std::string message_;
  std::vector<std::uint16_t> ttl_offsets_;
  // The first names; a message with more of them is compressed less. Names are compared with the message itself.
  std::size_t known_ = 0;
  std::array<Place, 128> places_;
};

}  // namespace sinkfeed
