#include "feed/api_tokens.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace sinkfeed {

namespace {

namespace json = boost::json;

constexpr auto kOverlap = std::chrono::hours(24) * 7, kLongestOverlap = std::chrono::hours(24) * 365;

std::string text_of(const json::object& body, std::string_view member) {
  const json::value* value = body.if_contains(member);
  return value && value->is_string() ? std::string(value->as_string()) : "";
}

json::array scopes_value(const std::vector<Scope>& scopes) {
  json::array names;
  for (const Scope scope : scopes) names.push_back(json::value(scope_name(scope)));
  return names;
}

ApiAnswer no_token(const std::string& name) {
  return api_problem(404, "there is no token " + name + "; `sinkfeed token list` lists them");
}

json::array former_value(const std::vector<Token::Former>& secrets) {
  json::array list;
  for (const Token::Former& secret : secrets) {
    json::object item{{"until", format_time(secret.until)}};
    if (secret.last_used) item["last_used"] = format_time(*secret.last_used);
    list.push_back(std::move(item));
  }
  return list;
}

Result<std::vector<Scope>> read_scopes(const json::object& body) {
  const json::value* list = body.if_contains("scopes");
  if (!list || !list->is_array() || list->as_array().empty())
    return Problem{"say in \"scopes\" what the token is for: observe, read, feed or admin"};
  std::vector<Scope> scopes;
  for (const json::value& item : list->as_array()) {
    const auto scope = parse_scope(item.is_string() ? std::string_view(item.as_string()) : std::string_view());
    if (!scope) return scope.error();
    if (std::find(scopes.begin(), scopes.end(), *scope) == scopes.end()) scopes.push_back(*scope);
  }
  return scopes;
}

}  // namespace

ApiAnswer list_tokens(const Store& store) {
  const auto tokens = store.tokens->list();
  if (!tokens) return api_problem(503, tokens.error().what);
  json::array list;
  for (const Token& token : *tokens) {
    json::object item{{"name", token.name},
                      {"scopes", scopes_value(token.scopes)},
                      {"created", format_time(token.created)},
                      {"created_by", token.created_by},
                      {"expired", token.is_expired(store.clock->wall())}};
    if (token.expires) item["expires"] = format_time(*token.expires);
    if (token.last_used) item["last_used"] = format_time(*token.last_used);
    if (!token.former.empty()) item["former"] = former_value(token.former);
    list.push_back(std::move(item));
  }
  return {200, json::object{{"now", format_time(store.clock->wall())}, {"tokens", std::move(list)}}};
}

ApiAnswer create_token(const ActionCall& call) {
  const std::string name = text_of(call.body, "name");
  if (const auto right = Tokens::check_name(name); !right) return api_problem(400, right.error().what);
  const auto scopes = read_scopes(call.body);
  if (!scopes) return api_problem(400, scopes.error().what);
  std::optional<WallTime> expires;
  if (call.body.contains("expires")) {
    const auto after = parse_duration(text_of(call.body, "expires"));
    if (!after || after->count() == 0)
      return api_problem(400, after ? "a token cannot expire at once" : "expires: " + after.error().what);
    expires = call.store.clock->wall() + *after;
  }
  const auto token = call.store.tokens->create(name, *scopes, expires, call.who);
  if (!token) return api_problem(503, token.error().what);
  if (!*token) return api_problem(409, "there is a token " + name + " already; revoke it first, or take another name");
  spdlog::info("token {} was created by {}", name, call.who);
  json::object body{{"name", name}, {"scopes", scopes_value(*scopes)}, {"token", **token}};
  if (expires) body["expires"] = format_time(*expires);
  return {200, std::move(body)};
}

ApiAnswer rotate_token(const ActionCall& call) {
  const std::string name = text_of(call.body, "name");
  if (const auto right = Tokens::check_name(name); !right) return api_problem(400, right.error().what);
  std::chrono::milliseconds overlap = kOverlap;
  if (call.body.contains("overlap")) {
    const auto given = parse_duration(text_of(call.body, "overlap"));
    if (!given || *given > kLongestOverlap)
      return api_problem(400, given ? "overlap is at most 365d" : "overlap: " + given.error().what);
    overlap = *given;
  }
  const auto rotated = call.store.tokens->rotate(name, overlap);
  if (!rotated) return api_problem(503, rotated.error().what);
  if (!*rotated) return no_token(name);
  if (!(*rotated)->refusal.empty()) return api_problem(409, (*rotated)->refusal);
  const std::string until = format_time(call.store.clock->wall() + overlap);
  spdlog::info("token {} has a new secret, by {}; the one before is good until {}", name, call.who, until);
  return {200, json::object{{"name", name}, {"token", (*rotated)->secret}, {"former_until", until}}};
}

ApiAnswer revoke_token(const ActionCall& call) {
  const std::string name = text_of(call.body, "name");
  if (const auto right = Tokens::check_name(name); !right) return api_problem(400, right.error().what);
  const auto revoked = call.store.tokens->revoke(name);
  if (!revoked) return api_problem(503, revoked.error().what);
  if (!*revoked) return no_token(name);
  spdlog::info("token {} was revoked by {}", name, call.who);
  return {200, json::object{{"revoked", name}}};
}

}  // namespace sinkfeed
