// Where a command's answers come from: the API of the running daemon, or the same code on a store opened read-only.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/json/object.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "config/result.hpp"
#include "feed/api.hpp"
#include "feed/commands/call.hpp"
#include "feed/format.hpp"

namespace sinkfeed {

// What a refusal of the daemon says: the "detail" of its problem, or the first line of what is none.
std::string detail_of(const std::string& body);

class DaemonClient {
 public:
  DaemonClient(GlobalOptions options, Configuration configuration);
  ~DaemonClient();

  // The daemon's answer if one has the store, else the store's own. A daemon that has the store but cannot be asked is
  // a problem that says why: what it is writing is not read behind its back.
  ApiAnswer call(const std::string& call, const Parameters& parameters);
  // Makes the daemon do something: an action of feed/actions.cpp, with its body if it takes one. A problem: why it did
  // not, or no daemon is there.
  ApiAnswer act(const std::string& action, const boost::json::object* body = nullptr);
  // A feed's bytes, as /feed/NAME.FORMAT gives them. `family`: "", "4" or "6".
  Result<std::string> feed(const std::string& name, const FeedFormat& format, const Parameters& parameters);
  // The history, in the format and by the filter that the parameters say (feed/out/api_export.hpp), piece by piece
  // until `write` returns false.
  Result<void> export_history(const Parameters& parameters, const std::function<bool(std::string_view piece)>& write);

  const Configuration& configuration() const { return configuration_; }

 private:
  struct Reply {
    unsigned status = 0;  // 0: none came, and `what` says why
    std::string body = {}, what = {};
    bool is_nobody_there = false;
  };
  Endpoint address() const;
  Reply get(const std::string& target, std::chrono::seconds patience) const;
  Reply ask_daemon(boost::beast::http::request<boost::beast::http::string_body> request,
                   std::chrono::seconds patience) const;
  ApiAnswer read(const Reply& reply) const;
  // Whether there is a daemon to be asked. The Problem: there is one, and it cannot be asked.
  Result<bool> find_daemon();
  Result<Store*> store();

  GlobalOptions options_;
  Configuration configuration_;
  std::optional<bool> has_daemon_;
  SystemClock clock_;
  std::unique_ptr<Store> store_;
};

}  // namespace sinkfeed
