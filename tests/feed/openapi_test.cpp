// Whether the description of the API (feed/openapi.json) says what there is: paths, methods, parameters and scopes are
// compared with the tables of calls and actions.
#include <boost/json/parse.hpp>
#include <map>
#include <set>

#include "feed/actions.hpp"
#include "feed/api_calls.hpp"
#include "feed/web_files.hpp"
#include "server.hpp"

namespace sinkfeed {
namespace {

namespace json = boost::json;

using Parameters = std::set<std::string>;
// "GET /api/v1/ips": scope and parameters.
using Operations = std::map<std::string, std::pair<std::string, Parameters>>;

json::object document() { return json::parse(openapi_document()).as_object(); }

// What a $ref leads to, or the thing itself. `kind`: of components.
const json::object& resolved(const json::object& all, const json::object& thing, std::string_view kind) {
  const json::value* const reference = thing.if_contains("$ref");
  if (!reference) return thing;
  const std::string_view path = reference->as_string();
  return all.at("components").at(kind).at(path.substr(path.rfind('/') + 1)).as_object();
}

Operations described() {
  const json::object all = document();
  Operations operations;
  for (const auto& [path, methods] : all.at("paths").as_object()) {
    for (const auto& [method, operation] : methods.as_object()) {
      const json::object& what = operation.as_object();
      Parameters parameters;
      if (const json::value* const list = what.if_contains("parameters")) {
        for (const json::value& one : list->as_array())
          parameters.insert(std::string(resolved(all, one.as_object(), "parameters").at("name").as_string()));
      }
      const json::value* const scope = what.if_contains("x-scope");
      std::string name(method);
      std::transform(name.begin(), name.end(), name.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
      operations[name + " " + std::string(path)] = {scope ? std::string(scope->as_string()) : "", parameters};
    }
  }
  return operations;
}

Operations served() {
  Operations operations;
  for (const ApiCall& call : api_calls())
    operations["GET /api/v1/" + std::string(call.name)] = {call.scope ? std::string(scope_name(*call.scope)) : "any",
                                                           Parameters(call.parameters.begin(), call.parameters.end())};
  for (const Action& action : actions())
    operations["POST /api/v1/" + std::string(action.name)] = {
        action.scope ? std::string(scope_name(*action.scope)) : "", {}};
  return operations;
}

TEST(OpenApi, DescribesWhatIsServedAndNothingElse) {
  const Operations is = served(), says = described();
  for (const auto& [name, what] : is) {
    const auto found = says.find(name);
    ASSERT_NE(found, says.end()) << name << " is not described";
    EXPECT_EQ(found->second.first, what.first) << name << ": scope";
    EXPECT_EQ(found->second.second, what.second) << name << ": parameters";
  }
  for (const auto& [name, what] : says) EXPECT_TRUE(is.contains(name)) << name << " is described, and is not there";
}

TEST(OpenApi, ActionsThatTakeABodyDescribeIt) {
  const json::object all = document();
  for (const Action& action : actions()) {
    const json::object& post =
        all.at("paths").at("/api/v1/" + std::string(action.name)).as_object().at("post").as_object();
    EXPECT_EQ(post.contains("requestBody"), action.takes_body()) << action.name;
    if (!action.takes_body()) continue;
    const json::object& schema =
        resolved(all, post.at("requestBody").at("content").at("application/json").at("schema").as_object(), "schemas");
    const json::object& properties = schema.at("properties").as_object();
    Parameters members;
    for (const auto& [name, of] : properties) members.insert(std::string(name));
    EXPECT_EQ(members, Parameters(action.members.begin(), action.members.end())) << action.name;
  }
}

struct Api : test::Server {};

TEST_F(Api, IsDescribedByItself) {
  const std::string answer = get("/api/v1/openapi.json");
  EXPECT_THAT(answer, testing::HasSubstr("200 OK"));
  EXPECT_THAT(answer, testing::HasSubstr("Content-Type: application/json"));
  EXPECT_THAT(answer, testing::HasSubstr(R"("openapi": "3.1)"));
}

TEST_F(Api, RefusesParametersThatMeanNothingToTheCall) {
  EXPECT_THAT(get("/api/v1/status?limit=3"),
              testing::HasSubstr("there is no parameter \\\"limit\\\" here; this call takes none"));
  EXPECT_THAT(get("/api/v1/ips?state=held&stat=held"), testing::HasSubstr("there are profile, state"));
  EXPECT_THAT(get("/api/v1/live?every=1"), testing::HasSubstr("400 Bad Request"));
}

}  // namespace
}  // namespace sinkfeed
