// .stix: a STIX 2.1 bundle: sinkfeed as an identity, and an indicator for each address.
#include <algorithm>
#include <boost/json/serialize.hpp>

#include "feed/format.hpp"
#include "feed/stix_objects.hpp"
#include "feed/uuid.hpp"

namespace sinkfeed {

namespace {

class StixFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "stix",
        .media_type = "application/stix+json;version=2.1",
        .products = "SIEMs and threat intelligence platforms (STIX 2.1, TAXII 2.1), FortiGate (STIX feed)",
        .subscribe =
            "give the URL as a STIX 2.1 source; what speaks TAXII 2.1 takes http://SERVER:8053/taxii2/ and the "
            "collection with the feed's name, FortiGate "
            "stix://SERVER:8053/taxii2/feeds/collections/NAME/objects/",
        .reads_prefixes = false,
        .tells_evidence = true,
        .empties_safely = true,
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override {
    std::string body = "{\"type\":\"bundle\",\"id\":\"bundle--" +
                       own_uuid("stix/bundle/" + content.name + "/" + content.edition) + "\",\"objects\":[\n" +
                       boost::json::serialize(stix_identity());
    body.reserve(content.networks.size() * 448 + 1024);
    EvidenceReader reader(content);
    for (const Network& network : content.networks) {
      StixIndicator indicator;
      indicator.address = network.address();
      indicator.id = "indicator--" + own_uuid("stix/indicator/" + content.name + "/" + indicator.address.text());
      // What was forgotten since the generation was made has the generation's time.
      const auto known = reader.find(indicator.address);
      const auto earliest = std::min_element(
          known.begin(), known.end(),
          [](const LedgerEntry* left, const LedgerEntry* right) { return left->first_seen < right->first_seen; });
      // Nothing of an indicator changes but its times: a generation is no new version of all of them.
      indicator.created = indicator.modified = earliest == known.end() ? content.changed : (*earliest)->first_seen;
      indicator.label = content.name;
      body += ",\n" + boost::json::serialize(stix_indicator(indicator));
    }
    return body + "\n]}\n";
  }
};

}  // namespace

const FeedFormat& stix_format() {
  static const StixFormat format;
  return format;
}

}  // namespace sinkfeed
