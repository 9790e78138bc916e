#include "feed/crowdsec_decision.hpp"

#include <xxhash.h>

namespace sinkfeed {

namespace {

// Any reader of JSON takes it as it is: 53 bits.
std::uint64_t id_of(const Network& network) {
  const std::string text = network.text();
  return XXH3_64bits(text.data(), text.size()) >> 11;
}

}  // namespace

std::string crowdsec_scenario(std::string_view feed) { return std::string(kCrowdsecOrigin) + "/" + std::string(feed); }

boost::json::object crowdsec_decision(const Network& network, std::string_view feed, std::string_view duration) {
  std::string value;
  append_network(value, network);
  return {{"id", id_of(network)},
          {"origin", boost::json::string_view(kCrowdsecOrigin)},
          {"type", "ban"},
          {"scope", is_host(network) ? "Ip" : "Range"},
          {"value", value},
          {"duration", boost::json::string_view(duration)},
          {"scenario", crowdsec_scenario(feed)}};
}

}  // namespace sinkfeed
