// A checkpoint of the chain of evidence: one line of text, signed with the node's Ed25519 key. Whoever keeps such lines
// elsewhere can tell later whether what the chain held then is in it still, unchanged.
//
//   sinkfeed-checkpoint v1 node=HEX time=2026-11-26T08:00:00.000000Z from=101 to=250 blocks=140 rows=120000 hash=HEX
//   root=HEX sig=BASE64
//
// (one line.) node: the public key, 32 bytes. from, to: the links since the checkpoint before. blocks, rows: of history
// among them. hash: of link `to`. root: Merkle root (store/merkle.hpp) whose leaves are the hashes of these links. sig:
// the signature of all that stands before " sig=".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/clock.hpp"
#include "store/node_key.hpp"

namespace sinkfeed {

struct Checkpoint {
  std::string node;  // 32 bytes
  WallTime time;
  std::uint64_t from = 0, to = 0, blocks = 0, rows = 0;
  std::string hash, root;  // 32 bytes each
  std::string line;        // as it is kept and sent, signature and all

  // The line from the members above; node and signature are the key's. A key that cannot sign leaves the line empty.
  void sign(const NodeKey& key);
  // Reads one, wherever it stands in the text (a line of syslog's). Nothing if there is none; nothing is said of its
  // signature.
  static std::optional<Checkpoint> parse(std::string_view text);
  // Whether it was signed with the key that it names.
  bool is_signed() const;
};

}  // namespace sinkfeed
