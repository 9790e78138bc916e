// The HTTP server: HTTP/1.0 and 1.1, keep-alive, one thread for feeds and two for the API's searches.
// Limits: 8 KiB of header, no body, 10 s without progress, 2,000 connections, 100 of one client.
#pragma once

#include <memory>
#include <vector>

#include "config/address.hpp"
#include "config/result.hpp"
#include "feed/routes.hpp"

namespace sinkfeed {

class HttpServer {
 public:
  // Binds every address. The Problem says which one cannot be had and who has it. The routes outlive the server.
  static Result<std::unique_ptr<HttpServer>> open(const std::vector<Endpoint>& listen, const Routes& routes);
  ~HttpServer();

  void start();
  // Lets the answers that are under way go out, for at most two seconds, then closes.
  void stop();
  // The addresses that it listens on, with the ports that were found for port 0.
  std::vector<Endpoint> endpoints() const;

 private:
  struct Parts;
  explicit HttpServer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace sinkfeed
