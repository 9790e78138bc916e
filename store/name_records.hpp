// Names by address, to and from Protocol Buffers, and how two records of one name and address become one.
#pragma once

#include <string>
#include <string_view>

#include "store/needs.hpp"

namespace sinkfeed {

std::string encode_need(const Need& need);
// False if the bytes are damaged. The name comes from the key.
bool decode_need(std::string_view bytes, Need& need);

// Makes `into` what it would be had it seen what `other` saw too: commutative and associative.
void merge_need(Need& into, const Need& other);

}  // namespace sinkfeed
