// The feeds over TAXII 2.1, each a collection of STIX 2.1 indicators; what is asked of one is in feed/taxii_query.hpp.
//
//   /taxii2/                                       discovery
//   /taxii2/feeds/                                 the one API root
//   /taxii2/feeds/collections/                     the feeds
//   /taxii2/feeds/collections/ID/                  ID: of the collection, or the feed's name
//   .../ID/manifest/   .../ID/objects/   .../ID/objects/OBJECT/   .../ID/objects/OBJECT/versions/
//
// Every path does without its last slash too. Nothing is written over TAXII.
#pragma once

#include <string>
#include <string_view>

#include "feed/feed_journals.hpp"
#include "feed/http_message.hpp"
#include "store/store.hpp"

namespace sinkfeed {

class TaxiiRoutes {
 public:
  // Both outlive it.
  TaxiiRoutes(const Store& store, FeedJournals& journals) : store_(store), journals_(journals) {}

  static bool has(std::string_view path);
  // Any thread; waits for the disk. The path is one of these, and the client may ask.
  HttpAnswer answer(const HttpRequest& request) const;
  // TAXII's error message (3.6.1).
  static HttpAnswer problem(unsigned status, std::string_view what);

 private:
  HttpAnswer collection(const HttpRequest& request, std::string_view id, std::string_view rest) const;

  const Store& store_;
  FeedJournals& journals_;
};

}  // namespace sinkfeed
