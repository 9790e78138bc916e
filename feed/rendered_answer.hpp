// Answers that are made for the one who asks, and are yet treated as feeds are: a tag, 304, the coding that he prefers.
#pragma once

#include <string>
#include <string_view>

#include "feed/http_message.hpp"

namespace sinkfeed {

// 200 with the body, or 304 if the client has it already. The tag is a hash of the body.
HttpAnswer rendered_answer(const HttpRequest& request, std::string body, std::string_view media_type);

}  // namespace sinkfeed
