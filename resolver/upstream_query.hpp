// The query that goes upstream, and what the first look at its answer tells.
#pragma once

#include <cstdint>
#include <span>

#include "resolver/random_bytes.hpp"
#include "resolver/udp_exchange.hpp"
#include "resolver/upstream.hpp"

namespace sinkfeed {

// Writes the query with a random ID; `mixed_case`: in random letter case too, which whoever forges an answer must guess
// as well (draft-vixie-dnsext-dns0x20). `edns`: with an OPT that takes 1232 bytes, and the client subnet if there is
// one.
void write_query(const UpstreamQuestion& question, bool edns, bool mixed_case, RandomBytes& random,
                 UdpExchange::Flight& flight);

// Whether the answer's question, if it has one, is in the letter case that was sent.
bool keeps_case(std::span<const std::uint8_t> sent, std::span<const std::uint8_t> answer);

// RCODE with the upper bits of an OPT that comes right after the question, as it does where EDNS itself is refused
// (BADVERS, RFC 6891 6.1.3). `answer` is at least a header.
std::uint16_t rcode_of(std::span<const std::uint8_t> answer);

// Whether an OPT comes right after the question: so the server knows EDNS.
bool has_opt(std::span<const std::uint8_t> answer);

}  // namespace sinkfeed
