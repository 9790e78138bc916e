// Any message from upstream: what is kept of it is a sound message that answers the question, and the hot path can
// patch, pack and cut it for any client.
#include "resolver/judge.hpp"

#include <ldns/ldns.h>

#include <memory>

#include "resolver/answer.hpp"
#include "resolver/answer_section.hpp"
#include "resolver/nxdomain_cut.hpp"
#include "tests/fuzz/check.hpp"

using namespace sinkfeed;

namespace {

void check_message(const std::uint8_t* data, std::size_t size) {
  ldns_pkt* parsed = nullptr;
  SINKFEED_CHECK(ldns_wire2pkt(&parsed, data, size) == LDNS_STATUS_OK);
  const std::unique_ptr<ldns_pkt, decltype(&ldns_pkt_free)> packet(parsed, ldns_pkt_free);
  SINKFEED_CHECK(ldns_pkt_qr(packet.get()) && ldns_pkt_qdcount(packet.get()) == 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The first bytes choose the rules; the question is the message's own, so that the message is looked into.
  if (size < 4 + dns::kHeaderSize || size > dns::kMaxMessage) return 0;
  const std::vector<std::uint8_t> message(data + 4, data + size);
  std::vector<std::uint8_t> question = message;
  question[2] &= 0x01;  // a query
  question[4] = 0, question[5] = 1;
  for (std::size_t i = 6; i < dns::kHeaderSize; i++) question[i] = 0;
  Query query;
  parse_query(question, query);
  if (!query.has_question) return 0;
  const JudgeRules rules{.min_ttl = data[0] & 1 ? 30u : 0u,
                         .max_ttl = 86400,
                         .max_negative_ttl = 3600,
                         .dnssec_ok = (data[0] & 2) != 0,
                         .trust_ad = (data[0] & 4) != 0,
                         .drop_private = (data[0] & 8) != 0};
  const auto judged = judge(message, query.name(), query.type, query.klass, rules);
  if (!judged) return 0;
  SINKFEED_CHECK(judged->chain.size() <= 16);
  SINKFEED_CHECK(judged->lifetime_s <= rules.max_ttl);
  check_message(reinterpret_cast<const std::uint8_t*>(judged->message.data()), judged->message.size());
  for (const std::uint16_t offset : judged->ttl_offsets) {
    SINKFEED_CHECK(offset + 4u <= judged->message.size());
    SINKFEED_CHECK(dns::read32(reinterpret_cast<const std::uint8_t*>(judged->message.data()) + offset) <=
                   rules.max_ttl);
  }
  query.edns = (data[1] & 1) != 0;
  query.udp_size = static_cast<std::uint16_t>(512 + data[2] * 8);
  std::vector<std::uint8_t> out(data[1] & 2 ? dns::kMaxMessage : dns::kMaxUdpAnswer);
  const std::size_t limit = data[1] & 2 ? out.size() : udp_limit(query);
  const std::size_t written =
      write_answer(query, judged->message, judged->ttl_offsets, data[3] * 1000u,
                   {(data[1] & 4) != 0, 15, "google-talk: suffix talk.google.com (core)"}, limit, out);
  SINKFEED_CHECK(written <= limit);
  check_message(out.data(), written);
  std::vector<char> room(data[1] & 8 ? 4096 : 40);
  const std::string_view packed = pack_answers(judged->message, query.sent_name.size() + 4, room);
  SINKFEED_CHECK(packed.size() <= room.size());
  const NxdomainAnswer cut(judged->message, query.name(), 28);
  check_message(reinterpret_cast<const std::uint8_t*>(cut.message().data()), cut.message().size());
  return 0;
}
