#include "resolver/upstream_query.hpp"

#include <algorithm>
#include <cstring>

#include "resolver/client_subnet.hpp"
#include "resolver/wire.hpp"

namespace sinkfeed {

namespace {

// The OPT behind the question of a message without answers and authorities; null if there is none.
const std::uint8_t* find_opt(std::span<const std::uint8_t> answer) {
  if (dns::read16(answer.data() + 6) || dns::read16(answer.data() + 8) || !dns::read16(answer.data() + 10))
    return nullptr;
  std::size_t at = dns::kHeaderSize;
  if (dns::read16(answer.data() + 4)) {
    while (at < answer.size() && answer[at]) at += answer[at] + std::size_t{1};
    at += 5;
  }
  if (at + 11 > answer.size() || answer[at] || dns::read16(answer.data() + at + 1) != dns::OPT) return nullptr;
  return answer.data() + at;
}

}  // namespace

void write_query(const UpstreamQuestion& question, bool edns, bool mixed_case, RandomBytes& random,
                 UdpExchange::Flight& flight) {
  std::uint8_t* const header = flight.message.data();
  std::memset(header, 0, dns::kHeaderSize);
  dns::write16(header, random.next16());
  dns::write16(header + 2, static_cast<std::uint16_t>(dns::kRd | (question.checking_disabled ? dns::kCd : 0) |
                                                      (question.authentic_data ? dns::kAd : 0)));
  dns::write16(header + 4, 1);
  dns::write16(header + 10, edns ? 1 : 0);
  std::uint8_t* const name = header + dns::kHeaderSize;
  std::memcpy(name, question.name.data(), question.name.size());
  if (mixed_case) {
    std::uint16_t bits = 0;
    for (std::size_t i = 0; i < question.name.size(); i++) {
      if (i % 16 == 0) bits = random.next16();
      if (name[i] >= 'a' && name[i] <= 'z' && (bits & 1)) name[i] = static_cast<std::uint8_t>(name[i] - 32);
      bits >>= 1;
    }
  }
  // QTYPE, QCLASS, then OPT: root, 41, 1232 bytes, no extended RCODE, version 0, DO, perhaps a client subnet.
  std::uint8_t* const rest = name + question.name.size();
  std::memset(rest, 0, 15);
  dns::write16(rest, question.type);
  dns::write16(rest + 2, question.klass);
  dns::write16(rest + 5, dns::OPT);
  dns::write16(rest + 7, dns::kMaxUdpAnswer);
  rest[11] = question.dnssec_ok ? 0x80 : 0;
  std::size_t size = dns::kHeaderSize + question.name.size() + (edns ? 15 : 4);
  if (edns && question.client_subnet) {
    const std::size_t option = write_client_subnet(
        *question.client_subnet, std::span<std::uint8_t, kMaxClientSubnetOption>(rest + 15, kMaxClientSubnetOption));
    dns::write16(rest + 13, static_cast<std::uint16_t>(option));
    size += option;
  }
  flight.size = static_cast<std::uint16_t>(size);
}

bool keeps_case(std::span<const std::uint8_t> sent, std::span<const std::uint8_t> answer) {
  if (!dns::read16(answer.data() + 4)) return true;
  std::size_t end = dns::kHeaderSize;
  while (sent[end]) end += sent[end] + std::size_t{1};
  return answer.size() >= end &&
         std::equal(sent.begin() + dns::kHeaderSize, sent.begin() + static_cast<std::ptrdiff_t>(end),
                    answer.begin() + dns::kHeaderSize);
}

std::uint16_t rcode_of(std::span<const std::uint8_t> answer) {
  const std::uint16_t low = dns::read16(answer.data() + 2) & dns::kRcodeMask;
  const std::uint8_t* opt = find_opt(answer);
  return opt ? static_cast<std::uint16_t>(opt[5] << 4 | low) : low;
}

bool has_opt(std::span<const std::uint8_t> answer) { return find_opt(answer) != nullptr; }

}  // namespace sinkfeed
