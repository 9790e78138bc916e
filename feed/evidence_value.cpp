#include "feed/evidence_value.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace sinkfeed {

boost::json::array evidence_value(const std::vector<Evidence>& evidence) {
  boost::json::array array;
  for (const Evidence& item : evidence) {
    array.push_back(boost::json::object{{"name", item.name.is_root() ? "" : item.name.text()},
                                        {"target", item.target.is_root() ? "" : item.target.text()},
                                        {"vantage", vantage_kind_name(item.vantage.kind)},
                                        {"vantage_detail", item.vantage.detail},
                                        {"first_seen", format_time(item.first_seen)},
                                        {"last_seen", format_time(item.last_seen)},
                                        {"count", item.count}});
  }
  return array;
}

}  // namespace sinkfeed
