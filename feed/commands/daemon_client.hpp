// Where a command's answers come from: the API of the running daemon, or the same code on a store opened read-only.
#pragma once

#include <boost/json/value.hpp>
#include <memory>
#include <string>

#include "config/result.hpp"
#include "feed/api.hpp"
#include "feed/commands/command_line.hpp"

namespace sinkfeed {

class DaemonClient {
 public:
  DaemonClient(GlobalOptions options, Configuration configuration);
  ~DaemonClient();

  // The answer's body. Problems: the call's own, or neither a daemon nor a store is there.
  Result<boost::json::value> call(const std::string& call, const Parameters& parameters);
  // Makes the daemon read its settings anew; the answer's body says what has changed. Problems: why it did not, or no
  // daemon is there.
  Result<boost::json::value> reload();
  // A feed's bytes, as /feed/NAME.FORMAT gives them. `family`: "", "4" or "6".
  Result<std::string> feed(const std::string& name, const std::string& format, const std::string& family);

  const Configuration& configuration() const { return configuration_; }

 private:
  struct Reply {
    unsigned status = 0;
    std::string body;
  };
  Endpoint address() const;
  // Nothing if no daemon of this store listens there.
  std::optional<Reply> ask_daemon(const std::string& target, bool post = false);
  Result<boost::json::value> read(const std::optional<Reply>& reply) const;
  bool is_this_stores_daemon();
  Result<Store*> store();

  GlobalOptions options_;
  Configuration configuration_;
  std::optional<bool> daemon_;
  SystemClock clock_;
  std::unique_ptr<Store> store_;
};

}  // namespace sinkfeed
