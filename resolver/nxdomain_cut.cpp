#include "resolver/nxdomain_cut.hpp"

#include <ldns/ldns.h>

#include <memory>

#include "resolver/message_writer.hpp"

namespace sinkfeed {

namespace {

std::string_view bytes_of(const ldns_rdf* field) {
  return {reinterpret_cast<const char*>(ldns_rdf_data(field)), ldns_rdf_size(field)};
}

}  // namespace

NxdomainAnswer nxdomain_below(std::string_view cached, std::string_view name, std::uint16_t type, std::uint32_t age_s) {
  MessageWriter writer(name, type, dns::IN, dns::NXDOMAIN, false);
  ldns_pkt* parsed = nullptr;
  if (ldns_wire2pkt(&parsed, reinterpret_cast<const std::uint8_t*>(cached.data()), cached.size()) == LDNS_STATUS_OK) {
    const std::unique_ptr<ldns_pkt, decltype(&ldns_pkt_free)> packet(parsed, ldns_pkt_free);
    const ldns_rr_list* authority = ldns_pkt_authority(packet.get());
    for (std::size_t i = 0; i < ldns_rr_list_rr_count(authority); i++) {
      const ldns_rr* rr = ldns_rr_list_rr(authority, i);
      if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_SOA) continue;
      std::string rdata;
      for (std::size_t field = 0; field < ldns_rr_rd_count(rr); field++) rdata += bytes_of(ldns_rr_rdf(rr, field));
      const std::uint32_t ttl = ldns_rr_ttl(rr);
      writer.add(MessageWriter::Section::authority, bytes_of(ldns_rr_owner(rr)), dns::SOA, dns::IN,
                 ttl > age_s ? ttl - age_s : 0, rdata, true);
      break;
    }
  }
  return {writer.message(), writer.ttl_offsets()};
}

}  // namespace sinkfeed
