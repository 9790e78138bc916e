// .misp.json: the feed as a MISP event (feed/misp_event.hpp), to be imported by hand; MISP's own feeds are a folder
// (feed/misp_routes.hpp).
#include "feed/format.hpp"
#include "feed/misp_event.hpp"

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
            "add http://SERVER:8053/feed/NAME.misp/ as a feed, source format MISP Feed; or import this file once (Add "
            "Event, Populate from, MISP JSON)",
        .reads_prefixes = false,
        .says_ports = true,
        .empties_safely = true,
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override { return misp_event(content); }
};

}  // namespace

const FeedFormat& misp_json_format() {
  static const MispFormat format;
  return format;
}

}  // namespace sinkfeed
