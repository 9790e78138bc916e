// Digests that feeds have beside them, by OpenSSL.
#pragma once

#include <string>
#include <string_view>

namespace sinkfeed {

enum class Digest { md5, sha256, blake2b512 };

// The digest's bytes; empty if OpenSSL is set up to refuse it (MD5 in FIPS mode).
std::string digest_of(Digest digest, std::string_view bytes);

}  // namespace sinkfeed
