// Digests and texts of bytes, by OpenSSL.
#pragma once

#include <string>
#include <string_view>

namespace sinkfeed {

enum class Digest { md5, sha256, blake2b512 };

// The digest's bytes; empty if OpenSSL is set up to refuse it (MD5 in FIPS mode).
std::string digest_of(Digest digest, std::string_view bytes);
std::string hex_of(std::string_view bytes);
std::string base64_of(std::string_view bytes);  // RFC 4648 4, with padding

}  // namespace sinkfeed
