// The bits that each row of history has one byte of, in memory and in blocks.
#pragma once

namespace sinkfeed::history_marks {

inline constexpr unsigned kGap = 1, kTcp = 2, kOrigin = 2 /* shift, 2 bits */, kUpstream = 16;

}  // namespace sinkfeed::history_marks
