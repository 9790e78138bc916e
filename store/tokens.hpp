// Tokens: what somebody on another machine shows to call the API. Only a hash of each is kept, so that a copy of the
// store opens nothing; the token itself is shown once, when it is made.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/clock.hpp"
#include "store/database.hpp"

namespace sinkfeed {

// What a token is good for: observe reports addresses, read makes every call that changes nothing, feed those that tell
// which feeds and generations there are, admin all that another machine may do.
enum class Scope : std::uint8_t { observe = 1, read = 2, admin = 3, feed = 4 };  // as in records.proto
std::string_view scope_name(Scope scope);
Result<Scope> parse_scope(std::string_view text);

struct Token {
  std::string name;
  std::vector<Scope> scopes;  // distinct, at least one
  WallTime created;
  std::string created_by;
  std::optional<WallTime> expires;
  std::optional<WallTime> last_used;  // to the hour

  bool may(Scope scope) const;
  bool is_expired(WallTime now) const { return expires && *expires <= now; }
};

class Tokens {
 public:
  static constexpr std::size_t kMost = 1000;

  // Both outlive it.
  Tokens(Database& database, Database::Mode mode, const Clock& clock)
      : database_(database), mode_(mode), clock_(clock) {}

  // 1 to 64 letters, digits, dots, hyphens and underscores.
  static Result<void> check_name(std::string_view name);

  // All of it: any thread. A Problem is the store's, except that create refuses more than kMost.
  // The new token, on disk when it returns; nothing if there is one of that name already.
  Result<std::optional<std::string>> create(const std::string& name, std::vector<Scope> scopes,
                                            std::optional<WallTime> expires, const std::string& by);
  // By name. Expired ones too.
  Result<std::vector<Token>> list() const;
  // False: there is none of that name.
  Result<bool> revoke(const std::string& name);
  // Whose token this is, if it is anybody's; it may have expired. Takes the same time for each that is not.
  Result<std::optional<Token>> recognize(std::string_view secret);

 private:
  Result<void> write(const Database::Batch& batch);

  Database& database_;
  const Database::Mode mode_;
  const Clock& clock_;
  std::mutex changing_;  // so that nothing that was revoked is written again
};

}  // namespace sinkfeed
