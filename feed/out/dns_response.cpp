#include "feed/out/dns_response.hpp"

#include "store/wire_name.hpp"

namespace sinkfeed {

namespace {

constexpr unsigned kQr = 0x8000, kTc = 0x0200, kRd = 0x0100, kRa = 0x0080, kCd = 0x0010;
constexpr std::uint16_t kClassIn = 1, kCname = 5, kOpt = 41, kExtendedError = 15, kUdpSize = 1232, kDnssecOk = 0x8000;
constexpr std::uint16_t kQuestionName = 0xc00c;  // a pointer to it
constexpr std::size_t kCutAt = 255;

void add_u16(std::string& to, unsigned value) {
  to += static_cast<char>(value >> 8 & 0xff);
  to += static_cast<char>(value & 0xff);
}

void add_bytes(std::string& to, std::string_view bytes) {
  add_u16(to, static_cast<unsigned>(bytes.size()));
  to += bytes;
}

// Answers stand in the order of the chain: after a CNAME what follows is the name's that it leads to.
unsigned add_answers(std::string& to, const QueryRecord& r) {
  unsigned count = 0;
  std::string owner;  // empty: the question's
  for (const PackedAnswers::Item& item : PackedAnswers::items(r.answers)) {
    if (item.bytes.size() >= kCutAt) continue;
    if (owner.empty())
      add_u16(to, kQuestionName);
    else
      to += owner;
    add_u16(to, item.type);
    add_u16(to, kClassIn);
    to.append(4, '\0');  // TTL
    add_bytes(to, item.bytes);
    ++count;
    if (item.type == kCname && is_wire_name(item.bytes)) owner = item.bytes;
  }
  return count;
}

void add_opt(std::string& to, const QueryRecord& r) {
  to += '\0';
  add_u16(to, kOpt);
  add_u16(to, kUdpSize);
  add_u16(to, static_cast<unsigned>(r.rcode >> 4) << 8);
  add_u16(to, r.flags & kFlagDo ? kDnssecOk : 0);
  std::string options;
  if (r.ede) {
    add_u16(options, kExtendedError);
    add_u16(options, 2);
    add_u16(options, *r.ede);
  }
  add_bytes(to, options);
}

}  // namespace

std::string dns_response(const QueryRecord& r) {
  std::string answers;
  const unsigned count = add_answers(answers, r);
  const bool has_opt = r.flags & kFlagEdns;
  std::string message;
  add_u16(message, 0);  // ID
  add_u16(message, kQr | kRa | (r.flags & kFlagTruncated ? kTc : 0) | (r.flags & kFlagRd ? kRd : 0) |
                       (r.flags & kFlagCd ? kCd : 0) | (r.rcode & 0xfU));
  add_u16(message, 1);
  add_u16(message, count);
  add_u16(message, 0);
  add_u16(message, has_opt ? 1 : 0);
  message += r.name.wire();
  add_u16(message, r.type);
  add_u16(message, kClassIn);
  message += answers;
  if (has_opt) add_opt(message, r);
  return message;
}

}  // namespace sinkfeed
