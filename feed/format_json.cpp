// .json: the addresses with their evidence and the ports, one entry a line.
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "feed/format.hpp"
#include "feed/json_values.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kEntriesAtOnce = 1000;

class JsonFormat final : public FeedFormat {
 public:
  std::string_view extension() const override { return "json"; }
  std::string_view media_type() const override { return "application/json"; }
  std::string_view read_by() const override {
    return "scripts, SIEMs and people: evidence and ports beside each address";
  }

  std::string render(const FeedContent& content) const override {
    const boost::json::value ports = boost::json::array(content.profile.ports.begin(), content.profile.ports.end());
    std::string body = "{\"profile\":" + boost::json::serialize(boost::json::value(content.profile.name)) +
                       ",\"title\":" + boost::json::serialize(boost::json::value(content.profile.title)) +
                       ",\"generation\":" + std::to_string(content.generation.number) + ",\"created\":\"" +
                       format_time(content.generation.created) + "\",\"ports\":" + boost::json::serialize(ports) +
                       ",\"entries\":[";
    const char* separator = "\n";
    const std::string& profile = content.profile.name;
    std::vector<LedgerEntry> known;
    std::size_t next = 0;
    for (const IpAddress& address : content.addresses()) {
      while (next < known.size() && known[next].address < address) next++;
      if (next == known.size()) known = content.entries(profile, address, kEntriesAtOnce), next = 0;
      boost::json::object entry{{"address", address.text()},
                                {"cidr", address.text() + (address.is_v4() ? "/32" : "/128")},
                                {"family", address.family()}};
      // What was forgotten since the generation was made is not there any more.
      if (next < known.size() && known[next].address == address) {
        entry["first_seen"] = format_time(known[next].first_seen);
        entry["last_seen"] = format_time(known[next].last_seen);
        entry["count"] = known[next].count;
        entry["evidence"] = evidence_value(known[next].evidence);
      }
      body += separator + boost::json::serialize(entry);
      separator = ",\n";
    }
    return body + "\n]}\n";
  }
};

}  // namespace

const FeedFormat& json_format() {
  static const JsonFormat format;
  return format;
}

}  // namespace sinkfeed
