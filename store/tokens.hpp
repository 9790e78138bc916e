// Tokens: what somebody on another machine shows to fetch a feed or call the API. Only a hash of each is kept, so that
// a copy of the store opens nothing; the token itself is shown once, when it is made.
//
// All are in memory from the start, so that knowing one never waits for the disk, and a store that cannot be read later
// turns nobody away.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "config/clock.hpp"
#include "store/database.hpp"
#include "store/health.hpp"

namespace sinkfeed {

// What a token is good for: observe reports addresses, feed fetches feeds and tells which feeds and generations there
// are, read makes every call that changes nothing, admin all that another machine may do.
enum class Scope : std::uint8_t { observe = 1, read = 2, admin = 3, feed = 4 };  // as in records.proto
std::string_view scope_name(Scope scope);
Result<Scope> parse_scope(std::string_view text);

struct Token {
  // A secret that was there before the present one.
  struct Former {
    WallTime until;                     // it is good no longer than that
    std::optional<WallTime> last_used;  // to the hour
  };
  std::string name;
  std::vector<Scope> scopes;  // distinct, at least one
  WallTime created;
  std::string created_by;
  std::optional<WallTime> expires;
  std::optional<WallTime> last_used;  // the present secret, to the hour
  std::vector<Former> former;         // the newest first

  bool may(Scope scope) const;
  bool is_expired(WallTime now) const { return expires && *expires <= now; }
};

class Tokens {
 public:
  static constexpr std::size_t kMost = 1000;
  static constexpr std::size_t kMostSecrets = 4;  // of one token that are good at a time

  // Reads them all. If that fails, or one is damaged, `health` warns of it as "tokens", and a secret that is none of
  // the others' is a Problem rather than unknown. All three outlive it.
  Tokens(Database& database, Database::Mode mode, const Clock& clock, Health& health);
  ~Tokens();

  // 1 to 64 letters, digits, dots, hyphens and underscores.
  static Result<void> check_name(std::string_view name);

  // All of it: any thread. What changes something is on disk when it returns; a Problem is the store's.
  // The new token; nothing if there is one of that name already. A Problem too if there are kMost.
  Result<std::optional<std::string>> create(const std::string& name, std::vector<Scope> scopes,
                                            std::optional<WallTime> expires, const std::string& by);
  // A new secret for the token; those that are good now stay so for `overlap`, unless they end sooner. Nothing if there
  // is none of that name. Refused if it has expired, or if more than kMostSecrets would be good at a time.
  struct Rotated {
    std::string secret, refusal;  // one of the two is empty
  };
  Result<std::optional<Rotated>> rotate(const std::string& name, std::chrono::milliseconds overlap);
  // By name. Expired ones too, but no former secrets that have ended.
  Result<std::vector<Token>> list() const;
  // With all its secrets. False: there is none of that name.
  Result<bool> revoke(const std::string& name);
  // Whose token this is, if it is anybody's; it may have expired. Never waits for the disk.
  Result<std::optional<Token>> recognize(std::string_view secret);

 private:
  // A token and the hashes of its secrets: the present one's first, then those of `token.former`, in its order.
  struct Kept {
    Token token;
    std::vector<std::string> digests;
  };
  void read_all();
  static std::string record_of(const Kept& kept);
  Result<void> store(const Kept& kept);
  void keep(Kept kept);
  void drop(const std::string& name);
  void write_uses();
  void run();

  Database& database_;
  const Database::Mode mode_;
  const Clock& clock_;
  Health& health_;
  std::mutex changing_;       // held while something is written, so that nothing that was revoked is written again
  mutable std::mutex mutex_;  // guards what follows; never held during I/O
  std::map<std::string, Kept> kept_;
  std::unordered_map<std::string, std::string> by_digest_;  // the names
  std::optional<Problem> damage_;                           // of a record that could not be read
  std::set<std::string> used_;                              // whose last use is to be written
  bool stopping_ = false;
  std::condition_variable something_;
  std::thread writer_;  // of last uses, so that nobody waits for that
};

}  // namespace sinkfeed
