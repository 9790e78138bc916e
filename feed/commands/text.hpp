// Answers of the API as text for people.
#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "config/clock.hpp"

namespace sinkfeed {

// Each takes the body of the API call of that name.
std::string status_text(const boost::json::value& body);
// Of the last page; `shown` entries in all. The pages before it: ips_rows. The first has a heading.
std::string ips_text(const boost::json::value& body, bool is_first, std::size_t shown);
std::string ips_rows(const boost::json::value& body, bool is_first);
std::string decisions_text(const boost::json::value& body);
std::string plan_text(const boost::json::value& body);
std::string why_text(const boost::json::value& body);
std::string diff_text(const boost::json::value& body);
std::string feeds_text(const boost::json::value& body);

}  // namespace sinkfeed
