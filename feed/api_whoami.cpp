#include "feed/api_whoami.hpp"

#include <array>

namespace sinkfeed {

ApiAnswer api_whoami(const Store& store, const Caller& caller, const HttpRequest& request) {
  boost::json::array scopes;
  for (const Scope scope : {Scope::observe, Scope::feed, Scope::read, Scope::admin}) {
    if (caller.may(scope)) scopes.push_back(boost::json::value(scope_name(scope)));
  }
  const char* const how = caller.token ? "token" : caller.is_the_machine() ? "machine" : "certificate";
  return {200, boost::json::object{{"who", caller.who(request)},
                                   {"how", how},
                                   {"scopes", std::move(scopes)},
                                   {"tokens", caller.may(std::nullopt)},
                                   {"version", SINKFEED_VERSION},
                                   {"now", format_time(store.clock->wall())}}};
}

}  // namespace sinkfeed
