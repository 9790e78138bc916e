#include "feed/caller.hpp"

#include <algorithm>
#include <cctype>

#include "feed/local_user.hpp"

namespace sinkfeed {

namespace {

constexpr std::string_view kBearer = "bearer ";

// RFC 6750 2.1. Empty if it is something else.
std::string_view token_of(std::string_view authorization) {
  if (authorization.size() < kBearer.size() ||
      !std::equal(kBearer.begin(), kBearer.end(), authorization.begin(),
                  [](char expected, char c) { return expected == std::tolower(static_cast<unsigned char>(c)); }))
    return {};
  authorization.remove_prefix(kBearer.size());
  authorization.remove_prefix(std::min(authorization.find_first_not_of(' '), authorization.size()));
  return authorization;
}

// What the command says of itself is believed only of root, who may say anything, and only if it reads like a name.
bool is_user_name(std::string_view name) {
  return !name.empty() && name.size() <= 32 && std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
  });
}

}  // namespace

std::string Caller::who(const HttpRequest& request) const {
  if (token) return "token " + token->name;
  const std::string user = local_user({request.client, request.client_port}, {request.server, request.server_port});
  if (user == "root" && is_user_name(request.sudo_user)) return user + " (sudo by " + request.sudo_user + ")";
  return user.empty() ? "this machine" : user;
}

std::variant<Caller, Refusal> identify(const HttpRequest& request, const Store& store) {
  if (request.authorization.empty()) {
    if (request.is_from_here()) return Caller{};
    return Refusal{401,
                   "the API answers other machines by token only: Authorization: Bearer TOKEN; `sinkfeed token create` "
                   "on the server makes one"};
  }
  const std::string_view secret = token_of(request.authorization);
  if (secret.empty()) return Refusal{401, "give the token as Authorization: Bearer TOKEN"};
  auto token = store.tokens->recognize(secret);
  if (!token) return Refusal{503, token.error().what};
  if (!*token) return Refusal{401, "this token is not known here, or it was revoked"};
  if ((*token)->is_expired(store.clock->wall()))
    return Refusal{401, "token " + (*token)->name + " expired at " + format_time(*(*token)->expires)};
  return Caller{std::move(*token)};
}

}  // namespace sinkfeed
