#include "feed/digests.hpp"

#include <openssl/evp.h>

namespace sinkfeed {

std::string digest_of(Digest digest, std::string_view bytes) {
  const EVP_MD* by = digest == Digest::md5 ? EVP_md5() : digest == Digest::sha256 ? EVP_sha256() : EVP_blake2b512();
  std::string found(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(found.data()), &size, by, nullptr) != 1)
    return "";
  found.resize(size);
  return found;
}

std::string hex_of(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

std::string base64_of(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

}  // namespace sinkfeed
