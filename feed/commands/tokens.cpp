#include "feed/commands/tokens.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "feed/commands/execute.hpp"
#include "feed/commands/text.hpp"
#include "feed/commands/text_parts.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

std::string token_line(const json::value& token, const std::string& now) {
  std::string scopes;
  for (const json::value& scope : token.at("scopes").as_array())
    scopes += (scopes.empty() ? "" : ",") + std::string(scope.as_string());
  const std::string expires = text(token, "expires"), used = text(token, "last_used");
  return fmt::format("{:<24}  {:<14}  made {} by {}, {}, {}\n", text(token, "name"), scopes,
                     ago(text(token, "created"), now), text(token, "created_by"),
                     used.empty() ? "not used yet" : "last used in the hour of " + used.substr(0, 16) + "Z",
                     expires.empty()                 ? "never expires"
                     : token.at("expired").as_bool() ? "EXPIRED " + expires.substr(0, 10)
                                                     : "expires " + expires.substr(0, 10));
}

}  // namespace

int create_token(const Call& call, DaemonClient& client) {
  json::array scopes;
  for (const std::string& scope : call.token.scopes) scopes.push_back(json::value(scope));
  json::object body{{"name", call.token.name}, {"scopes", std::move(scopes)}};
  if (!call.token.expires.empty()) body["expires"] = call.token.expires;
  const ApiAnswer answer = client.act("tokens/create", &body);
  if (answer.status >= 400) return refused(answer);
  if (call.options.json) return fmt::print("{}\n", json::serialize(answer.body)), 0;
  // The token alone, for scripts.
  fmt::print("{}\n", text(answer.body, "token"));
  fmt::print(stderr,
             "sinkfeed: this is the only time that the token is shown; give it as Authorization: Bearer TOKEN\n");
  return 0;
}

int list_tokens(const Call& call, DaemonClient& client) {
  const ApiAnswer answer = client.call("tokens", {});
  if (answer.status >= 400) return refused(answer);
  if (call.options.json) return fmt::print("{}\n", json::serialize(answer.body)), 0;
  const auto& tokens = answer.body.at("tokens").as_array();
  if (tokens.empty()) fmt::print("There is no token: the API answers this machine only.\n");
  for (const json::value& token : tokens) fmt::print("{}", token_line(token, text(answer.body, "now")));
  return 0;
}

int revoke_token(const Call& call, DaemonClient& client) {
  const json::object body{{"name", call.token.name}};
  const ApiAnswer answer = client.act("tokens/revoke", &body);
  if (answer.status >= 400) return refused(answer);
  if (call.options.json) return fmt::print("{}\n", json::serialize(answer.body)), 0;
  fmt::print("Token {} is revoked.\n", call.token.name);
  return 0;
}

}  // namespace sinkfeed
