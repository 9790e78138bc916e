// One link of the node's chain of evidence (store/chain.hpp): a block of history, what an administrator did, what
// retention dropped. Each names the SHA-256 of the link before it, so none can be changed, taken out or moved without
// all that follow showing it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/clock.hpp"

namespace sinkfeed {

struct ChainLink {
  enum class Kind : std::uint8_t {
    block = 1,       // rows of history; `digest` is what block_digests() (store/history_block.hpp) says of them
    action = 2,      // what somebody did, or the daemon itself; the text says who and what
    dropped = 3,     // retention took blocks; the text names their links: {"links": "1-5,7", ...}
    erased = 4,      // a client was erased from blocks, whose digests stay; the text says of which time and how many
    checkpoint = 5,  // `digest` is the SHA-256 of a checkpoint's line (store/checkpoint.hpp)
  };
  std::uint64_t number = 0;  // 1, 2, ... without gaps
  Kind kind = Kind::action;
  WallTime time;           // when it was written, by the node's clock
  WallTime first, last;    // of a block: of its rows
  std::uint64_t rows = 0;  // of a block
  std::string digest;      // 32 bytes; of links with a text it is the SHA-256 of that
  std::string text;        // JSON, one object; of a block what tells its rows apart (store/history_fingerprints.hpp)
  std::string previous;    // hash() of the link before, 32 bytes; of the first one zeros

  // What is hashed. All numbers are big-endian:
  //   "sinkfeed link 1\n"  number(u64)  kind(u8)  time(i64, µs since 1970)  first(i64)  last(i64)  rows(u64)
  //   digest(32)  previous(32)  length of text(u32)  text
  std::string canonical() const;
  std::string hash() const;  // SHA-256 of canonical(), 32 bytes

  // The store's value (ChainRecord of store/records.proto), and back; nothing if it is damaged.
  std::string encode() const;
  static std::optional<ChainLink> decode(std::string_view value);

  // One with a text, and so its digest; number and previous are the chain's to give.
  static ChainLink with_text(Kind kind, WallTime time, std::string text);
};

// "block", "action", ...
std::string_view kind_name(ChainLink::Kind kind);
// Of the first link.
inline const std::string kNoLink(32, '\0');

}  // namespace sinkfeed
