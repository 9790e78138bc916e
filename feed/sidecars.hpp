// The small files beside a feed by which its reader sees that it is whole and ours: FEED.md5, FEED.sha256,
// FEED.minisig.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "store/node_key.hpp"

namespace sinkfeed {

enum class Sidecar { md5, sha256, minisig };
inline constexpr std::array kSidecars{Sidecar::md5, Sidecar::sha256, Sidecar::minisig};

std::string_view sidecar_suffix(Sidecar sidecar);  // ".md5"
// What a path is a sidecar of, which then loses the suffix; nothing if it is none.
std::optional<Sidecar> take_sidecar(std::string& path);

// `file`: the last part of the feed's path. `what`: for the signature's trusted comment, which says which edition it is
// of and so cannot be passed off for another: one line.
//   md5      32 hex digits
//   sha256   as sha256sum -c reads it
//   minisig  as minisign -V reads it: pre-hashed by BLAKE2b-512, Ed25519
// Empty if the system refuses the digest.
std::string sidecar_text(Sidecar sidecar, const std::string& body, const std::string& file, const std::string& what,
                         const NodeKey& key);
// What minisign -p reads.
std::string minisign_public_key(const NodeKey& key);

}  // namespace sinkfeed
