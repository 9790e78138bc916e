// Who calls the API, and what he may do: the machine itself needs no token, everybody else shows one.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "feed/http_message.hpp"
#include "store/store.hpp"

namespace sinkfeed {

struct Caller {
  std::optional<Token> token;  // none: a program on this machine

  // `scope`: none is what only the machine itself may do.
  bool may(std::optional<Scope> scope) const { return !token || (scope && token->may(*scope)); }
  // For the ledger and the log: "token office-pc", "root", "root (sudo by alice)". Reads /proc.
  std::string who(const HttpRequest& request) const;
};

struct Refusal {
  unsigned status = 401;  // 401: no token, or none of ours; 503: the store cannot be read
  std::string sentence;
};

// Whoever shows a token is judged by it, also on this machine: behind a proxy there are others.
std::variant<Caller, Refusal> identify(const HttpRequest& request, const Store& store);

}  // namespace sinkfeed
