// Makes DNS messages for tests, byte by byte, without the code under test.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/address.hpp"
#include "config/dns_name.hpp"
#include "resolver/answer_section.hpp"
#include "store/history_record.hpp"

namespace sinkfeed::test {

using Bytes = std::vector<std::uint8_t>;

inline void put16(Bytes& to, unsigned value) {
  to.push_back(static_cast<std::uint8_t>(value >> 8)), to.push_back(static_cast<std::uint8_t>(value));
}
inline void put32(Bytes& to, std::uint32_t value) { put16(to, value >> 16), put16(to, value & 0xffff); }
inline void put(Bytes& to, std::string_view bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

inline std::string wire(std::string_view name) { return std::string(DnsName::parse(name).value().wire()); }

// The name in wire format with its case kept.
inline std::string wire_as_is(std::string_view name) {
  std::string result;
  while (!name.empty()) {
    const std::size_t dot = std::min(name.find('.'), name.size());
    result += static_cast<char>(dot);
    result += name.substr(0, dot);
    name.remove_prefix(std::min(dot + 1, name.size()));
  }
  return result + '\0';
}

// The answer section of a prepared message, as the history would show it.
inline std::vector<std::string> answers_of(const std::string& message) {
  std::size_t end = 12;
  while (message[end]) end += static_cast<std::uint8_t>(message[end]) + 1u;
  std::array<char, 4096> room;
  std::vector<std::string> texts;
  for (const auto& item : PackedAnswers::items(pack_answers(message, end + 5 - 12, room))) texts.push_back(item.text());
  return texts;
}

struct QueryShape {
  std::uint16_t id = 0x1234;
  std::uint16_t flags = 0x0100;  // RD
  bool edns = false;
  unsigned udp_size = 1232;
  bool dnssec_ok = false;
  unsigned version = 0;
};

inline Bytes query(std::string_view name, std::uint16_t type, const QueryShape& shape = {}) {
  Bytes message;
  put16(message, shape.id);
  put16(message, shape.flags);
  put16(message, 1), put16(message, 0), put16(message, 0), put16(message, shape.edns ? 1 : 0);
  put(message, wire_as_is(name));
  put16(message, type), put16(message, 1);
  if (shape.edns) {
    message.push_back(0);
    put16(message, 41), put16(message, shape.udp_size);
    message.push_back(0), message.push_back(static_cast<std::uint8_t>(shape.version));
    put16(message, shape.dnssec_ok ? 0x8000 : 0), put16(message, 0);
  }
  return message;
}

struct Rr {
  std::string owner;
  std::uint16_t type;
  std::uint32_t ttl;
  std::string rdata;
};

inline std::string a(std::string_view quad) {
  const auto address = IpAddress::parse(quad).value();
  return {reinterpret_cast<const char*>(address.bytes().data()), address.bytes().size()};
}

inline std::string srv(unsigned priority, unsigned weight, unsigned port, std::string_view target) {
  std::string rdata;
  for (const unsigned value : {priority, weight, port})
    rdata += static_cast<char>(value >> 8), rdata += static_cast<char>(value);
  return rdata + wire(target);
}

inline std::string soa(std::uint32_t minimum) {
  std::string rdata = wire("ns.test") + wire("admin.test");
  for (const std::uint32_t value : {1u, 2u, 3u, 4u, minimum}) {
    for (int shift = 24; shift >= 0; shift -= 8) rdata += static_cast<char>(value >> shift);
  }
  return rdata;
}

inline Bytes response(std::string_view name, std::uint16_t type, unsigned rcode, const std::vector<Rr>& answers,
                      const std::vector<Rr>& authority = {}, const std::vector<Rr>& additional = {}) {
  Bytes message;
  put16(message, 0x4321);
  put16(message, 0x8180 | rcode);
  put16(message, 1), put16(message, static_cast<unsigned>(answers.size())),
      put16(message, static_cast<unsigned>(authority.size())), put16(message, static_cast<unsigned>(additional.size()));
  put(message, wire_as_is(name));
  put16(message, type), put16(message, 1);
  for (const auto* section : {&answers, &authority, &additional}) {
    for (const Rr& rr : *section) {
      put(message, wire_as_is(rr.owner));
      put16(message, rr.type), put16(message, 1), put32(message, rr.ttl),
          put16(message, static_cast<unsigned>(rr.rdata.size()));
      put(message, rr.rdata);
    }
  }
  return message;
}

}  // namespace sinkfeed::test
