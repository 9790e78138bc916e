#include "feed/stix_objects.hpp"

#include <boost/json/array.hpp>

#include "feed/uuid.hpp"

namespace sinkfeed {

namespace {

constexpr WallTime kIdentityMade{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};

}  // namespace

std::string stix_time(WallTime time) {
  const std::string text = format_time(time);
  return text.substr(0, text.find('.') + 4) + "Z";
}

std::string stix_identity_id() { return "identity--" + own_uuid("stix/identity"); }

WallTime stix_identity_made() { return kIdentityMade; }

boost::json::object stix_identity() {
  return {{"type", "identity"},
          {"spec_version", "2.1"},
          {"id", stix_identity_id()},
          {"created", stix_time(kIdentityMade)},
          {"modified", stix_time(kIdentityMade)},
          {"name", "sinkfeed"},
          {"identity_class", "system"}};
}

boost::json::object stix_indicator(const StixIndicator& indicator) {
  const std::string address = indicator.address.text(), created = stix_time(indicator.created);
  boost::json::object object{
      {"type", "indicator"},
      {"spec_version", "2.1"},
      {"id", indicator.id},
      {"created_by_ref", stix_identity_id()},
      {"created", created},
      {"modified", stix_time(indicator.modified)},
      {"name", address},
      {"indicator_types", boost::json::array{"unwanted"}},
      {"pattern", (indicator.address.is_v4() ? "[ipv4-addr:value = '" : "[ipv6-addr:value = '") + address + "']"},
      {"pattern_type", "stix"},
      {"valid_from", created}};
  if (indicator.until) object["valid_until"] = stix_time(*indicator.until);
  if (indicator.is_revoked) object["revoked"] = true;
  object["labels"] = boost::json::array{boost::json::string_view(indicator.label)};
  return object;
}

}  // namespace sinkfeed
