#include "feed/out/dnstap_event.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "feed/out/dns_response.hpp"
#include "feed/out/dnstap.pb.h"

namespace sinkfeed {

namespace {

std::string extra_of(const QueryRecord& r) {
  boost::json::object extra{{"verdict", verdict_name(r.verdict)}, {"origin", origin_name(r.origin)}};
  if (!r.rule.empty()) extra["rule"] = r.rule;
  if (r.upstream) extra["upstream"] = r.upstream->text();
  return boost::json::serialize(extra);
}

}  // namespace

std::string dnstap_event(const QueryRecord& r) {
  using namespace std::chrono;
  if (r.kind == QueryRecord::Kind::gap) return "";
  dnstap::Dnstap event;
  event.set_identity("sinkfeed");
  event.set_version("sinkfeed " SINKFEED_VERSION);
  event.set_extra(extra_of(r));
  event.set_type(dnstap::Dnstap::MESSAGE);
  dnstap::Message& message = *event.mutable_message();
  message.set_type(dnstap::Message::CLIENT_RESPONSE);
  message.set_socket_family(r.client.is_v4() ? dnstap::INET : dnstap::INET6);
  message.set_socket_protocol(r.transport == Transport::tcp ? dnstap::TCP : dnstap::UDP);
  const auto address = r.client.bytes();
  message.set_query_address(address.data(), address.size());
  message.set_query_port(r.client_port);
  const auto seconds_of = [](WallTime time) { return floor<seconds>(time.time_since_epoch()); };
  const auto nanoseconds_of = [&](WallTime time) {
    return static_cast<std::uint32_t>(duration_cast<nanoseconds>(time.time_since_epoch() - seconds_of(time)).count());
  };
  const WallTime answered = r.time + microseconds{r.latency_us};
  message.set_query_time_sec(static_cast<std::uint64_t>(seconds_of(r.time).count()));
  message.set_query_time_nsec(nanoseconds_of(r.time));
  message.set_response_time_sec(static_cast<std::uint64_t>(seconds_of(answered).count()));
  message.set_response_time_nsec(nanoseconds_of(answered));
  message.set_response_message(dns_response(r));
  return event.SerializeAsString();
}

}  // namespace sinkfeed
