// One line of a file of separated values (RFC 4180): "a","b ""quoted""",c
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sinkfeed {

std::vector<std::string> separated_values(std::string_view line, char separator);

// Comma, semicolon or tab: whichever the line has most of, outside quotes.
char separator_of(std::string_view line);

}  // namespace sinkfeed
