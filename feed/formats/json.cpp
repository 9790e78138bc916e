// .json: the addresses with their evidence and the ports, one entry a line.
#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "feed/evidence_value.hpp"
#include "feed/format.hpp"

namespace sinkfeed {

namespace {

class JsonFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "json",
        .media_type = "application/json",
        .products = "scripts, SIEMs, OPNsense (URL table in JSON), Check Point network feed (JSON)",
        .subscribe = "read .entries[].cidr, or .entries[].address; the ports and the evidence stand beside them",
        .reads_prefixes = false,
        .says_ports = true,
        .tells_evidence = true,
        .empties_safely = true,
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override {
    std::string body = "{\"feed\":" + boost::json::serialize(boost::json::value(content.name)) +
                       ",\"title\":" + boost::json::serialize(boost::json::value(content.title)) +
                       ",\"generation\":" + std::to_string(content.generation) + ",\"created\":\"" +
                       format_time(content.changed) + "\",\"edition\":\"" + content.edition + "\",\"ports\":[" +
                       ports_text(content.ports, ",") + "],\"entries\":[";
    append_entries(body, content, content.networks);
    body += "\n]";
    if (!content.shared.empty()) {
      body += ",\"shared_ports\":[" + ports_text(content.shared_ports, ",") + "],\"shared\":[";
      append_entries(body, content, content.shared);
      body += "\n]";
    }
    return body + "}\n";
  }

 private:
  static void append_entries(std::string& body, const FeedContent& content, const NetworkList& networks) {
    EvidenceReader reader(content);
    const char* separator = "\n";
    for (const Network& network : networks) {
      const IpAddress& address = network.address();
      boost::json::object entry{{"address", address.text()}, {"cidr", network.text()}, {"family", address.family()}};
      // What was forgotten since the generation was made is not there any more.
      if (const auto known = reader.find(address); !known.empty()) {
        boost::json::array evidence;
        WallTime first = known.front()->first_seen, last = known.front()->last_seen;
        std::uint64_t count = 0;
        for (const LedgerEntry* one : known) {
          first = std::min(first, one->first_seen);
          last = std::max(last, one->last_seen);
          count += one->count;
          for (const boost::json::value& value : evidence_value(one->evidence)) evidence.push_back(value);
        }
        entry["first_seen"] = format_time(first);
        entry["last_seen"] = format_time(last);
        entry["count"] = count;
        entry["evidence"] = std::move(evidence);
      }
      body += separator + boost::json::serialize(entry);
      separator = ",\n";
    }
  }
};

}  // namespace

const FeedFormat& json_format() {
  static const JsonFormat format;
  return format;
}

}  // namespace sinkfeed
