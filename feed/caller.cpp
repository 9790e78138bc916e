#include "feed/caller.hpp"

#include <algorithm>
#include <cctype>

#include "feed/credentials.hpp"
#include "feed/local_user.hpp"

namespace sinkfeed {

namespace {

// What the command says of itself is believed only of root, who may say anything, and only if it reads like a name.
bool is_user_name(std::string_view name) {
  return !name.empty() && name.size() <= 32 && std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
  });
}

}  // namespace

bool Caller::may(std::optional<Scope> scope) const {
  if (token) return scope && token->may(*scope);
  return certificate.empty() || scope == Scope::feed;
}

std::string Caller::who(const HttpRequest& request) const {
  if (token) return "token " + token->name;
  if (!certificate.empty()) return "certificate " + certificate;
  const std::string user = local_user({request.client, request.client_port}, {request.server, request.server_port});
  if (user == "root" && is_user_name(request.sudo_user)) return user + " (sudo by " + request.sudo_user + ")";
  return user.empty() ? "this machine" : user;
}

std::variant<Caller, Refusal> identify(const HttpRequest& request, const Store& store) {
  const auto shown = credentials_of(request);
  if (!shown) {
    if (!request.certificate.fault.empty())
      return Refusal{401, "the client's certificate is not accepted here: " + request.certificate.fault};
    if (!request.certificate.name.empty()) return Caller{{}, request.certificate.name};
    if (request.is_from_here()) return Caller{};
    return Refusal{401,
                   "other machines show a token: Authorization: Bearer TOKEN, X-Api-Key: TOKEN, or HTTP basic with the "
                   "token as the password; `sinkfeed token create` on the server makes one"};
  }
  if (shown->secret.empty())
    return Refusal{401,
                   "give the token as Authorization: Bearer TOKEN, as X-Api-Key: TOKEN, or as the password of HTTP "
                   "basic"};
  auto token = store.tokens->recognize(shown->secret);
  if (!token) return Refusal{503, "the tokens cannot be read just now; `sinkfeed status` on the server says why"};
  if (!*token) return Refusal{401, "this token is not known here, or it was revoked"};
  if ((*token)->is_expired(store.clock->wall()))
    return Refusal{401, "this token has expired; `sinkfeed token list` on the server says when"};
  return Caller{std::move(*token), {}, shown->is_basic};
}

std::variant<std::string, Refusal> feed_reader(const HttpRequest& request, const Store& store, bool key_is_token) {
  const bool needs_token = store.configuration()->settings.http.feed_access == FeedAccess::token;
  const bool shows_nothing = request.authorization.empty() && (request.api_key.empty() || !key_is_token) &&
                             request.certificate.fault.empty() && request.certificate.name.empty();
  if (shows_nothing && !needs_token) return std::string();
  const auto identified = identify(request, store);
  if (const auto* refusal = std::get_if<Refusal>(&identified)) return *refusal;
  const auto& caller = std::get<Caller>(identified);
  if (needs_token && !caller.may(Scope::feed))
    return Refusal{403, "this token may not fetch feeds: that takes one with the scope feed"};
  return caller.token ? caller.token->name : caller.certificate;
}

}  // namespace sinkfeed
