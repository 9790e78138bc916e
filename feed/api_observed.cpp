#include "feed/api_observed.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>

#include "feed/body_values.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kPatience{10};

struct Observed {
  std::string profile, remark;
  VantageKind vantage = VantageKind::hand;
  std::vector<IpAddress> addresses;  // in the order given, each once
};

Result<IpAddress> address_of(const json::value& value, std::size_t place) {
  const auto wrong = [&](const std::string& what) {
    return Problem{fmt::format("\"addresses\", item {}: {}", place, what)};
  };
  const json::value* text = value.is_object() ? value.as_object().if_contains("address") : nullptr;
  if (!text || !text->is_string()) return wrong("it is an object with \"address\" and perhaps \"port\"");
  const auto address = IpAddress::parse(std::string_view(text->as_string()));
  if (!address) return wrong(address.error().what);
  if (const json::value* port = value.as_object().if_contains("port")) {
    if (!port->is_int64() || port->as_int64() < 1 || port->as_int64() > 65535)
      return wrong("\"port\" is a number from 1 to 65535");
  }
  return *address;
}

Result<Observed> read(const json::object& body, const Catalogue& catalogue) {
  Observed observed;
  const auto profile = text_member(body, "profile", kLongestRemark),
             vantage = text_member(body, "vantage", kLongestRemark),
             detail = text_member(body, "detail", kLongestRemark), reason = text_member(body, "reason", kLongestRemark);
  for (const auto* member : {&profile, &vantage, &detail, &reason}) {
    if (!*member) return member->error();
  }
  if (!catalogue.find_profile(*profile)) return Problem{fmt::format("no profile \"{}\" is loaded", *profile)};
  if (*vantage != "hand" && *vantage != "import")
    return Problem{fmt::format("\"vantage\" is hand or import, not \"{}\"", *vantage)};
  if (detail->empty() && reason->empty())
    return Problem{"say in \"detail\" or \"reason\" where the addresses come from"};
  observed.profile = *profile;
  observed.vantage = *vantage == "hand" ? VantageKind::hand : VantageKind::import;
  observed.remark = *detail + (detail->empty() || reason->empty() ? "" : ": ") + *reason;
  const json::value* addresses = body.if_contains("addresses");
  if (!addresses || !addresses->is_array() || addresses->as_array().empty() ||
      addresses->as_array().size() > kMostObserved)
    return Problem{fmt::format("\"addresses\" is a list of 1 to {} addresses", kMostObserved)};
  std::set<IpAddress> seen;
  for (const json::value& item : addresses->as_array()) {
    const auto address = address_of(item, observed.addresses.size() + 1);
    if (!address) return address.error();
    if (seen.insert(*address).second) observed.addresses.push_back(*address);
  }
  return observed;
}

std::optional<LedgerEntry> entry_of(const Ledger& ledger, const std::string& profile, const IpAddress& address) {
  for (LedgerEntry& entry : ledger.find(address)) {
    if (entry.profile == profile) return std::move(entry);
  }
  return std::nullopt;
}

}  // namespace

ApiAnswer observe(const ActionCall& call) {
  const Store& store = call.store;
  const auto observed = read(call.body, *store.configuration()->catalogue);
  if (!observed) return api_problem(400, observed.error().what);
  const Vantage vantage{observed->vantage, observed->remark + ", by " + call.who};
  std::vector<Observation> observations;
  std::vector<bool> known;
  for (const IpAddress& address : observed->addresses) {
    known.push_back(entry_of(*store.ledger, observed->profile, address).has_value());
    observations.push_back({observed->profile, {}, {}, address, vantage, store.clock->wall()});
  }
  store.ledger->observe(std::move(observations), {});
  if (!store.ledger->judged(kPatience))
    return api_problem(503,
                       "the addresses are not written yet, because the store cannot be: /readyz says what is wrong");
  spdlog::info("{}: {} addresses observed: {}", observed->profile, known.size(), vantage.detail);
  json::array addresses;
  for (std::size_t i = 0; i < known.size(); i++) {
    const auto entry = entry_of(*store.ledger, observed->profile, observed->addresses[i]);
    if (!entry) return api_problem(503, "the ledger has too much to do; try again soon");
    addresses.push_back(json::object{{"address", entry->address.text()},
                                     {"known", bool(known[i])},
                                     {"state", state_name(entry->state)},
                                     {"reason", entry->reason}});
  }
  return {200, json::object{{"profile", observed->profile},
                            {"vantage", vantage_kind_name(vantage.kind)},
                            {"detail", vantage.detail},
                            {"generation", store.ledger->current()->number},
                            {"addresses", std::move(addresses)}}};
}

}  // namespace sinkfeed
