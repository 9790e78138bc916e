#include "feed/misp_event.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "feed/digests.hpp"
#include "feed/uuid.hpp"
#include "store/sha256.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

// MISP's own events have their numbers as text.
std::string seconds_of(WallTime time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

json::object organisation() { return {{"name", "sinkfeed"}, {"uuid", own_uuid("misp/organisation")}}; }

std::string day_of(WallTime time) {
  const std::string text = format_time(time);
  return text.substr(0, text.find('T'));
}

std::string value_of(const IpAddress& address, std::uint16_t port) {
  return address.text() + "|" + std::to_string(port);
}

class Attributes {
 public:
  Attributes(std::string& body, const std::string& feed) : body_(body), feed_(feed) {}

  void add(const IpAddress& address, std::uint16_t port, const std::string& time, bool is_deleted) {
    const std::string value = value_of(address, port);
    json::object attribute{{"uuid", own_uuid("misp/attribute/" + feed_ + "/" + value)},
                           {"type", "ip-dst|port"},
                           {"category", "Network activity"},
                           {"to_ids", !is_deleted},
                           {"distribution", "5"},  // as the event
                           {"timestamp", time},
                           {"value", value}};
    if (is_deleted) attribute["deleted"] = true;
    body_ += separator_;
    body_ += json::serialize(attribute);
    separator_ = ",\n";
  }

 private:
  std::string& body_;
  const std::string& feed_;
  std::string_view separator_ = "\n";
};

// Calls `take` with each address and port.
template <class Take>
void each_value(const FeedContent& content, Take take) {
  for (const Network& network : content.networks) {
    for (const std::uint16_t port : content.ports) take(network.address(), port);
  }
  for (const Network& network : content.shared) {
    for (const std::uint16_t port : content.shared_ports) take(network.address(), port);
  }
}

}  // namespace

std::string misp_event_id(const FeedContent& content) { return own_uuid("misp/event/" + content.name); }

std::string misp_event(const FeedContent& content, const std::vector<MispDeleted>& deleted) {
  const std::string changed = seconds_of(content.changed);
  std::string body =
      json::serialize(json::object{{"uuid", misp_event_id(content)},
                                   {"info", "sinkfeed " + content.name},
                                   {"date", day_of(content.changed)},
                                   {"timestamp", changed},
                                   {"publish_timestamp", changed},
                                   {"published", true},
                                   {"analysis", "2"},         // completed
                                   {"threat_level_id", "4"},  // undefined: unwanted is no threat
                                   {"distribution", "0"},     // this organisation alone, until somebody says otherwise
                                   {"Orgc", organisation()}});
  body.back() = ',';
  body = "{\"Event\":" + body + "\"Attribute\":[";
  Attributes attributes(body, content.name);
  each_value(content,
             [&](const IpAddress& address, std::uint16_t port) { attributes.add(address, port, changed, false); });
  for (const MispDeleted& one : deleted) {
    for (const std::uint16_t port : one.ports) attributes.add(one.address, port, seconds_of(one.when), true);
  }
  return body + "\n]}}\n";
}

json::object misp_manifest(const FeedContent& content) {
  return {{misp_event_id(content), json::object{{"info", "sinkfeed " + content.name},
                                                {"date", day_of(content.changed)},
                                                {"timestamp", seconds_of(content.changed)},
                                                {"analysis", "2"},
                                                {"threat_level_id", "4"},
                                                {"Orgc", organisation()},
                                                {"Tag", json::array{}}}}};
}

std::string misp_hashes(const FeedContent& content) {
  const std::string event = "," + misp_event_id(content) + "\n";
  std::string lines;
  const auto add = [&](const std::string& value) {
    const std::string digest = digest_of(Digest::md5, value);
    if (!digest.empty()) lines += to_hex(digest) + event;
  };
  // MISP compares the address alone, others whole values.
  for (const auto* networks : {&content.networks, &content.shared}) {
    for (const Network& network : *networks) add(network.address().text());
  }
  each_value(content, [&](const IpAddress& address, std::uint16_t port) { add(value_of(address, port)); });
  return lines;
}

}  // namespace sinkfeed
