// Records as a server that others attack has them.
#pragma once

#include <string>
#include <string_view>

#include "store/history_record.hpp"

namespace sinkfeed::out_test {

inline IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }
inline DnsName name(std::string_view text) { return DnsName::parse(text).value(); }

inline void add_address(QueryRecord& r, std::string_view text) {
  const IpAddress address = ip(text);
  PackedAnswers::append(r.answers, address.is_v4() ? 1 : 28,
                        {reinterpret_cast<const char*>(address.bytes().data()), address.bytes().size()});
}

inline QueryRecord sunk() {
  QueryRecord r;
  r.time = WallTime{std::chrono::microseconds{1'790'000'000'123'456}};
  r.client = ip("10.0.0.7");
  r.client_port = 5353;
  r.name = name("talk.google.com");
  r.type = 1;
  r.flags = kFlagRd | kFlagEdns;
  r.verdict = Verdict::sinkhole;
  r.rule = "google-talk: suffix talk.google.com (core)";
  r.ede = 15;
  add_address(r, "192.0.2.1");
  r.latency_us = 42;
  return r;
}

// talk.example is an alias of l.example, which has two addresses.
inline QueryRecord passed() {
  QueryRecord r = sunk();
  r.client = ip("2001:db8::7");
  r.transport = Transport::tcp;
  r.origin = Origin::upstream;
  r.name = name("www.example");
  r.verdict = Verdict::pass;
  r.rule.clear();
  r.ede.reset();
  r.answers.clear();
  PackedAnswers::append(r.answers, 5, name("l.example").wire());
  add_address(r, "198.51.100.1");
  add_address(r, "198.51.100.2");
  r.upstream = ip("192.0.2.53");
  return r;
}

inline QueryRecord gap() {
  QueryRecord r;
  r.kind = QueryRecord::Kind::gap;
  r.time = WallTime{std::chrono::microseconds{1'790'000'000'123'456}};
  r.gap_count = 17;
  return r;
}

// The longest and strangest that a record can be.
inline QueryRecord monstrous() {
  QueryRecord r = passed();
  std::string wire;
  for (int label = 0; label < 4; ++label) wire += char(label < 3 ? 63 : 61) + std::string(label < 3 ? 63 : 61, '\x01');
  wire += '\0';
  r.name = DnsName::from_wire({reinterpret_cast<const std::uint8_t*>(wire.data()), wire.size()});
  r.rule = std::string(255, '"');
  r.type = 65535;
  r.verdict = Verdict::sinkhole;
  r.flags = 0xffff;
  r.rcode = 255;
  r.ede = 65535;
  r.upstream = ip("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff");
  r.client = *r.upstream;
  r.latency_us = 0xffffffff;
  r.answers.clear();
  while (r.answers.size() < 3800) PackedAnswers::append(r.answers, 16, std::string(1, '\x20') + std::string(32, '\\'));
  return r;
}

}  // namespace sinkfeed::out_test
