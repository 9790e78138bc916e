// An HTTP request and answer as the routes see them, without the server's machinery.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/address.hpp"
#include "config/clock.hpp"

namespace sinkfeed {

// What a client has shown over TLS.
struct ClientCertificate {
  std::string name;   // the common name of its subject; empty: it has shown none
  std::string fault;  // why it is not accepted; empty: it is
};

struct HttpRequest {
  std::string method;                                     // "GET"; HEAD arrives as GET, the server leaves the body out
  std::string path;                                       // decoded
  std::map<std::string, std::string> query;               // decoded
  std::string if_none_match, if_modified_since;           // empty if not sent
  std::string accept_encoding;                            // the same
  std::string authorization, content_type, host, origin;  // as sent; empty if not sent
  std::string api_key;                                    // X-Api-Key; empty if not sent
  std::string sudo_user;                                  // Sinkfeed-Sudo-User: who became root, says the command
  std::string body;
  bool is_tls = false;
  ClientCertificate certificate;
  IpAddress client;
  IpAddress server;  // the address of this machine that the client came to
  std::uint16_t client_port = 0, server_port = 0;

  // True if the client is this machine.
  bool is_from_here() const;
};

// Whether a client that came to this address of ours is on this machine.
bool is_this_machine(const IpAddress& client, const IpAddress& server);

struct HttpAnswer {
  unsigned status = 200;
  std::string media_type = "text/plain; charset=utf-8";
  std::shared_ptr<const std::string> body;  // never null from 200 on, but for 304
  std::vector<std::pair<std::string, std::string>> headers;
};

HttpAnswer text_answer(unsigned status, std::string text);

// RFC 9110 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT", and back (that form only; others are treated as not sent).
std::string http_date(WallTime time);
bool parse_http_date(const std::string& text, WallTime& time);

// RFC 9110 13.1: whether the client has this representation already. If-None-Match (a list, *, weak tags) decides alone
// if it is there; else If-Modified-Since.
bool client_has_it(const HttpRequest& request, const std::string& etag, WallTime changed);

}  // namespace sinkfeed
