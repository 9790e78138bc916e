// SHA-256 (FIPS 180-4), by OpenSSL, and texts of bytes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace sinkfeed {

// 32 bytes. Throws std::runtime_error if OpenSSL is set up to refuse it.
std::string sha256_of(std::string_view bytes);

// Of what comes piece by piece. Throws likewise.
class Sha256 {
 public:
  Sha256();
  void add(std::string_view bytes);
  std::string finish();  // 32 bytes; nothing is added after it

 private:
  const std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st*)> context_;
};

// Lower-case hexadecimal, and back.
std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view text);
// RFC 4648 4, with padding; and back.
std::string to_base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);

}  // namespace sinkfeed
