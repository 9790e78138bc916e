#include "store/rdata_text.hpp"

#include <fmt/format.h>
#include <ldns/ldns.h>

#include <memory>

namespace sinkfeed {

std::string rdata_text(std::uint16_t type, std::string_view rdata) {
  // A record of the root with this RDATA, for ldns to read: owner, type, class IN, TTL 0, length.
  std::string wire(1, '\0');
  for (const unsigned value : {unsigned{type}, 1U, 0U, 0U, static_cast<unsigned>(rdata.size())}) {
    wire += static_cast<char>(value >> 8);
    wire += static_cast<char>(value);
  }
  wire += rdata;
  ldns_rr* parsed = nullptr;
  std::size_t position = 0;
  const ldns_status status = ldns_wire2rr(&parsed, reinterpret_cast<const std::uint8_t*>(wire.data()), wire.size(),
                                          &position, LDNS_SECTION_ANSWER);
  const std::unique_ptr<ldns_rr, decltype(&ldns_rr_free)> record(status == LDNS_STATUS_OK ? parsed : nullptr,
                                                                 ldns_rr_free);
  std::string text;
  for (std::size_t field = 0; record && field < ldns_rr_rd_count(record.get()); ++field) {
    const std::unique_ptr<char, decltype(&free)> part(ldns_rdf2str(ldns_rr_rdf(record.get(), field)), free);
    if (!part) break;
    text += (field ? " " : "") + std::string(part.get());
  }
  if (!text.empty()) return text;
  text = fmt::format("\\# {}", rdata.size());
  for (std::size_t i = 0; i < rdata.size(); ++i)
    text += fmt::format("{}{:02X}", i ? "" : " ", static_cast<std::uint8_t>(rdata[i]));
  return text;
}

}  // namespace sinkfeed
