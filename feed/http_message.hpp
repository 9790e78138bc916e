// An HTTP request and answer as the routes see them, without the server's machinery.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/address.hpp"
#include "config/clock.hpp"
#include "feed/answer_stream.hpp"

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
  std::string accept, accept_encoding;                    // the same
  std::string authorization, content_type, host, origin;  // as sent; empty if not sent
  std::string api_key, last_event_id;                     // X-Api-Key, Last-Event-ID; the same
  std::string sudo_user;                                  // Sinkfeed-Sudo-User: who became root, says the command
  std::string preview;                                    // Sinkfeed-Preview: not empty if a person looks at a feed
  std::string user_agent;                                 // as sent; empty if not sent
  std::string who;                                        // the name of the token that it came with; empty: none
  bool is_head = false;
  std::string body;
  bool is_tls = false;
  ClientCertificate certificate;
  IpAddress client;
  IpAddress server;  // the address of this machine that the client came to
  std::uint16_t client_port = 0, server_port = 0;

  // True if the client is this machine.
  bool is_from_here() const;
  // A person looks, in the page or with the command: that is nobody's subscription.
  bool is_for_a_person() const;
};

// How the command calls itself, as a User-Agent.
inline constexpr std::string_view kCommandAgent = "sinkfeed-command";
// Whether a client that came to this address of ours is on this machine.
bool is_this_machine(const IpAddress& client, const IpAddress& server);

struct HttpAnswer {
  unsigned status = 200;
  std::string media_type = "text/plain; charset=utf-8";
  std::shared_ptr<const std::string> body;  // never null from 200 on, but for 304
  std::vector<std::pair<std::string, std::string>> headers;
  // Called on the server's thread when all of it has been given to the kernel; never, if the client is gone before.
  std::function<void()> went_out;
  std::shared_ptr<AnswerStream> stream = nullptr;  // instead of a body: what follows for as long as the client listens
  // Makes what the stream gives, until it has ended or nobody takes it any more. Called once the answer is on its way,
  // on the thread that made it.
  std::function<void()> make = nullptr;
};

HttpAnswer text_answer(unsigned status, std::string text);

// RFC 9110 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT", and back (that form only; others are treated as not sent).
std::string http_date(WallTime time);
bool parse_http_date(const std::string& text, WallTime& time);

// RFC 9110 13.1: whether the client has this representation already. If-None-Match (a list, *, weak tags) decides alone
// if it is there; else If-Modified-Since.
bool client_has_it(const HttpRequest& request, const std::string& etag, WallTime changed);

}  // namespace sinkfeed
