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

}  // namespace sinkfeed
