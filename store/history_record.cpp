// Query records for people: names of types, codes and origins, and the packed answers.
#include "store/history_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "store/rdata_text.hpp"

namespace sinkfeed {
namespace {

constexpr std::uint16_t kTypeA = 1, kTypeAaaa = 28;
constexpr std::size_t kItemHead = 3, kLongestItem = 255;

template <class Code>
using Name = std::pair<Code, std::string_view>;

// IANA: DNS resource record types.
constexpr auto kTypes = std::to_array<Name<std::uint16_t>>(
    {{1, "A"},           {2, "NS"},     {5, "CNAME"},   {6, "SOA"},     {11, "WKS"},    {12, "PTR"},
     {13, "HINFO"},      {15, "MX"},    {16, "TXT"},    {17, "RP"},     {18, "AFSDB"},  {24, "SIG"},
     {25, "KEY"},        {28, "AAAA"},  {29, "LOC"},    {33, "SRV"},    {35, "NAPTR"},  {36, "KX"},
     {37, "CERT"},       {39, "DNAME"}, {41, "OPT"},    {42, "APL"},    {43, "DS"},     {44, "SSHFP"},
     {45, "IPSECKEY"},   {46, "RRSIG"}, {47, "NSEC"},   {48, "DNSKEY"}, {49, "DHCID"},  {50, "NSEC3"},
     {51, "NSEC3PARAM"}, {52, "TLSA"},  {53, "SMIMEA"}, {55, "HIP"},    {59, "CDS"},    {60, "CDNSKEY"},
     {61, "OPENPGPKEY"}, {62, "CSYNC"}, {63, "ZONEMD"}, {64, "SVCB"},   {65, "HTTPS"},  {99, "SPF"},
     {104, "NID"},       {105, "L32"},  {106, "L64"},   {107, "LP"},    {108, "EUI48"}, {109, "EUI64"},
     {249, "TKEY"},      {250, "TSIG"}, {251, "IXFR"},  {252, "AXFR"},  {253, "MAILB"}, {254, "MAILA"},
     {255, "ANY"},       {256, "URI"},  {257, "CAA"},   {258, "AVC"},   {259, "DOA"},   {260, "AMTRELAY"},
     {261, "RESINFO"},   {32768, "TA"}, {32769, "DLV"}});

// IANA: DNS RCODEs.
constexpr auto kRcodes = std::to_array<Name<std::uint8_t>>(
    {{0, "NOERROR"},  {1, "FORMERR"},    {2, "SERVFAIL"}, {3, "NXDOMAIN"},  {4, "NOTIMP"},
     {5, "REFUSED"},  {6, "YXDOMAIN"},   {7, "YXRRSET"},  {8, "NXRRSET"},   {9, "NOTAUTH"},
     {10, "NOTZONE"}, {11, "DSOTYPENI"}, {16, "BADVERS"}, {17, "BADKEY"},   {18, "BADTIME"},
     {19, "BADMODE"}, {20, "BADNAME"},   {21, "BADALG"},  {22, "BADTRUNC"}, {23, "BADCOOKIE"}});

template <class Names, class Code>
std::string name_of(const Names& names, Code code, std::string_view otherwise) {
  for (const auto& [known, name] : names) {
    if (known == code) return std::string{name};
  }
  return fmt::format("{}{}", otherwise, code);
}

// A name of the table, `prefix` and a number, or a bare number; in any case.
template <class Code, class Names>
std::optional<Code> code_of(const Names& names, std::string_view text, std::string_view prefix) {
  std::string upper{text};
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; });
  for (const auto& [code, name] : names) {
    if (name == upper) return code;
  }
  std::string_view digits{upper};
  if (digits.starts_with(prefix)) digits.remove_prefix(prefix.size());
  Code code{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return code;
}

}  // namespace

std::string_view transport_name(Transport transport) { return transport == Transport::tcp ? "tcp" : "udp"; }

std::string_view origin_name(Origin origin) {
  switch (origin) {
    case Origin::cache:
      return "cache";
    case Origin::upstream:
      return "upstream";
    case Origin::policy:
      break;
  }
  return "policy";
}

void PackedAnswers::append(std::string& to, std::uint16_t type, std::string_view bytes) {
  bytes = bytes.substr(0, kLongestItem);
  to += static_cast<char>(type >> 8);
  to += static_cast<char>(type & 0xff);
  to += static_cast<char>(bytes.size());
  to += bytes;
}

std::optional<PackedAnswers::Item> PackedAnswers::take(std::string_view& packed) {
  if (packed.size() < kItemHead) return std::nullopt;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(packed[at]); };
  const std::size_t length = byte(2);
  if (packed.size() < kItemHead + length) return std::nullopt;
  const Item item{static_cast<std::uint16_t>(byte(0) << 8 | byte(1)), packed.substr(kItemHead, length)};
  packed.remove_prefix(kItemHead + length);
  return item;
}

std::vector<PackedAnswers::Item> PackedAnswers::items(std::string_view packed) {
  std::vector<Item> items;
  while (const auto item = take(packed)) items.push_back(*item);
  return items;
}

std::optional<IpAddress> PackedAnswers::Item::address() const {
  const auto* const from = reinterpret_cast<const std::uint8_t*>(bytes.data());
  if (type == kTypeA && bytes.size() == 4) return IpAddress::v4(std::span<const std::uint8_t, 4>{from, 4});
  if (type == kTypeAaaa && bytes.size() == 16) return IpAddress::v6(std::span<const std::uint8_t, 16>{from, 16});
  return std::nullopt;
}

std::string PackedAnswers::Item::text() const {
  if (const auto value = address()) return value->text();
  return fmt::format("{} {}", type_name(type), rdata_text(type, bytes));
}

std::string type_name(std::uint16_t type) { return name_of(kTypes, type, "TYPE"); }
std::optional<std::uint16_t> parse_type(std::string_view text) { return code_of<std::uint16_t>(kTypes, text, "TYPE"); }
std::string rcode_name(std::uint8_t rcode) { return name_of(kRcodes, rcode, "RCODE"); }
std::optional<std::uint8_t> parse_rcode(std::string_view text) { return code_of<std::uint8_t>(kRcodes, text, "RCODE"); }

}  // namespace sinkfeed
