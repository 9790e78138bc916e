// Answers of the API as text for people.
#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "config/clock.hpp"

namespace sinkfeed {

// Each takes the body of the API call of that name.
std::string status_text(const boost::json::value& body);
std::string ips_text(const boost::json::value& body);
std::string why_text(const boost::json::value& body);
std::string feeds_text(const boost::json::value& body);
std::string history_text(const boost::json::value& body);

// "3 minutes ago", "2 days ago", "just now"; the times are RFC 3339.
std::string ago(std::string_view time, std::string_view now);
// "1.2 MiB"
std::string size_text(std::uint64_t bytes);

}  // namespace sinkfeed
