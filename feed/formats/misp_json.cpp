// .misp.json: a MISP event with an attribute for each address and port.
//
// The event's UUID is made of the feed's name and stays, so that MISP updates one event instead of collecting editions.
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "feed/format.hpp"
#include "feed/uuid.hpp"

namespace sinkfeed {

namespace {

class MispFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "misp.json",
        .media_type = "application/json",
        .products = "MISP",
        .subscribe =
            "fetch it from a timer and import it (Add Event, Populate from, MISP JSON, or POST /events/add); "
            "where what has left must go too, take .txt as a freetext feed with delta merge instead",
        .reads_prefixes = false,
        .says_ports = true,
        .empties_safely = true,
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override {
    const std::string changed =
        std::to_string(std::chrono::duration_cast<std::chrono::seconds>(content.changed.time_since_epoch()).count());
    const std::string day = format_time(content.changed);
    // MISP's own events have their numbers as text.
    std::string body = boost::json::serialize(
        boost::json::object{{"uuid", own_uuid("misp/event/" + content.name)},
                            {"info", "sinkfeed " + content.name},
                            {"date", day.substr(0, day.find('T'))},
                            {"timestamp", changed},
                            {"publish_timestamp", changed},
                            {"published", true},
                            {"analysis", "2"},         // completed
                            {"threat_level_id", "4"},  // undefined: unwanted is no threat
                            {"distribution", "0"},     // this organisation alone, until somebody says otherwise
                            {"Orgc", {{"name", "sinkfeed"}, {"uuid", own_uuid("misp/organisation")}}}});
    body.back() = ',';
    body = "{\"Event\":" + body + "\"Attribute\":[";
    std::string_view separator = "\n";
    append_attributes(body, separator, content, changed, content.networks, content.ports);
    append_attributes(body, separator, content, changed, content.shared, content.shared_ports);
    return body + "\n]}}\n";
  }

 private:
  static void append_attributes(std::string& body, std::string_view& separator, const FeedContent& content,
                                const std::string& changed, const std::vector<Network>& networks,
                                const std::vector<std::uint16_t>& ports) {
    for (const Network& network : networks) {
      for (const std::uint16_t port : ports) {
        const std::string value = network.address().text() + "|" + std::to_string(port);
        const boost::json::object attribute{{"uuid", own_uuid("misp/attribute/" + content.name + "/" + value)},
                                            {"type", "ip-dst|port"},
                                            {"category", "Network activity"},
                                            {"to_ids", true},
                                            {"distribution", "5"},  // as the event
                                            {"timestamp", changed},
                                            {"value", value}};
        body += separator;
        body += boost::json::serialize(attribute);
        separator = ",\n";
      }
    }
  }
};

}  // namespace

const FeedFormat& misp_json_format() {
  static const MispFormat format;
  return format;
}

}  // namespace sinkfeed
