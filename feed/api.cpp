#include "feed/api.hpp"

#include <boost/beast/http/status.hpp>

#include "feed/api_calls.hpp"

namespace sinkfeed {

ApiAnswer api_problem(unsigned status, const std::string& detail) {
  // RFC 9457 4.2.1: without a type of its own, the title is the status code's.
  const auto title = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  return {status,
          boost::json::object{
              {"type", "about:blank"}, {"title", std::string_view(title)}, {"status", status}, {"detail", detail}}};
}

ApiAnswer call_api(const Store& store, std::string_view call, const Parameters& parameters,
                   const std::stop_token& stop) {
  const ApiCall* const found = find_call(call);
  if (!found || !found->run) return api_problem(404, "there is no such call; /api/v1/openapi.json describes all");
  if (const std::string wrong = unknown_parameter(*found, parameters); !wrong.empty()) return api_problem(400, wrong);
  ApiAnswer answer = found->run(store, parameters, stop);
  if (found->pace == ApiCall::Pace::search && stop.stop_requested())
    return api_problem(503, "the daemon is being stopped");
  return answer;
}

}  // namespace sinkfeed
