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

// `call`: what stands behind /api/v1/ in the path.
//   status
//   ips          profile, state, sharing, fresh, family, limit, after
//   decisions    address, limit
//   estimates    profile
//   why          subject: an address, or a name
//   plan         profile, since, shared (1)
//   feeds
//   waiting      limit
//   generations  limit
//   editions     feed, family, limit (feed/api_diff.hpp)
//   subscribers
//   tokens
//   history/export  streamed, by feed/routes alone (feed/out/api_export.hpp)
//   history      client, name, type, verdict, rcode, answer, since, until, limit, order (newest | oldest), count (1)
//   history/verify  cursor, since, until; history/links: numbers, after, limit, kind; history/holds;
//                   history/erasure (feed/api_evidence.hpp)
// What a search could not read is left out, with a sentence in "damage".
// `stop` ends a search that nobody waits for any more.
ApiAnswer call_api(const Store& store, std::string_view call, const Parameters& parameters,
                   const std::stop_token& stop = {});

// Whether the call searches the history, which may take long.
bool is_search(std::string_view call);

// The answer to a call that is wrong.
ApiAnswer api_problem(unsigned status, const std::string& detail);

}  // namespace sinkfeed
