// .json: the addresses with their evidence and the ports, one entry a line.
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "feed/format.hpp"
#include "feed/json_values.hpp"

namespace sinkfeed {

namespace {

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
    for (const PublishedAddress* address : content.addresses()) {
      const boost::json::object entry{{"address", address->address.text()},
                                      {"cidr", address->address.text() + (address->address.is_v4() ? "/32" : "/128")},
                                      {"family", address->address.family()},
                                      {"first_seen", format_time(address->first_seen)},
                                      {"last_seen", format_time(address->last_seen)},
                                      {"count", address->count},
                                      {"evidence", evidence_value(address->evidence)}};
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
