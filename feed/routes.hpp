// What is served under which path, and to whom.
//
//   /feed/NAME.FORMAT   a feed; ?family=4|6            networks of http.allow
//   /healthz /readyz    alive; ready, or what is wrong  networks of http.allow
//   /                   what there is, as text          loopback
//   /api/v1/…           the API                         loopback
#pragma once

#include "feed/http_message.hpp"
#include "feed/snapshots.hpp"
#include "store/store.hpp"

namespace sinkfeed {

class Routes {
 public:
  // Both outlive it.
  Routes(const Store& store, Snapshots& snapshots) : store_(store), snapshots_(snapshots) {}

  // Any thread. Errors of feeds are one line that begins with # and holds no address: some firewalls read it as a list.
  HttpAnswer answer(const HttpRequest& request) const;
  // True if answering may take long (a search): not on the thread that serves feeds.
  static bool is_slow(const HttpRequest& request);
  bool is_allowed(const IpAddress& client) const;

 private:
  HttpAnswer feed(const HttpRequest& request) const;
  HttpAnswer api(const HttpRequest& request) const;
  HttpAnswer ready() const;
  HttpAnswer front_page() const;

  const Store& store_;
  Snapshots& snapshots_;
};

}  // namespace sinkfeed
