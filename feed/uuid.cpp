#include "feed/uuid.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <stdexcept>

namespace sinkfeed {

namespace {

// Drawn once, for sinkfeed alone; another one would make everything new for all who subscribe.
constexpr Uuid kOwn{0x2b, 0x48, 0x30, 0xbe, 0x15, 0x1a, 0x47, 0x22, 0xb5, 0x7a, 0x9d, 0xb2, 0x3c, 0x4e, 0x22, 0xe0};

}  // namespace

Uuid name_uuid(const Uuid& name_space, std::string_view name) {
  std::string bytes(name_space.begin(), name_space.end());
  bytes += name;
  std::array<std::uint8_t, 20> digest;
  // Without SHA-1 there is no telling one name from another.
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha1(), nullptr) != 1)
    throw std::runtime_error("OpenSSL gives no SHA-1");
  Uuid uuid;
  std::copy_n(digest.begin(), uuid.size(), uuid.begin());
  uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0f) | 0x50);  // version 5
  uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3f) | 0x80);  // variant of RFC 9562
  return uuid;
}

std::string uuid_text(const Uuid& uuid) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < uuid.size(); i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kDigits[uuid[i] >> 4];
    text += kDigits[uuid[i] & 15];
  }
  return text;
}

std::string own_uuid(std::string_view name) { return uuid_text(name_uuid(kOwn, name)); }

}  // namespace sinkfeed
