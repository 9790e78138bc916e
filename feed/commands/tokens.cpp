#include "feed/commands/tokens.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "feed/commands/execute.hpp"
#include "feed/commands/text.hpp"
#include "feed/commands/text_parts.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

std::string used_text(const std::string& used) {
  return used.empty() ? "not used yet" : "last used in the hour of " + used.substr(0, 16) + "Z";
}

std::string token_line(const json::value& token, const std::string& now) {
  std::string scopes;
  for (const json::value& scope : token.at("scopes").as_array())
    scopes += (scopes.empty() ? "" : ",") + std::string(scope.as_string());
  const std::string expires = text(token, "expires");
  std::string line =
      fmt::format("{:<24}  {:<14}  made {} by {}, {}, {}\n", text(token, "name"), scopes,
                  ago(text(token, "created"), now), text(token, "created_by"), used_text(text(token, "last_used")),
                  expires.empty()                 ? "never expires"
                  : token.at("expired").as_bool() ? "EXPIRED " + expires.substr(0, 10)
                                                  : "expires " + expires.substr(0, 10));
  const json::value* former = token.as_object().if_contains("former");
  for (const json::value& secret : former ? former->as_array() : json::array())
    line += fmt::format("{:<24}  the secret before is good until {}Z, {}\n", "", text(secret, "until").substr(0, 16),
                        used_text(text(secret, "last_used")));
  return line;
}

// The token alone on standard output, for scripts.
void show_token(const json::value& answer) {
  fmt::print("{}\n", text(answer, "token"));
  fmt::print(stderr,
             "sinkfeed: this is the only time that the token is shown; give it as Authorization: Bearer TOKEN, as "
             "X-Api-Key: TOKEN, or as the password of HTTP basic\n");
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
  show_token(answer.body);
  return 0;
}

int rotate_token(const Call& call, DaemonClient& client) {
  json::object body{{"name", call.token.name}};
  if (!call.token.overlap.empty()) body["overlap"] = call.token.overlap;
  const ApiAnswer answer = client.act("tokens/rotate", &body);
  if (answer.status >= 400) return refused(answer);
  if (call.options.json) return fmt::print("{}\n", json::serialize(answer.body)), 0;
  show_token(answer.body);
  fmt::print(stderr, "sinkfeed: the one before is good until {}Z\n", text(answer.body, "former_until").substr(0, 16));
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
