// A request as the routes see it, from its head as it came.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "feed/http_message.hpp"

namespace sinkfeed {

// Without its body, and without what only the connection knows. Nothing: its target is no path.
std::optional<HttpRequest> read_request(const boost::beast::http::request<boost::beast::http::string_body>& from);

}  // namespace sinkfeed
