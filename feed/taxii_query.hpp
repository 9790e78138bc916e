// What a TAXII client asks of a collection (TAXII 2.1, 3.4, 3.5), and the page of versions that answers it.
//
// The date on which an object was added is its entry's place in the feed's journal: no two have the same, and whoever
// pages on misses none and gets none twice, whatever comes and goes meanwhile.
//
// What is not valid any more is told only to those who may have it: who says since when he knows the collection, who
// asks for an object by its id or for old versions. Who takes all that there is may be a firewall that reads patterns
// and nothing else, and would block it.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "feed/feed_journal.hpp"
#include "feed/http_message.hpp"

namespace sinkfeed {

struct TaxiiQuery {
  // At a time, to those who set no limit and those who set a higher one; FortiOS takes no more at all.
  static constexpr std::size_t kMost = 300'000;

  WallTime after;                         // objects that were added later
  std::optional<WallTime> invalid_after;  // and of what is not valid any more, those later than this
  std::size_t limit = kMost;
  std::set<std::string> ids, types, spec_versions;  // empty: any
  bool last = true, first = false, all = false;     // which versions,
  std::set<std::string> versions;                   // and those of these times
};

// The Problem is a sentence for the client: his request cannot be understood (400).
Result<TaxiiQuery> read_taxii_query(const std::map<std::string, std::string>& query);

struct TaxiiVersion {
  std::string id;
  WallTime added, modified;
  bool is_identity = false;
  bool is_last = true;  // else as it was when it was added first
  JournalEntry entry;   // of an indicator
};

struct TaxiiPage {
  std::vector<TaxiiVersion> versions;  // in the order in which they were added
  bool more = false;
  std::string next;       // if there is more: what the client gives to go on
  bool is_known = false;  // the collection has one of the ids that were asked for, whatever else was
};

TaxiiPage select_page(const FeedJournal& journal, const TaxiiQuery& query);

}  // namespace sinkfeed
