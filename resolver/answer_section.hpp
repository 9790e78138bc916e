// The answer section of a prepared message, as the history keeps it. Hot path.
#pragma once

#include <span>
#include <string_view>

namespace sinkfeed {

// Writes PackedAnswers (store/history_record.hpp) of `message`'s answer section to `out` and returns what it wrote; as
// many whole items as `out` holds. RDATA that is a compressed name is written in full; signatures are left out.
// `question_size`: QNAME, QTYPE and QCLASS. A message that does not hold what it says ends the writing.
std::string_view pack_answers(std::string_view message, std::size_t question_size, std::span<char> out);

}  // namespace sinkfeed
