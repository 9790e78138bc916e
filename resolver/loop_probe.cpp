#include "resolver/loop_probe.hpp"

#include <charconv>

#include "config/dns_name.hpp"
#include "resolver/random_bytes.hpp"

namespace sinkfeed {

namespace {

constexpr std::string_view kHex = "0123456789abcdef";

}  // namespace

LoopProbe::LoopProbe() {
  RandomBytes random;
  std::string token;
  for (int i = 0; i < 8; i++) {
    for (unsigned bits = random.next16(), nibble = 0; nibble < 4; nibble++, bits >>= 4) token += kHex[bits & 15];
  }
  domain_ = DnsName::parse(token + ".loop-probe.test").value().wire();
}

std::string LoopProbe::name_for(std::size_t server) const {
  const std::string number = std::to_string(server);
  return static_cast<char>(number.size()) + number + domain_;
}

std::optional<std::size_t> LoopProbe::server_of(std::string_view name) const {
  if (name.size() < domain_.size() + 2 || !name.ends_with(domain_)) return std::nullopt;
  std::size_t server = 0;
  const char* const end = name.data() + name.size() - domain_.size();
  const auto [at, error] = std::from_chars(name.data() + 1, end, server);
  if (error != std::errc{} || at != end) return std::nullopt;
  return server;
}

}  // namespace sinkfeed
