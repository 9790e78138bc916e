#include "resolver/query_report.hpp"

#include <fmt/format.h>
#include <ldns/ldns.h>

#include <chrono>
#include <cstdlib>
#include <memory>

#include "resolver/policy.hpp"
#include "resolver/socket_address.hpp"
#include "resolver/wire.hpp"
#include "store/history_record.hpp"

namespace sinkfeed {

namespace {

constexpr int kPatienceSeconds = 5;
constexpr std::uint16_t kEdeOption = 15;

Endpoint server_of(const Configuration& configuration) {
  Endpoint at = configuration.settings.dns.listen.front();
  if (is_wildcard(at.address)) at.address = *IpAddress::parse(at.address.is_v4() ? "127.0.0.1" : "::1");
  return at;
}

// RFC 8914 2: INFO-CODE and EXTRA-TEXT of the first such option.
std::string extended_error_of(const ldns_pkt* packet) {
  const ldns_rdf* options = ldns_pkt_edns_data(packet);
  if (!options) return "";
  const std::uint8_t* bytes = ldns_rdf_data(options);
  for (std::size_t at = 0, size = ldns_rdf_size(options); at + 4 <= size;) {
    const std::size_t length = dns::read16(bytes + at + 2);
    if (at + 4 + length > size) break;
    if (dns::read16(bytes + at) == kEdeOption && length >= 2)
      return fmt::format("{} {}", dns::read16(bytes + at + 4),
                         std::string_view(reinterpret_cast<const char*>(bytes + at + 6), length - 2));
    at += 4 + length;
  }
  return "";
}

std::vector<std::string> texts_of(const ldns_rr_list* list) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
    const std::unique_ptr<char, decltype(&free)> text(ldns_rr2str(ldns_rr_list_rr(list, i)), free);
    std::string line = text ? text.get() : "";
    while (!line.empty() && line.back() == '\n') line.pop_back();
    for (char& c : line) c = c == '\t' ? ' ' : c;
    texts.push_back(std::move(line));
  }
  return texts;
}

Result<QueryReport> ask(const Endpoint& server, const DnsName& name, std::uint16_t type) {
  const std::unique_ptr<ldns_resolver, decltype(&ldns_resolver_deep_free)> resolver(ldns_resolver_new(),
                                                                                    ldns_resolver_deep_free);
  ldns_rdf* address = ldns_rdf_new_frm_str(server.address.is_v4() ? LDNS_RDF_TYPE_A : LDNS_RDF_TYPE_AAAA,
                                           server.address.text().c_str());
  ldns_resolver_push_nameserver(resolver.get(), address);
  ldns_rdf_deep_free(address);
  ldns_resolver_set_port(resolver.get(), server.port);
  ldns_resolver_set_edns_udp_size(resolver.get(), dns::kMaxUdpAnswer);
  ldns_resolver_set_retry(resolver.get(), 1);
  ldns_resolver_set_timeout(resolver.get(), {kPatienceSeconds, 0});
  ldns_rdf* owner = ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, name.wire().size(), name.wire().data());
  ldns_pkt* received = nullptr;
  const auto start = std::chrono::steady_clock::now();
  const ldns_status status = ldns_resolver_query_status(&received, resolver.get(), owner,
                                                        static_cast<ldns_rr_type>(type), LDNS_RR_CLASS_IN, LDNS_RD);
  ldns_rdf_deep_free(owner);
  const std::unique_ptr<ldns_pkt, decltype(&ldns_pkt_free)> packet(received, ldns_pkt_free);
  if (status != LDNS_STATUS_OK || !packet)
    return Problem{"no answer from " + server.text() + " (" + ldns_get_errorstr_by_id(status) + ")"};
  QueryReport answer;
  answer.name = name;
  answer.type = type;
  answer.server = server;
  answer.milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  answer.rcode = rcode_name(static_cast<std::uint8_t>(ldns_pkt_get_rcode(packet.get())));
  answer.records = texts_of(ldns_pkt_answer(packet.get()));
  answer.extended_error = extended_error_of(packet.get());
  return answer;
}

// Why, in one sentence.
std::string reason(const Policy& policy, const DnsName& name, std::uint16_t type, const QueryReport& answer) {
  const Decision decision = policy.decide(name.wire(), type, dns::IN);
  if (decision.coverage.kind == Coverage::Kind::never)
    return "never blocked: " + policy.catalogue().describe(decision.coverage);
  using Action = Decision::Action;
  switch (decision.action) {
    case Action::block:
      return "blocked: " + decision.rule;
    case Action::no_data:
      return "blocked, without an address: " + decision.rule;
    case Action::strip:
      return "a target's SRV answer passes; the hosts it names are answered with the sinkhole: " + decision.rule;
    case Action::refuse:
    case Action::any:
    case Action::local:
      return "not forwarded: " + decision.rule;
    case Action::forward:
      break;
  }
  if (!answer.extended_error.empty()) return "by what it leads to: " + answer.extended_error;
  return "passed: no profile covers it";
}

}  // namespace

Result<QueryReport> report_query(const Configuration& configuration, const DnsName& name, std::uint16_t type,
                                 const std::optional<Endpoint>& server) {
  auto report = ask(server ? *server : server_of(configuration), name, type);
  if (report)
    report->why =
        reason(Policy(configuration.catalogue, configuration.settings.dns.forward_anyway), name, type, *report);
  return report;
}

boost::json::object query_value(const QueryReport& report) {
  return {{"name", report.name.text()},
          {"type", type_name(report.type)},
          {"server", report.server.text()},
          {"rcode", report.rcode},
          {"why", report.why},
          {"extended_error", report.extended_error},
          {"milliseconds", report.milliseconds},
          {"answers", boost::json::array(report.records.begin(), report.records.end())}};
}

}  // namespace sinkfeed
