// A domain name in wire format (RFC 1035 3.1), lower case, without compression: what names are compared and stored as.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "config/result.hpp"

namespace sinkfeed {

class DnsName {
 public:
  DnsName() : wire_(1, '\0') {}  // the root
  // "talk.google.com", with or without the last dot; \DDD and \X escapes (RFC 1035 5.1). "." is the root.
  static Result<DnsName> parse(std::string_view text);
  // From uncompressed wire format that the caller has checked (labels of 1..63, at most 255 bytes, ends in the root).
  static DnsName from_wire(std::span<const std::uint8_t> wire);

  // Wire format, lower case, with the root label: 1..255 bytes.
  std::string_view wire() const { return wire_; }
  // Presentation format without the last dot; bytes outside printable ASCII, dots and backslashes escaped. The root is
  // ".".
  std::string text() const;
  bool is_root() const { return wire_.size() == 1; }
  // The name less its first label; the root's parent is the root.
  DnsName parent() const;
  // Equal to `ancestor` or below it, on label boundaries (RFC 1034 3.1).
  bool is_at_or_below(const DnsName& ancestor) const;

  friend auto operator<=>(const DnsName&, const DnsName&) = default;

 private:
  std::string wire_;
};

}  // namespace sinkfeed

template <>
struct std::hash<sinkfeed::DnsName> {
  std::size_t operator()(const sinkfeed::DnsName& name) const noexcept {
    return std::hash<std::string_view>{}(name.wire());
  }
};
