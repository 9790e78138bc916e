#include "store/tokens.hpp"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "config/thread_priority.hpp"
#include "store/records.pb.h"
#include "store/sha256.hpp"

namespace sinkfeed {

namespace {

// From the key of the first token that there may be to the first key behind all of them.
constexpr std::string_view kFirst = "token/", kBehind = "token0";
constexpr std::string_view kMark = "sf_";
constexpr std::size_t kSecretBytes = 32;
constexpr auto kLastUsedStep = std::chrono::hours(1);

std::string key_of(std::string_view name) { return std::string(kFirst) + std::string(name); }

WallTime time_of(std::int64_t us) { return WallTime{std::chrono::microseconds{us}}; }

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

std::int64_t us_of(const std::optional<WallTime>& time) { return time ? time->time_since_epoch().count() : 0; }

std::optional<WallTime> time_if(std::int64_t us) { return us ? std::optional(time_of(us)) : std::nullopt; }

Token token_of(const records::TokenRecord& record) {
  Token token;
  token.name = record.name();
  for (const int scope : record.scope()) token.scopes.push_back(static_cast<Scope>(scope));
  token.created = time_of(record.created_us());
  token.created_by = record.created_by();
  token.expires = time_if(record.expires_us());
  token.last_used = time_if(record.last_used_us());
  for (const auto& former : record.former())
    token.former.push_back({time_of(former.until_us()), time_if(former.last_used_us())});
  return token;
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

Tokens::Tokens(Database& database, Database::Mode mode, const Clock& clock, Health& health)
    : database_(database), mode_(mode), clock_(clock), health_(health) {
  read_all();
  if (mode_ == Database::Mode::read_write) writer_ = std::thread([this] { run(); });
}

Tokens::~Tokens() {
  if (!writer_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  something_.notify_one();
  writer_.join();
}

void Tokens::read_all() {
  std::optional<Problem> damage;
  const auto scanned = database_.scan(Column::meta, kFirst, kBehind, [&](std::string_view key, std::string_view value) {
    records::TokenRecord record;
    if (record.ParseFromArray(value.data(), static_cast<int>(value.size())) && key == key_of(record.name())) {
      Kept kept{token_of(record), {record.sha256()}};
      for (const auto& former : record.former()) kept.digests.push_back(former.sha256());
      keep(std::move(kept));
    } else {
      damage = Problem{"the store holds a damaged token (" + std::string(key) + "); restore a backup, or revoke it"};
    }
    return true;
  });
  if (!scanned) damage = scanned.error();
  health_.warn("tokens", damage ? damage->what : "");
  const std::lock_guard lock(mutex_);
  damage_ = damage;
}

std::string Tokens::record_of(const Kept& kept) {
  const Token& token = kept.token;
  records::TokenRecord record;
  record.set_name(token.name);
  for (const Scope scope : token.scopes) record.add_scope(static_cast<records::TokenRecord::Scope>(scope));
  record.set_created_us(us_of(token.created));
  record.set_created_by(token.created_by);
  record.set_expires_us(us_of(token.expires));
  record.set_last_used_us(us_of(token.last_used));
  record.set_sha256(kept.digests.front());
  for (std::size_t i = 0; i < token.former.size(); i++) {
    auto& former = *record.add_former();
    former.set_sha256(kept.digests[i + 1]);
    former.set_until_us(us_of(token.former[i].until));
    former.set_last_used_us(us_of(token.former[i].last_used));
  }
  return record.SerializeAsString();
}

Result<void> Tokens::store(const Kept& kept) {
  Database::Batch batch;
  batch.put(Column::meta, key_of(kept.token.name), record_of(kept));
  if (auto ready = database_.resume(); !ready) return ready;
  return database_.write(batch);
}

void Tokens::keep(Kept kept) {
  const std::lock_guard lock(mutex_);
  drop(kept.token.name);
  for (const std::string& digest : kept.digests) by_digest_[digest] = kept.token.name;
  const std::string name = kept.token.name;
  kept_[name] = std::move(kept);
}

// Under mutex_.
void Tokens::drop(const std::string& name) {
  const auto kept = kept_.find(name);
  if (kept == kept_.end()) return;
  for (const std::string& digest : kept->second.digests) by_digest_.erase(digest);
  kept_.erase(kept);
}

Result<std::optional<std::string>> Tokens::create(const std::string& name, std::vector<Scope> scopes,
                                                  std::optional<WallTime> expires, const std::string& by) {
  const std::lock_guard changing(changing_);
  {
    const std::lock_guard lock(mutex_);
    if (kept_.contains(name)) return std::optional<std::string>();
    if (kept_.size() >= kMost)
      return Problem{fmt::format("there are {} tokens already: revoke those that nobody uses", kept_.size())};
  }
  const auto secret = new_secret();
  if (!secret) return secret.error();
  Kept made{{name, std::move(scopes), clock_.wall(), by, expires, std::nullopt, {}}, {sha256_of(*secret)}};
  if (const auto written = store(made); !written) return written.error();
  keep(std::move(made));
  return std::optional<std::string>(*secret);
}

Result<std::optional<Tokens::Rotated>> Tokens::rotate(const std::string& name, std::chrono::milliseconds overlap) {
  const std::lock_guard changing(changing_);
  const WallTime now = clock_.wall(), until = now + overlap;
  Kept before;
  {
    const std::lock_guard lock(mutex_);
    const auto there = kept_.find(name);
    if (there == kept_.end()) return std::optional<Rotated>();
    before = there->second;
  }
  if (before.token.is_expired(now))
    return std::optional(Rotated{{}, "token " + name + " has expired; revoke it and create another"});
  const auto secret = new_secret();
  if (!secret) return secret.error();
  Kept next{before.token, {sha256_of(*secret)}};
  next.token.last_used.reset();
  next.token.former.clear();
  for (std::size_t i = 0; i < before.digests.size(); i++) {
    const Token::Former former =
        i == 0 ? Token::Former{until, before.token.last_used}
               : Token::Former{std::min(until, before.token.former[i - 1].until), before.token.former[i - 1].last_used};
    if (former.until <= now) continue;
    next.token.former.push_back(former);
    next.digests.push_back(before.digests[i]);
  }
  if (next.digests.size() > kMostSecrets)
    return std::optional(
        Rotated{{},
                fmt::format("{} secrets of the token {} are good already, the first until {}; wait, or end them all at "
                            "once with --overlap 0s",
                            kMostSecrets, name, format_second(before.token.former.back().until))});
  if (const auto written = store(next); !written) return written.error();
  keep(std::move(next));
  return std::optional(Rotated{*secret, {}});
}

Result<std::vector<Token>> Tokens::list() const {
  const std::lock_guard lock(mutex_);
  if (damage_) return *damage_;
  const WallTime now = clock_.wall();
  std::vector<Token> tokens;
  for (const auto& [name, kept] : kept_) {
    tokens.push_back(kept.token);
    std::erase_if(tokens.back().former, [&](const Token::Former& former) { return former.until <= now; });
  }
  return tokens;
}

Result<bool> Tokens::revoke(const std::string& name) {
  const std::lock_guard changing(changing_);
  // In the store rather than in memory: a damaged one can be revoked too.
  const auto there = database_.get(Column::meta, key_of(name));
  if (!there) return there.error();
  if (!*there) return false;
  Database::Batch batch;
  batch.remove(Column::meta, key_of(name));
  if (const auto ready = database_.resume(); !ready) return ready.error();
  if (const auto written = database_.write(batch); !written) return written.error();
  bool was_damaged = false;
  {
    const std::lock_guard lock(mutex_);
    was_damaged = !kept_.contains(name);
    drop(name);
  }
  if (was_damaged) read_all();
  return true;
}

Result<std::optional<Token>> Tokens::recognize(std::string_view secret) {
  const std::string digest = sha256_of(secret);
  const WallTime now = clock_.wall();
  std::unique_lock lock(mutex_);
  const auto name = digest.empty() ? by_digest_.end() : by_digest_.find(digest);
  if (name == by_digest_.end()) {
    if (damage_) return *damage_;
    return std::optional<Token>();
  }
  Kept& kept = kept_.at(name->second);
  const auto which =
      static_cast<std::size_t>(std::find(kept.digests.begin(), kept.digests.end(), digest) - kept.digests.begin());
  if (which && kept.token.former[which - 1].until <= now) return std::optional<Token>();
  auto& last_used = which ? kept.token.former[which - 1].last_used : kept.token.last_used;
  if (!kept.token.is_expired(now) && (!last_used || now - *last_used >= kLastUsedStep)) {
    last_used = std::chrono::floor<std::chrono::hours>(now);
    used_.insert(name->second);
    something_.notify_one();
  }
  return std::optional<Token>(kept.token);
}

void Tokens::run() {
  enter_background("tokens");
  std::unique_lock lock(mutex_);
  while (true) {
    something_.wait(lock, [this] { return stopping_ || !used_.empty(); });
    if (used_.empty()) return;
    lock.unlock();
    write_uses();
    lock.lock();
  }
}

// If it fails, so be it: it is tried again with the next hour's use.
void Tokens::write_uses() {
  const std::lock_guard changing(changing_);
  Database::Batch batch;
  {
    const std::lock_guard lock(mutex_);
    for (const std::string& name : std::exchange(used_, {})) {
      if (const auto kept = kept_.find(name); kept != kept_.end())
        batch.put(Column::meta, key_of(name), record_of(kept->second));
    }
  }
  if (!batch.empty()) static_cast<void>(database_.write(batch));
}

}  // namespace sinkfeed
