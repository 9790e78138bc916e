#include "store/node_key.hpp"

#include <openssl/evp.h>
#include <spdlog/spdlog.h>

namespace sinkfeed {

namespace {

constexpr std::string_view kKey = "node_key";
constexpr std::size_t kPrivateBytes = 32, kSignatureBytes = 64;

std::shared_ptr<EVP_PKEY> key_of(std::string_view bytes) {
  return {EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(bytes.data()),
                                       bytes.size()),
          EVP_PKEY_free};
}

std::shared_ptr<EVP_PKEY> new_key() {
  EVP_PKEY* made = nullptr;
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nullptr), EVP_PKEY_CTX_free);
  if (!context || EVP_PKEY_keygen_init(context.get()) != 1 || EVP_PKEY_keygen(context.get(), &made) != 1)
    return nullptr;
  return {made, EVP_PKEY_free};
}

}  // namespace

NodeKey::NodeKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {
  std::size_t size = public_.size();
  EVP_PKEY_get_raw_public_key(key_.get(), public_.data(), &size);
}

Result<NodeKey> NodeKey::open(Database& database, Database::Mode mode) {
  const auto kept = database.get(Column::meta, kKey);
  if (!kept) return kept.error();
  if (*kept) {
    auto key = key_of(**kept);
    if ((*kept)->size() != kPrivateBytes || !key)
      return Problem{"the store's signing key is damaged; restore a backup"};
    return NodeKey(std::move(key));
  }
  auto key = new_key();
  std::string bytes(kPrivateBytes, '\0');
  std::size_t size = bytes.size();
  if (!key || EVP_PKEY_get_raw_private_key(key.get(), reinterpret_cast<unsigned char*>(bytes.data()), &size) != 1)
    return Problem{"no signing key could be made: the system gives no random numbers"};
  if (mode == Database::Mode::read_write) {
    Database::Batch batch;
    batch.put(Column::meta, std::string(kKey), std::move(bytes));
    // Lists go on without: who checks signatures sees another key after the next start, and is told so.
    if (const auto written = database.write(batch); !written)
      spdlog::warn("the new signing key cannot be kept, so there will be another after the next start: {}",
                   written.error().what);
  }
  return NodeKey(std::move(key));
}

std::string NodeKey::sign(std::string_view message) const {
  std::string signature(kSignatureBytes, '\0');
  std::size_t size = signature.size();
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     reinterpret_cast<const unsigned char*>(message.data()), message.size()) != 1)
    return "";
  return signature;
}

bool NodeKey::verify(std::string_view public_key, std::string_view message, std::string_view signature) {
  const auto* const bytes = reinterpret_cast<const unsigned char*>(public_key.data());
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes, public_key.size()), EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return key && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                          reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1;
}

}  // namespace sinkfeed
