// The node's Ed25519 key (RFC 8032): made once, kept in the store, and what signs the feeds. Whoever has the public
// half can tell that a list comes from this node and is whole.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "config/result.hpp"
#include "store/database.hpp"

struct evp_pkey_st;

namespace sinkfeed {

class NodeKey {
 public:
  // Reads it; makes and writes it if there is none yet (read_write).
  static Result<NodeKey> open(Database& database, Database::Mode mode);

  // 64 bytes. Any thread.
  std::string sign(std::string_view message) const;
  const std::array<std::uint8_t, 32>& public_key() const { return public_; }
  // Whether `signature` of `message` was made by the other half of this public key (32 bytes).
  static bool verify(std::string_view public_key, std::string_view message, std::string_view signature);

 private:
  explicit NodeKey(std::shared_ptr<evp_pkey_st> key);
  std::shared_ptr<evp_pkey_st> key_;
  std::array<std::uint8_t, 32> public_{};
};

}  // namespace sinkfeed
