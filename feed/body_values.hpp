// Members of a JSON body that somebody sent, checked.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "config/result.hpp"

namespace sinkfeed {

inline constexpr std::size_t kLongestText = 200;  // of a reason, a name

// A text member: one line of at most `longest` bytes; empty if it is missing.
Result<std::string> text_member(const boost::json::object& body, std::string_view member, std::size_t longest);

}  // namespace sinkfeed
