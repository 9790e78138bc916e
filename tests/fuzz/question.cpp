// Any packet from a client: read without harm, and what goes back is never more than it may be.
#include "resolver/question.hpp"

#include <algorithm>

#include "resolver/answer.hpp"
#include "tests/fuzz/check.hpp"

using namespace sinkfeed;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > dns::kMaxMessage) return 0;
  const std::vector<std::uint8_t> packet(data, data + size);  // so that reading beyond it is noticed
  Query query;
  parse_query(packet, query);
  SINKFEED_CHECK(size >= dns::kHeaderSize || query.kind == QueryKind::silence);
  if (query.kind == QueryKind::silence) return 0;
  if (query.kind == QueryKind::query || query.kind == QueryKind::bad_version) SINKFEED_CHECK(query.has_question);
  if (query.has_question) {
    SINKFEED_CHECK(!query.name().empty() && query.name().size() <= dns::kMaxName && query.name().back() == '\0');
    SINKFEED_CHECK(query.sent_name.data() == packet.data() + dns::kHeaderSize);
    for (std::size_t i = 0; i < query.name().size(); i++) {
      const char sent = static_cast<char>(query.sent_name[i]), lower = query.name()[i];
      SINKFEED_CHECK(lower == sent || (sent >= 'A' && sent <= 'Z' && lower == sent + 32));
    }
  }
  SINKFEED_CHECK(query.udp_size >= dns::kMinUdpAnswer && udp_limit(query) <= dns::kMaxUdpAnswer);
  std::vector<std::uint8_t> out(dns::kMinUdpAnswer + 64);
  const std::string_view why = "a text that says why";
  const std::size_t written = write_bare(query, dns::REFUSED, {true, 18, why}, size % 2, out);
  // The question, and an OPT with an extended error if they sent one: no amplifier.
  SINKFEED_CHECK(written <= dns::kHeaderSize + query.sent_name.size() + 4 + (query.edns ? 17 + why.size() : 0));
  SINKFEED_CHECK((out[2] & 0x80) != 0 && out[0] == packet[0] && out[1] == packet[1]);
  return 0;
}
