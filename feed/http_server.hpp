// The HTTP server: HTTP/1.0 and 1.1, keep-alive, one thread for feeds that are ready, two that make those that are not,
// two for the API's calls and two for its searches; streams of events (feed/feed_events.hpp) for as long as their
// clients listen.
// The same over TLS, on addresses of its own.
// Limits: 8 KiB of header, 1 MiB of body (of the API, where an action takes one; 16 at a time), 10 s for a TLS
// handshake, 10 s for a request, 10 s without progress of an answer, 12,000 connections (fewer if the system gives
// fewer descriptors), 100 of one client but this machine.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "config/address.hpp"
#include "config/result.hpp"
#include "feed/certificate_keeper.hpp"
#include "feed/routes.hpp"

namespace sinkfeed {

// What a reload can change.
struct HttpPlan {
  static constexpr std::size_t kMostConnections = 12'000;

  std::vector<Endpoint> listen;
  std::vector<Endpoint> tls_listen{};
  std::size_t connections = kMostConnections;
};

class HttpServer {
 public:
  // Binds every address. The Problem says which one cannot be had and who has it. The routes and the certificates
  // outlive the server. `patience`: for a handshake, for a request to come, and for progress of an answer. Without
  // `certificates` plan.tls_listen is empty.
  static Result<std::unique_ptr<HttpServer>> open(const HttpPlan& plan, const Routes& routes,
                                                  std::chrono::milliseconds patience = std::chrono::seconds(10),
                                                  const CertificateKeeper* certificates = nullptr);
  ~HttpServer();

  void start();
  // Ends searches, lets the answers that are under way go out, for at most two seconds, then closes.
  void stop();
  // Another plan, in two steps: what is prepared and dropped leaves nothing behind. Connections that are open go on.
  // Any thread but the server's, one at a time; commit returns when it is done.
  class Change;
  Result<std::unique_ptr<Change>> prepare(const HttpPlan& plan);
  void commit(Change& change);
  // The addresses that it listens on, with the ports that were found for port 0. On the thread that calls commit, or
  // while none does.
  std::vector<Endpoint> endpoints() const { return listening(false); }
  std::vector<Endpoint> tls_endpoints() const { return listening(true); }

 private:
  struct Parts;
  std::vector<Endpoint> listening(bool with_tls) const;
  explicit HttpServer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// Complete, for whoever owns one.
class HttpServer::Change {
 public:
  virtual ~Change() = default;
};

}  // namespace sinkfeed
