// .jsonl: one JSON object a line, as the Spamhaus DROP list has it in JSON: the last line has the number of records, so
// that a list which was cut off is known as such.
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "feed/format.hpp"
#include "feed/sighting.hpp"

namespace sinkfeed {

namespace {

class JsonLinesFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "jsonl",
        .media_type = "application/x-ndjson",
        .products = "SIEMs, scripts, parsers of the Spamhaus DROP list in JSON",
        .subscribe =
            "read .cidr, or .address, of each line; a list without the last line, of the type metadata, is not whole",
        .reads_prefixes = false,
        .tells_evidence = true,
        .empties_safely = true,
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override {
    std::string body;
    EvidenceReader reader(content);
    for (const Network& network : content.networks) {
      const IpAddress& address = network.address();
      boost::json::object line{{"cidr", network.text()}, {"address", address.text()}, {"family", address.family()}};
      if (const auto sighting = find_sighting(reader, address)) {
        line["first_seen"] = format_second(sighting->first_seen);
        line["last_seen"] = format_second(sighting->last_seen);
        line["count"] = sighting->count;
        line["names"] = boost::json::array(sighting->names.begin(), sighting->names.end());
      }
      body += boost::json::serialize(line) + "\n";
    }
    const auto second = std::chrono::floor<std::chrono::seconds>(content.changed).time_since_epoch().count();
    const boost::json::object metadata{{"type", "metadata"},
                                       {"feed", content.name},
                                       {"edition", content.edition},
                                       {"generation", content.generation},
                                       {"timestamp", second},
                                       {"size", body.size()},
                                       {"records", content.networks.size()}};
    return body + boost::json::serialize(metadata) + "\n";
  }
};

}  // namespace

const FeedFormat& jsonl_format() {
  static const JsonLinesFormat format;
  return format;
}

}  // namespace sinkfeed
