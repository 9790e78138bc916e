// What is served under which path, and to whom.
//
//   /feed/NAME.FORMAT   a feed; ?family=4|6            networks of http.allow
//   /healthz /readyz    alive; ready, or what is wrong  networks of http.allow
//   /                   what there is, as text          loopback
//   /api/v1/…           the API                         loopback
//   POST /api/v1/reload reads the settings anew         loopback
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/result.hpp"
#include "feed/http_message.hpp"
#include "feed/snapshots.hpp"
#include "store/store.hpp"

namespace sinkfeed {

class Routes {
 public:
  // Reads the settings anew and goes by them: what has changed, by section, or why nothing has. Any thread.
  using Reload = std::function<Result<std::vector<std::string>>()>;

  // All of it outlives the routes.
  Routes(const Store& store, Snapshots& snapshots, Reload reload)
      : store_(store), snapshots_(snapshots), reload_(std::move(reload)) {}

  // Any thread. Errors of feeds are one line that begins with # and holds no address: some firewalls read it as a list.
  HttpAnswer answer(const HttpRequest& request) const;
  // True if answering may take long (a search): not on the thread that serves feeds.
  static bool is_slow(const HttpRequest& request);
  bool is_allowed(const IpAddress& client) const;

 private:
  HttpAnswer feed(const HttpRequest& request) const;
  HttpAnswer api(const HttpRequest& request) const;
  HttpAnswer reload(const HttpRequest& request) const;
  HttpAnswer ready() const;
  HttpAnswer front_page() const;

  const Store& store_;
  Snapshots& snapshots_;
  Reload reload_;
};

}  // namespace sinkfeed
