// .csv: a table for people and SIEMs (RFC 4180): the addresses with when and under which names they were seen.
#include "feed/format.hpp"
#include "feed/sighting.hpp"

namespace sinkfeed {

namespace {

class CsvFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "csv",
        .media_type = "text/csv; charset=us-ascii; header=present",
        .products = "people with a spreadsheet, Splunk, Elastic, QRadar, MISP (CSV feed)",
        .subscribe =
            "open it in a spreadsheet, or give the URL to a lookup: the address is the first column, the first line "
            "names the columns",
        .reads_prefixes = false,
        .tells_evidence = true,
        .empties_safely = true,
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override {
    std::string body = "address,cidr,family,first_seen,last_seen,count,names\r\n";
    body.reserve(content.networks.size() * 128 + 128);
    EvidenceReader reader(content);
    for (const Network& network : content.networks) {
      append_address(body, network.address());
      body += ",";
      append_network(body, network, HostPrefix::written);
      body += "," + std::to_string(network.address().family());
      if (const auto sighting = find_sighting(reader, network.address())) {
        body += "," + format_second(sighting->first_seen) + "," + format_second(sighting->last_seen) + "," +
                std::to_string(sighting->count) + "," + cell(sighting->names);
      } else {
        body += ",,,,";
      }
      body += "\r\n";
    }
    return body;
  }

 private:
  // In quotes, and none of the names has any. Of what a spreadsheet would calculate ("=", "+", "@", "-") only "-" can
  // be in a name here; behind an apostrophe it is text.
  static std::string cell(const std::vector<std::string>& names) {
    std::string text = "\"";
    if (!names.empty() && names.front().starts_with('-')) text += '\'';
    for (const std::string& name : names) {
      if (&name != &names.front()) text += ' ';
      text += name;
    }
    return text + "\"";
  }
};

}  // namespace

const FeedFormat& csv_format() {
  static const CsvFormat format;
  return format;
}

}  // namespace sinkfeed
