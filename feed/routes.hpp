// What is served under which path, and to whom.
//
//   /feed/…             feed/feed_routes.hpp            this machine, networks of http.allow; with http.feed_access =
//                                                       "token" these show one
//   /feed/NAME.crowdsec/…   feed/crowdsec_routes.hpp    the same
//   /feed/NAME.misp/…       feed/misp_routes.hpp        the same
//   /taxii2/…           feed/taxii_routes.hpp           the same
//   /healthz /readyz    alive; ready, or what is wrong  this machine, networks of http.allow
//   /metrics            counters, for Prometheus        this machine, networks of http.allow
//   / /page/…           feed/page_routes.hpp            this machine, networks of http.allow; no data is in it
//   /                   what there is, as text           this machine; for those who accept no HTML
//   /api/v1/…           the API: feed/api_calls.hpp     this machine; with a token, networks of http.allow
//   POST /api/v1/…      what feed/actions.cpp lists     the same
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "config/result.hpp"
#include "feed/actions.hpp"
#include "feed/api_calls.hpp"
#include "feed/caller.hpp"
#include "feed/crowdsec_routes.hpp"
#include "feed/feed_journals.hpp"
#include "feed/feed_routes.hpp"
#include "feed/http_message.hpp"
#include "feed/live_status.hpp"
#include "feed/misp_routes.hpp"
#include "feed/page_routes.hpp"
#include "feed/snapshots.hpp"
#include "feed/taxii_routes.hpp"
#include "store/store.hpp"

namespace sinkfeed {

class Routes {
 public:
  // All of it outlives the routes.
  Routes(const Store& store, Snapshots& snapshots, FeedEvents& events, DaemonCalls daemon)
      : store_(store),
        snapshots_(snapshots),
        feeds_(store, snapshots, &events),
        journals_(store),
        taxii_(store, journals_),
        crowdsec_(store, journals_),
        misp_(store, snapshots, journals_),
        live_(store),
        daemon_(std::move(daemon)) {}

  // Any thread. Errors of feeds are one line that begins with # and holds no address: some firewalls read it as a list.
  // `stop` ends a search that nobody waits for any more.
  HttpAnswer answer(const HttpRequest& request, const std::stop_token& stop = {}) const;
  // How long answering may take: what is in memory is given at once; other feeds are made first; calls of the API wait
  // for the disk or for a reload, searches read the history, and a stream of it may take hours.
  enum class Pace : std::uint8_t { at_once, feed, call, search, stream };
  Pace pace(const HttpRequest& request) const;
  // Whether this client may send a body with this request, which is not there yet. Any thread.
  bool takes_body(const HttpRequest& request) const;
  // An answer of the server's own, in the form that whoever asks under this path reads.
  static HttpAnswer refusal(std::string_view path, unsigned status, const std::string& sentence);
  // Streams of the state end, and no others begin.
  void stop() { live_.stop(); }

 private:
  HttpAnswer found(const HttpRequest& request, const std::stop_token& stop) const;
  // `who`: the token or the certificate that was shown.
  HttpAnswer of_feeds(const HttpRequest& request, std::string& who) const;
  bool is_allowed(const HttpRequest& request) const;
  HttpAnswer feed(const HttpRequest& request) const;
  HttpAnswer special(const ApiCall& call, const HttpRequest& request, const Caller& caller,
                     const std::stop_token& stop) const;
  HttpAnswer api(const HttpRequest& request, const std::stop_token& stop) const;
  HttpAnswer act(const Action& action, const HttpRequest& request) const;
  HttpAnswer ready() const;
  HttpAnswer metrics() const;
  HttpAnswer front_page() const;

  const Store& store_;
  Snapshots& snapshots_;
  FeedRoutes feeds_;
  mutable FeedJournals journals_;
  TaxiiRoutes taxii_;
  mutable CrowdsecRoutes crowdsec_;
  MispRoutes misp_;
  PageRoutes page_;
  mutable LiveStatus live_;
  const DaemonCalls daemon_;
};

}  // namespace sinkfeed
