// What history.privacy makes of clients' addresses before they reach a block.
//
//   full          the address
//   hash_client   fd73:696e:6b66::/48 ("sinkf"; a prefix of RFC 4193, so that nobody takes it for a real one) and the
//                 first 80 bits of HMAC-SHA-256(key, family (4 or 6) and address): one client is always the same
//   drop_client   0.0.0.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "config/address.hpp"
#include "config/result.hpp"
#include "config/settings.hpp"
#include "store/database.hpp"

namespace sinkfeed {

// Not thread-safe.
class ClientMask {
 public:
  // Reads the key of this store; makes and writes it if there is none yet (read_write).
  static Result<ClientMask> open(Database& database, Database::Mode mode);

  void set(HistoryPrivacy privacy);
  bool changes_anything() const { return privacy_ != HistoryPrivacy::full; }
  IpAddress masked(const IpAddress& client);
  // What hash_client makes of it, whatever is set.
  IpAddress pseudonym(const IpAddress& client) const;

 private:
  explicit ClientMask(std::string key) : key_(std::move(key)) {}

  std::string key_;
  HistoryPrivacy privacy_ = HistoryPrivacy::full;
  // The last of the clients that have this place: a hash costs as much as all else that is done with a record.
  std::vector<std::pair<IpAddress, IpAddress>> known_;
};

}  // namespace sinkfeed
