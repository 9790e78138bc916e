#include "resolver/local_names.hpp"

#include <array>
#include <unordered_map>

#include "config/dns_name.hpp"
#include "resolver/block_answer.hpp"
#include "resolver/message_writer.hpp"
#include "resolver/wire.hpp"

namespace sinkfeed {

namespace {

using Answer = LocalName::Answer;

constexpr std::uint32_t kLocalTtl = 3600;

struct Zone {
  Answer at_apex, below;
  std::string_view why;
};

// RFC 6303 and RFC 7793: the reverse zones that every resolver answers by itself. An empty zone has its apex (NODATA)
// and nothing below it.
constexpr std::array kReverseZones = {"10.in-addr.arpa",
                                      "168.192.in-addr.arpa",
                                      "0.in-addr.arpa",
                                      "127.in-addr.arpa",
                                      "254.169.in-addr.arpa",
                                      "2.0.192.in-addr.arpa",
                                      "100.51.198.in-addr.arpa",
                                      "113.0.203.in-addr.arpa",
                                      "255.255.255.255.in-addr.arpa",
                                      "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa",
                                      "d.f.ip6.arpa",
                                      "8.e.f.ip6.arpa",
                                      "9.e.f.ip6.arpa",
                                      "a.e.f.ip6.arpa",
                                      "b.e.f.ip6.arpa",
                                      "8.b.d.0.1.0.0.2.ip6.arpa"};
constexpr std::array kLoopbackNames = {"1.0.0.127.in-addr.arpa",
                                       "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa"};

struct ByText {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
};
using Zones = std::unordered_map<std::string, Zone, ByText, std::equal_to<>>;

const Zones& zones() {
  static const Zones all = [] {
    Zones made;
    const auto add = [&](std::string_view name, const Zone& zone) {
      made.emplace(DnsName::parse(name).value().wire(), zone);
    };
    add("localhost", {Answer::loopback, Answer::loopback, "RFC 6761: localhost"});
    add("invalid", {Answer::nxdomain, Answer::nxdomain, "RFC 6761: invalid"});
    add("local", {Answer::nxdomain, Answer::nxdomain, "RFC 6762: local is for multicast DNS"});
    add("onion", {Answer::nxdomain, Answer::nxdomain, "RFC 7686: onion is not DNS"});
    add("home.arpa", {Answer::no_data, Answer::nxdomain, "RFC 8375: home.arpa is the local network's"});
    add("resolver.arpa", {Answer::no_data, Answer::no_data, "RFC 9462: no encrypted DNS here"});
    add("ipv4only.arpa", {Answer::ipv4_only, Answer::nxdomain, "RFC 8880: no NAT64 here"});
    for (const std::string_view zone : kReverseZones)
      add(zone, {Answer::no_data, Answer::nxdomain, "RFC 6303: a private reverse zone"});
    for (int second = 16; second < 32; second++)
      add(std::to_string(second) + ".172.in-addr.arpa",
          {Answer::no_data, Answer::nxdomain, "RFC 6303: a private reverse zone"});
    for (int second = 64; second < 128; second++)
      add(std::to_string(second) + ".100.in-addr.arpa",
          {Answer::no_data, Answer::nxdomain, "RFC 7793: a shared reverse zone"});
    for (const std::string_view name : kLoopbackNames)
      add(name, {Answer::loopback_name, Answer::nxdomain, "RFC 6761: localhost"});
    for (const std::string_view name :
         {"use-application-dns.net", "mask.icloud.com", "mask-h2.icloud.com", "mask-canary.icloud.com"})
      add(name, {Answer::nxdomain, Answer::nxdomain, "clients shall keep asking here"});
    return made;
  }();
  return all;
}

std::string loopback_wire() { return std::string("\x09localhost", 10) + '\0'; }

// MNAME and RNAME as RFC 6303 3 has them.
std::string soa_of(std::string_view zone) {
  std::string rdata = std::string(zone) + std::string("\x06nobody\x07invalid", 15) + '\0';
  for (const std::uint32_t value : {1u, 3600u, 1200u, 604800u, kLocalTtl}) {
    for (int shift = 24; shift >= 0; shift -= 8) rdata += static_cast<char>(value >> shift);
  }
  return rdata;
}

}  // namespace

std::optional<LocalName> local_name(std::string_view name, std::uint16_t type) {
  const Zones& all = zones();
  // From the whole name up: the most specific zone counts.
  for (std::size_t at = 0; name.size() - at > 1; at += static_cast<std::uint8_t>(name[at]) + std::size_t{1}) {
    const auto found = all.find(name.substr(at));
    if (found == all.end()) continue;
    // The delegation of home.arpa is the parent's to show (RFC 8375 4).
    if (at == 0 && type == dns::DS && found->second.at_apex == Answer::no_data) return std::nullopt;
    return LocalName{at == 0 ? found->second.at_apex : found->second.below, found->second.why, found->first};
  }
  return std::nullopt;
}

MadeAnswer make_local_answer(const LocalName& local, std::string_view name, std::uint16_t type) {
  using Section = MessageWriter::Section;
  const Answer answer = local.answer;
  MadeAnswer made;
  made.rcode = answer == Answer::nxdomain ? dns::NXDOMAIN : dns::NOERROR;
  MessageWriter writer(name, type, dns::IN, made.rcode, false);
  bool empty = true;
  const auto add = [&](std::string_view rdata) {
    writer.add(Section::answer, name, type, dns::IN, kLocalTtl, rdata, false);
    empty = false;
  };
  // The zones that have an apex (RFC 6303 3: SOA and NS, of the zone's own name).
  const bool at_apex = name == local.zone && answer != Answer::nxdomain && answer != Answer::loopback_name;
  if (at_apex && type == dns::SOA) add(soa_of(local.zone));
  if (at_apex && type == dns::NS) add(local.zone);
  if (answer == Answer::loopback && type == dns::A) add({"\x7f\0\0\x01", 4});
  if (answer == Answer::loopback && type == dns::AAAA) add({"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", 16});
  if (answer == Answer::loopback_name && type == dns::PTR) add(loopback_wire());
  if (answer == Answer::ipv4_only && type == dns::A) {
    add({"\xc0\0\0\xaa", 4});
    add({"\xc0\0\0\xab", 4});
  }
  if (empty) writer.add(Section::authority, local.zone, dns::SOA, dns::IN, kLocalTtl, soa_of(local.zone), false);
  made.message = writer.message();
  return made;
}

}  // namespace sinkfeed
