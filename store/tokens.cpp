#include "store/tokens.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "store/records.pb.h"

namespace sinkfeed {

namespace {

// From the key of the first token that there may be to the first key behind all of them.
constexpr std::string_view kFirst = "token/", kBehind = "token0";
constexpr std::string_view kMark = "sf_";
constexpr std::size_t kSecretBytes = 32;
constexpr auto kLastUsedStep = std::chrono::hours(1);

std::string key_of(std::string_view name) { return std::string(kFirst) + std::string(name); }

WallTime time_of(std::int64_t us) { return WallTime{std::chrono::microseconds{us}}; }

std::string sha256(std::string_view bytes) {
  std::string digest(32, '\0');
  if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr, EVP_sha256(),
                 nullptr) != 1)
    return "";
  return digest;
}

// RFC 4648 5, without padding.
std::string base64url(const std::array<std::uint8_t, kSecretBytes>& bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  std::uint32_t bits = 0;
  int held = 0;
  for (const std::uint8_t byte : bytes) {
    bits = bits << 8 | byte;
    for (held += 8; held >= 6; held -= 6) text += kDigits[bits >> (held - 6) & 63];
  }
  if (held) text += kDigits[bits << (6 - held) & 63];
  return text;
}

Result<std::string> new_secret() {
  std::array<std::uint8_t, kSecretBytes> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return Problem{std::string("the system gives no random numbers: ") + std::strerror(errno)};
  return Result<std::string>(boost::system::in_place_value, std::string(kMark) + base64url(bytes));
}

Token token_of(const records::TokenRecord& record) {
  Token token;
  token.name = record.name();
  for (const int scope : record.scope()) token.scopes.push_back(static_cast<Scope>(scope));
  token.created = time_of(record.created_us());
  token.created_by = record.created_by();
  if (record.expires_us()) token.expires = time_of(record.expires_us());
  if (record.last_used_us()) token.last_used = time_of(record.last_used_us());
  return token;
}

Result<std::vector<records::TokenRecord>> read_all(const Database& database) {
  std::vector<records::TokenRecord> all;
  std::string damaged;
  const auto scanned = database.scan(Column::meta, kFirst, kBehind, [&](std::string_view key, std::string_view value) {
    records::TokenRecord record;
    if (record.ParseFromArray(value.data(), static_cast<int>(value.size())))
      all.push_back(std::move(record));
    else
      damaged = key;
    return damaged.empty();
  });
  if (!scanned) return scanned.error();
  if (!damaged.empty()) return Problem{"the store holds a damaged record (" + damaged + "); restore a backup"};
  return all;
}

}  // namespace

std::string_view scope_name(Scope scope) {
  switch (scope) {
    case Scope::observe:
      return "observe";
    case Scope::read:
      return "read";
    case Scope::admin:
      return "admin";
    case Scope::feed:
      return "feed";
  }
  return "unknown";
}

Result<Scope> parse_scope(std::string_view text) {
  for (const Scope scope : {Scope::observe, Scope::read, Scope::admin, Scope::feed}) {
    if (scope_name(scope) == text) return scope;
  }
  return Problem{fmt::format("a token's scope is observe, read, feed or admin, not \"{}\"", text)};
}

bool Token::may(Scope scope) const {
  return std::any_of(scopes.begin(), scopes.end(), [&](Scope own) {
    return own == scope || own == Scope::admin || (own == Scope::read && scope == Scope::feed);
  });
}

Result<void> Tokens::check_name(std::string_view name) {
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  if (!name.empty() && name.size() <= 64 && name.find_first_not_of(kAllowed) == std::string_view::npos) return {};
  return Problem{fmt::format(
      "\"{}\" is no name for a token; it has 1 to 64 letters, digits, dots, hyphens and underscores, like office-pc",
      name)};
}

Result<void> Tokens::write(const Database::Batch& batch) {
  if (auto ready = database_.resume(); !ready) return ready;
  return database_.write(batch);
}

Result<std::optional<std::string>> Tokens::create(const std::string& name, std::vector<Scope> scopes,
                                                  std::optional<WallTime> expires, const std::string& by) {
  const std::lock_guard lock(changing_);
  const auto all = read_all(database_);
  if (!all) return all.error();
  if (std::any_of(all->begin(), all->end(), [&](const auto& record) { return record.name() == name; }))
    return std::optional<std::string>();
  if (all->size() >= kMost)
    return Problem{fmt::format("there are {} tokens already: revoke those that nobody uses", all->size())};
  const auto secret = new_secret();
  if (!secret) return secret.error();
  records::TokenRecord record;
  record.set_name(name);
  for (const Scope scope : scopes) record.add_scope(static_cast<records::TokenRecord::Scope>(scope));
  record.set_created_us(clock_.wall().time_since_epoch().count());
  record.set_created_by(by);
  if (expires) record.set_expires_us(expires->time_since_epoch().count());
  record.set_sha256(sha256(*secret));
  Database::Batch batch;
  batch.put(Column::meta, key_of(name), record.SerializeAsString());
  if (const auto written = write(batch); !written) return written.error();
  return std::optional<std::string>(*secret);
}

Result<std::vector<Token>> Tokens::list() const {
  const auto all = read_all(database_);
  if (!all) return all.error();
  std::vector<Token> tokens;
  for (const records::TokenRecord& record : *all) tokens.push_back(token_of(record));
  return tokens;
}

Result<bool> Tokens::revoke(const std::string& name) {
  const std::lock_guard lock(changing_);
  const auto there = database_.get(Column::meta, key_of(name));
  if (!there) return there.error();
  if (!*there) return false;
  Database::Batch batch;
  batch.remove(Column::meta, key_of(name));
  if (const auto written = write(batch); !written) return written.error();
  return true;
}

Result<std::optional<Token>> Tokens::recognize(std::string_view secret) {
  const std::lock_guard lock(changing_);
  auto all = read_all(database_);
  if (!all) return all.error();
  const std::string digest = sha256(secret);
  const records::TokenRecord* its = nullptr;
  for (const records::TokenRecord& record : *all) {
    if (!digest.empty() && record.sha256().size() == digest.size() &&
        CRYPTO_memcmp(record.sha256().data(), digest.data(), digest.size()) == 0)
      its = &record;
  }
  if (!its) return std::optional<Token>();
  const WallTime now = clock_.wall();
  Token token = token_of(*its);
  if (mode_ == Database::Mode::read_write && !token.is_expired(now) &&
      (!token.last_used || now - *token.last_used >= kLastUsedStep)) {
    token.last_used = std::chrono::floor<std::chrono::hours>(now);
    records::TokenRecord used = *its;
    used.set_last_used_us(token.last_used->time_since_epoch().count());
    Database::Batch batch;
    batch.put(Column::meta, key_of(token.name), used.SerializeAsString());
    // Who shows a right token is let in although the disk is full.
    static_cast<void>(database_.write(batch));
  }
  return std::optional<Token>(std::move(token));
}

}  // namespace sinkfeed
