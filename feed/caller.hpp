// Who calls, and what he may do: the machine itself needs no token for the API, everybody else shows one.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "feed/http_message.hpp"
#include "store/store.hpp"

namespace sinkfeed {

struct Caller {
  std::optional<Token> token;
  std::string
      certificate;  // the name in the client's, if he was known by that; with neither: a program on this machine
  // A page of another site could have made a browser send the request as it is.
  bool may_be_a_page = true;

  // `scope`: none is what only the machine itself may do.
  bool may(std::optional<Scope> scope) const;
  // A program on this machine that has shown nothing; or a browser on it, with any page in it.
  bool is_the_machine() const { return !token && certificate.empty(); }
  // For the ledger and the log: "token office-pc", "certificate fw1", "root", "root (sudo by alice)". Reads /proc.
  std::string who(const HttpRequest& request) const;
};

struct Refusal {
  unsigned status = 401;  // 401: no token, or none of ours; 503: that is not known, because the store cannot be read
  std::string sentence;   // without a name or an address: some firewalls read it as a list
};

// Whoever shows a token is judged by it, also on this machine: behind a proxy there are others. Who shows none, by the
// certificate that he has shown. Never waits for the disk.
std::variant<Caller, Refusal> identify(const HttpRequest& request, const Store& store);

// Who fetches a feed: the name in his token or certificate, empty if he shows none; or why this client, whose network
// may fetch feeds, does not get one. By http.feed_access, but a token that is shown and is none of ours is refused in
// any case, so that a mistake shows. `key_is_token`: an API key is one, even where none is needed.
std::variant<std::string, Refusal> feed_reader(const HttpRequest& request, const Store& store, bool key_is_token);

}  // namespace sinkfeed
