#include "store/keys.hpp"

#include "store/wire_name.hpp"

namespace sinkfeed::keys {

std::string after(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(end.back() + 1);
  return end;
}

void append_u64(std::string& to, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) to += static_cast<char>(value >> shift);
}

void append_u32(std::string& to, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) to += static_cast<char>(value >> shift);
}

std::uint64_t read_u64(std::string_view from) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; i++) value = value << 8 | static_cast<std::uint8_t>(from[i]);
  return value;
}

std::uint32_t read_u32(std::string_view from) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; i++) value = value << 8 | static_cast<std::uint8_t>(from[i]);
  return value;
}

namespace {

void append_address(std::string& to, const IpAddress& address) {
  to += static_cast<char>(address.family());
  to.append(reinterpret_cast<const char*>(address.bytes().data()), address.bytes().size());
}

// Takes family and address off the front of `from`.
std::optional<IpAddress> take_address(std::string_view& from) {
  if (from.empty()) return std::nullopt;
  const std::size_t size = from[0] == 4 ? 4 : from[0] == 6 ? 16 : 0;
  if (!size || from.size() < 1 + size) return std::nullopt;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(from.data() + 1);
  from.remove_prefix(1 + size);
  if (size == 4) return IpAddress::v4(std::span<const std::uint8_t, 4>(bytes, 4));
  return IpAddress::v6(std::span<const std::uint8_t, 16>(bytes, 16));
}

}  // namespace

std::string ledger(std::string_view profile, const IpAddress& address) {
  std::string key{profile};
  key += '\0';
  append_address(key, address);
  return key;
}

std::optional<std::pair<std::string, IpAddress>> parse_ledger(std::string_view key) {
  const std::size_t end = key.find('\0');
  if (end == std::string_view::npos) return std::nullopt;
  std::string profile{key.substr(0, end)};
  key.remove_prefix(end + 1);
  const auto address = take_address(key);
  if (!address || !key.empty()) return std::nullopt;
  return std::pair{std::move(profile), *address};
}

std::string change(std::uint64_t generation, std::uint32_t sequence) {
  std::string key;
  append_u64(key, generation);
  append_u32(key, sequence);
  return key;
}

std::string address(const IpAddress& address) {
  std::string key;
  append_address(key, address);
  return key;
}

std::optional<IpAddress> parse_address(std::string_view key) {
  const auto address = take_address(key);
  if (!key.empty()) return std::nullopt;
  return address;
}

std::string name(const IpAddress& address, const DnsName& name) {
  std::string key;
  append_address(key, address);
  key += name.wire();
  return key;
}

std::optional<std::pair<IpAddress, DnsName>> parse_name(std::string_view key) {
  const auto address = take_address(key);
  if (!address || !is_wire_name(key)) return std::nullopt;
  return std::pair{*address, DnsName::from_wire({reinterpret_cast<const std::uint8_t*>(key.data()), key.size()})};
}

std::string action(std::uint64_t number) {
  std::string key(kAction);
  append_u64(key, number);
  return key;
}

std::string subscription(const IpAddress& client, std::string_view feed, std::string_view who) {
  std::string key(kSubscription);
  append_address(key, client);
  key += feed;
  key += '\0';
  key += who;
  return key;
}

std::string chain(std::uint64_t number) {
  std::string key;
  append_u64(key, number);
  return key;
}

std::string checkpoint(std::uint64_t to) {
  std::string key(kCheckpoint);
  append_u64(key, to);
  return key;
}

std::string hold(std::uint64_t number) {
  std::string key(kHold);
  append_u64(key, number);
  return key;
}

std::string history(std::uint64_t first_us, std::uint32_t sequence) {
  std::string key;
  append_u64(key, first_us);
  append_u32(key, sequence);
  return key;
}

}  // namespace sinkfeed::keys
