#include "store/client_mask.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

#include "store/keys.hpp"

namespace sinkfeed {
namespace {

constexpr std::size_t kKeyBytes = 32, kPlaces = 4096;
constexpr std::array<std::uint8_t, 6> kPrefix{0xfd, 's', 'i', 'n', 'k', 'f'};

}  // namespace

Result<ClientMask> ClientMask::open(Database& database, Database::Mode mode) {
  const auto kept = database.get(Column::meta, keys::kPrivacyKey);
  if (!kept) return kept.error();
  if (*kept) {
    if ((*kept)->size() != kKeyBytes) return Problem{"the key of history.privacy is damaged; restore a backup"};
    return ClientMask(std::move(**kept));
  }
  std::string key(kKeyBytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), static_cast<int>(key.size())) != 1)
    return Problem{"no key for history.privacy could be made: the system gives no random numbers"};
  if (mode == Database::Mode::read_write) {
    Database::Batch batch;
    batch.put(Column::meta, std::string(keys::kPrivacyKey), key);
    if (const auto written = database.write(batch); !written)
      spdlog::warn(
          "the new key of history.privacy cannot be kept, so clients are called otherwise after the next start: {}",
          written.error().what);
  }
  return ClientMask(std::move(key));
}

void ClientMask::set(HistoryPrivacy privacy) {
  if (privacy == privacy_) return;
  privacy_ = privacy;
  known_.clear();
}

IpAddress ClientMask::pseudonym(const IpAddress& client) const {
  std::string message(1, client.is_v4() ? 4 : 6);
  message.append(reinterpret_cast<const char*>(client.bytes().data()), client.bytes().size());
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), reinterpret_cast<const unsigned char*>(message.data()),
       message.size(), mac.data(), &size);
  std::array<std::uint8_t, 16> bytes{};
  std::copy(kPrefix.begin(), kPrefix.end(), bytes.begin());
  std::copy_n(mac.begin(), bytes.size() - kPrefix.size(), bytes.begin() + kPrefix.size());
  return IpAddress::v6(bytes);
}

IpAddress ClientMask::masked(const IpAddress& client) {
  if (privacy_ == HistoryPrivacy::full) return client;
  if (privacy_ == HistoryPrivacy::drop_client) return IpAddress{};
  if (known_.empty()) known_.resize(kPlaces);
  auto& [known, pseudonym_of_known] = known_[std::hash<IpAddress>{}(client) % kPlaces];
  if (known != client || pseudonym_of_known == IpAddress{}) {
    known = client;
    pseudonym_of_known = pseudonym(client);
  }
  return pseudonym_of_known;
}

}  // namespace sinkfeed
