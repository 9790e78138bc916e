// Merkle trees as in RFC 6962 2.1: SHA-256, leaves hashed after the byte 0, nodes after the byte 1, the left subtree as
// large as a power of two can be. Hashes are 32 bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sinkfeed {

std::string merkle_leaf(std::string_view data);
// The root over leaves: merkle_leaf() of each entry, in order. None: SHA-256 of nothing.
std::string merkle_root(const std::vector<std::string>& leaves);
// The audit path of each leaf (RFC 6962 2.1.1), from the leaf up.
std::vector<std::vector<std::string>> merkle_paths(const std::vector<std::string>& leaves);

}  // namespace sinkfeed
