// The API's calls as plain functions of the store: the HTTP server and the command line, on a store without a daemon,
// call the same. Any thread.
#pragma once

#include <boost/json/value.hpp>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>

#include "store/store.hpp"

namespace sinkfeed {

using Parameters = std::map<std::string, std::string>;

struct ApiAnswer {
  unsigned status = 200;  // an HTTP status; from 400 on, the body is a problem (RFC 9457) whose "detail" is a sentence
  boost::json::value body;
};

// `call`: what stands behind /api/v1/ in the path (feed/api_calls.hpp has them all).
// What a search could not read is left out, with a sentence in "damage".
// `stop` ends a search that nobody waits for any more.
ApiAnswer call_api(const Store& store, std::string_view call, const Parameters& parameters,
                   const std::stop_token& stop = {});

// The answer to a call that is wrong.
ApiAnswer api_problem(unsigned status, const std::string& detail);

}  // namespace sinkfeed
