// .stix: a STIX 2.1 bundle: sinkfeed as an identity, and an indicator for each address.
#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "feed/format.hpp"
#include "feed/uuid.hpp"

namespace sinkfeed {

namespace {

// The identity never changes, so its times do not either.
constexpr std::string_view kIdentityMade = "2026-01-01T00:00:00.000Z";

class StixFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "stix",
        .media_type = "application/stix+json;version=2.1",
        .products = "SIEMs and threat intelligence platforms that read STIX 2.1 from a URL, FortiGate (STIX feed)",
        .subscribe = "give the URL as a STIX 2.1 source; a product that speaks only TAXII needs a server in between",
        .reads_prefixes = false,
        .tells_evidence = true,
        .empties_safely = true,
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override {
    const std::string identity = "identity--" + own_uuid("stix/identity");
    std::string body = "{\"type\":\"bundle\",\"id\":\"bundle--" +
                       own_uuid("stix/bundle/" + content.name + "/" + content.edition) + "\",\"objects\":[\n" +
                       boost::json::serialize(boost::json::object{{"type", "identity"},
                                                                  {"spec_version", "2.1"},
                                                                  {"id", identity},
                                                                  {"created", kIdentityMade},
                                                                  {"modified", kIdentityMade},
                                                                  {"name", "sinkfeed"},
                                                                  {"identity_class", "system"}});
    body.reserve(content.networks.size() * 448 + 1024);
    EvidenceReader reader(content);
    for (const Network& network : content.networks) {
      const IpAddress& address = network.address();
      // What was forgotten since the generation was made has the generation's time.
      const auto known = reader.find(address);
      const auto earliest = std::min_element(
          known.begin(), known.end(),
          [](const LedgerEntry* left, const LedgerEntry* right) { return left->first_seen < right->first_seen; });
      const std::string since = timestamp(earliest == known.end() ? content.changed : (*earliest)->first_seen);
      const boost::json::object indicator{
          {"type", "indicator"},
          {"spec_version", "2.1"},
          {"id", "indicator--" + own_uuid("stix/indicator/" + content.name + "/" + address.text())},
          {"created_by_ref", identity},
          {"created", since},
          // Nothing of an indicator changes but its times: a generation is no new version of all of them.
          {"modified", since},
          {"name", address.text()},
          {"indicator_types", boost::json::array{"unwanted"}},
          {"pattern", (address.is_v4() ? "[ipv4-addr:value = '" : "[ipv6-addr:value = '") + address.text() + "']"},
          {"pattern_type", "stix"},
          {"valid_from", since},
          {"labels", boost::json::array{content.name}}};
      body += ",\n" + boost::json::serialize(indicator);
    }
    return body + "\n]}\n";
  }

 private:
  // STIX wants milliseconds, exactly.
  static std::string timestamp(WallTime time) {
    const std::string text = format_time(time);
    return text.substr(0, text.find('.') + 4) + "Z";
  }
};

}  // namespace

const FeedFormat& stix_format() {
  static const StixFormat format;
  return format;
}

}  // namespace sinkfeed
