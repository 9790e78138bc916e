// Any message from upstream: what is kept of it is a sound message that answers the question, and the hot path can
// patch, pack and cut it for any client. And our reader sees in a message what ldns sees, except where it is stricter.
#include "resolver/judge.hpp"

#include <ldns/ldns.h>

#include <algorithm>
#include <array>
#include <memory>

#include "resolver/answer.hpp"
#include "resolver/answer_section.hpp"
#include "resolver/client_subnet.hpp"
#include "resolver/message_reader.hpp"
#include "resolver/nxdomain_cut.hpp"
#include "tests/fuzz/check.hpp"

using namespace sinkfeed;

namespace {

using Packet = std::unique_ptr<ldns_pkt, decltype(&ldns_pkt_free)>;
using Section = MessageReader::Section;

Packet parsed_by_ldns(std::span<const std::uint8_t> message) {
  ldns_pkt* parsed = nullptr;
  const ldns_status status = ldns_wire2pkt(&parsed, message.data(), message.size());
  return {status == LDNS_STATUS_OK ? parsed : nullptr, ldns_pkt_free};
}

// What our reader makes of a message.
struct Reading {
  explicit Reading(std::span<const std::uint8_t> message) : reader(message) {
    sound = reader.read_question();
    for (const Section section : {Section::answer, Section::authority, Section::additional}) {
      for (unsigned left = reader.count(section); sound && left; left--) {
        last = {};
        sound = reader.read_record(last);
        if (last.type) foreign |= looked_into_by_ldns_alone(last.type);
        if (sound) records[static_cast<std::size_t>(section)].push_back(last);
      }
    }
  }

  // A type that we pass byte for byte and ldns takes apart, or reads no further than it knows.
  static bool looked_into_by_ldns_alone(std::uint16_t type) {
    constexpr std::uint16_t kOurs[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  12, 13, 14, 15, 16, 17,
                                       18, 21, 24, 26, 28, 30, 33, 35, 36, 39, 46, 47, 64, 65};
    if (std::find(std::begin(kOurs), std::end(kOurs), type) != std::end(kOurs)) return false;
    const ldns_rr_descriptor* descriptor = ldns_rr_descript(type);
    return ldns_rr_descriptor_maximum(descriptor) != 1 ||
           ldns_rr_descriptor_field_type(descriptor, 0) != LDNS_RDF_TYPE_UNKNOWN;
  }

  // That we refuse the message and ldns takes it is meant (resolver/message_reader.hpp).
  bool stricter_on_purpose() const {
    const std::string_view problem = reader.problem();
    for (const std::string_view meant :
         {"it has not one question", "a name's pointer does not lead to an earlier name",
          "a name is compressed where it must not be", "a record's data is shorter than its type",
          "a record's data is longer than its type"})
      if (problem == meant) return true;
    // In RDATA: ldns lets a name run on behind it, and does not know SVCB.
    return (last.type && problem == "a name has no end") || last.type == dns::SVCB || last.type == dns::HTTPS;
  }

  MessageReader reader;
  bool sound = false;
  bool foreign = false;
  MessageRecord last;
  std::vector<MessageRecord> records[3];
};

std::string bytes_of(const ldns_rdf* field) {
  return {reinterpret_cast<const char*>(ldns_rdf_data(field)), ldns_rdf_size(field)};
}

std::string lowered(std::string name) {
  for (char& c : name) c = static_cast<char>(dns::kLower[static_cast<std::uint8_t>(c)]);
  return name;
}

void check_section(const ldns_rr_list* list, const std::vector<MessageRecord>& records) {
  SINKFEED_CHECK(ldns_rr_list_rr_count(list) == records.size());
  for (std::size_t i = 0; i < records.size(); i++) {
    const ldns_rr* rr = ldns_rr_list_rr(list, i);
    SINKFEED_CHECK(lowered(bytes_of(ldns_rr_owner(rr))) == records[i].owner);
    SINKFEED_CHECK(ldns_rr_get_type(rr) == records[i].type);
    SINKFEED_CHECK(ldns_rr_get_class(rr) == records[i].klass);
    SINKFEED_CHECK(ldns_rr_ttl(rr) == records[i].ttl);
    std::string rdata;
    for (std::size_t field = 0; field < ldns_rr_rd_count(rr); field++) rdata += bytes_of(ldns_rr_rdf(rr, field));
    SINKFEED_CHECK(rdata == records[i].rdata);
  }
}

void compare_with_ldns(std::span<const std::uint8_t> message) {
  const Reading ours(message);
  if (ours.foreign) return;
  const Packet packet = parsed_by_ldns(message);
  if (!ours.sound) {
    SINKFEED_CHECK(!packet || ours.stricter_on_purpose());
    return;
  }
  SINKFEED_CHECK(packet);
  const ldns_rr* question = ldns_rr_list_rr(ldns_pkt_question(packet.get()), 0);
  SINKFEED_CHECK(lowered(bytes_of(ldns_rr_owner(question))) == ours.reader.question().owner);
  SINKFEED_CHECK(ldns_rr_get_type(question) == ours.reader.question().type);
  SINKFEED_CHECK(ldns_rr_get_class(question) == ours.reader.question().klass);
  check_section(ldns_pkt_answer(packet.get()), ours.records[0]);
  check_section(ldns_pkt_authority(packet.get()), ours.records[1]);
  std::vector<MessageRecord> additional = ours.records[2];
  std::string options;
  std::erase_if(additional, [&](const MessageRecord& record) {
    if (record.type == dns::OPT && !record.rdata.empty()) options = record.rdata;
    return record.type == dns::OPT;
  });
  check_section(ldns_pkt_additional(packet.get()), additional);
  const ldns_rdf* ldns_options = ldns_pkt_edns_data(packet.get());
  SINKFEED_CHECK(options == (ldns_options ? bytes_of(ldns_options) : ""));
}

void check_message(const std::uint8_t* data, std::size_t size) {
  const Reading ours({data, size});
  SINKFEED_CHECK(ours.sound);
  SINKFEED_CHECK(ours.reader.flags() & dns::kQr);
  compare_with_ldns({data, size});
}

// What is read of a client subnet option is what it would be written as, but for the scope.
void check_client_subnet(std::span<const std::uint8_t> message) {
  const ClientSubnetAnswer read = client_subnet_of(message);
  SINKFEED_CHECK(read.subnet.has_value() == (read.kind == ClientSubnetAnswer::Kind::present));
  if (!read.subnet) return;
  std::array<std::uint8_t, kMaxClientSubnetOption> room;
  const std::size_t size = write_client_subnet(read.subnet->source, room);
  const auto again = read_client_subnet({reinterpret_cast<const char*>(room.data()), size});
  SINKFEED_CHECK(again.subnet && again.subnet->source == read.subnet->source);
  SINKFEED_CHECK(read.subnet->scope <= (read.subnet->source.address().is_v4() ? 32 : 128));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The first bytes choose the rules; the question is the message's own, so that the message is looked into.
  if (size < 4 + dns::kHeaderSize || size > dns::kMaxMessage) return 0;
  const std::vector<std::uint8_t> message(data + 4, data + size);
  compare_with_ldns(message);
  check_client_subnet(message);
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
