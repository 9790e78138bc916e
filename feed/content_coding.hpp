// Content codings (RFC 9110 8.4): gzip and zstd (RFC 8878), for those who ask for them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sinkfeed {

enum class Coding : std::uint8_t { identity, gzip, zstd };
std::string_view coding_name(Coding coding);

// What a client prefers by its Accept-Encoding (RFC 9110 12.5.3); identity if it says nothing, or nothing that we have:
// a list is sent whole rather than not at all. What it puts equally goes to zstd, then gzip.
Coding wanted_coding(std::string_view accept_encoding);

// How much is made of it: what is packed once and then sent for as long as the program runs is worth fifty times the
// time.
enum class Effort : std::uint8_t { usual, most };
// The same bytes for the same bytes. Empty: there was no memory.
std::string encoded(Coding coding, const std::string& bytes, Effort effort = Effort::usual);

}  // namespace sinkfeed
