#include "feed/taxii_query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "feed/stix_objects.hpp"
#include "feed/uuid.hpp"

namespace sinkfeed {

namespace {

// What may be asked for in a list: "a,b".
std::set<std::string> listed(const std::map<std::string, std::string>& query, const char* name) {
  std::set<std::string> values;
  const auto given = query.find(name);
  if (given == query.end()) return values;
  for (std::size_t at = 0; at <= given->second.size();) {
    const std::size_t comma = std::min(given->second.find(',', at), given->second.size());
    if (comma > at) values.insert(given->second.substr(at, comma - at));
    at = comma + 1;
  }
  return values;
}

std::string token_of(WallTime place, WallTime invalid_after) {
  return fmt::format("{:x}-{:x}", place.time_since_epoch().count(),
                     std::max<std::int64_t>(invalid_after.time_since_epoch().count(), 0));
}

bool read_token(const std::string& token, TaxiiQuery& query) {
  const auto read = [](std::string_view text, WallTime& time) {
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count, 16);
    time = WallTime{std::chrono::microseconds{count}};
    return error == std::errc() && end == text.data() + text.size() && count >= 0;
  };
  const std::size_t dash = token.find('-');
  if (dash == std::string::npos || !read(std::string_view(token).substr(0, dash), query.after)) return false;
  return read(std::string_view(token).substr(dash + 1), query.invalid_after.emplace());
}

// Which of an entry's versions are wanted: what was first and what is last, if that is another.
class Chooser {
 public:
  Chooser(const FeedJournal& journal, const TaxiiQuery& query)
      : prefix_("taxii/indicator/" + journal.feed().name + "/"), query_(query) {
    wants_spec_ = query.spec_versions.empty() || query.spec_versions.contains("2.1");
    wants_indicators_ = wants_spec_ && (query.types.empty() || query.types.contains("indicator"));
    invalid_after_ = query.invalid_after.value_or(journal.last());
    // Old versions are history, asked for as such.
    if (query.first || query.all || !query.versions.empty() || !query.ids.empty()) invalid_after_ = WallTime();
  }

  WallTime invalid_after() const { return invalid_after_; }

  void add_identity(TaxiiPage& page) const {
    TaxiiVersion identity;
    identity.id = stix_identity_id();
    identity.added = identity.modified = stix_identity_made();
    identity.is_identity = true;
    if (!wants_id(identity.id, page) || (!query_.types.empty() && !query_.types.contains("identity"))) return;
    const bool wants_version =
        query_.last || query_.first || query_.all || query_.versions.contains(stix_time(identity.modified));
    if (wants_version && wants_spec_ && identity.added > query_.after) page.versions.push_back(std::move(identity));
  }

  void add(const JournalEntry& entry, TaxiiPage& page) const {
    if (entry.state != JournalEntry::State::present && entry.place <= invalid_after_) return;
    if (query_.ids.empty() && !wants_indicators_) return;
    TaxiiVersion version;
    version.id = "indicator--" + own_uuid(prefix_ + entry.address.text() + "/" + std::to_string(entry.stay));
    if (!wants_id(version.id, page) || !wants_indicators_) return;
    version.entry = entry;
    for (const WallTime added : {entry.first, entry.place}) {
      version.added = added;
      version.modified = std::max(added, entry.came);  // whatever was done to the clock
      version.is_last = added == entry.place;
      const bool is_first = added == entry.first;
      const bool is_wanted = query_.all || (query_.last && version.is_last) || (query_.first && is_first) ||
                             (!query_.versions.empty() && query_.versions.contains(stix_time(version.modified)));
      if (is_wanted && added > query_.after) page.versions.push_back(version);
      if (version.is_last) break;
    }
  }

 private:
  bool wants_id(const std::string& id, TaxiiPage& page) const {
    if (query_.ids.empty()) return true;
    const bool is_wanted = query_.ids.contains(id);
    page.is_known = page.is_known || is_wanted;
    return is_wanted;
  }

  const std::string prefix_;
  const TaxiiQuery& query_;
  bool wants_spec_ = true, wants_indicators_ = true;
  WallTime invalid_after_;
};

}  // namespace

Result<TaxiiQuery> read_taxii_query(const std::map<std::string, std::string>& query) {
  TaxiiQuery read;
  if (const auto given = query.find("added_after"); given != query.end()) {
    const auto time = parse_time(given->second, WallTime());
    if (!time || given->second.find('T') == std::string::npos)
      return Problem{"added_after is a time as 2027-01-15T08:00:00.000000Z"};
    read.after = *time;
    read.invalid_after = *time;
  }
  if (const auto given = query.find("next"); given != query.end()) {
    if (!read_token(given->second, read)) return Problem{"next is what the page before gave"};
  }
  if (const auto given = query.find("limit"); given != query.end()) {
    const char* last = given->second.data() + given->second.size();
    std::size_t limit = 0;
    const auto [end, error] = std::from_chars(given->second.data(), last, limit);
    const bool is_number = end == last && (error == std::errc() || error == std::errc::result_out_of_range);
    if (!is_number || given->second.empty() || (error == std::errc() && !limit))
      return Problem{"limit is a number from 1 on"};
    read.limit = error == std::errc() ? std::min(limit, TaxiiQuery::kMost) : TaxiiQuery::kMost;
  }
  read.ids = listed(query, "match[id]");
  read.types = listed(query, "match[type]");
  read.spec_versions = listed(query, "match[spec_version]");
  std::set<std::string> versions = listed(query, "match[version]");
  if (versions.empty()) return read;
  read.last = versions.erase("last") > 0;
  read.first = versions.erase("first") > 0;
  read.all = versions.erase("all") > 0;
  for (const std::string& version : versions) {
    const auto time = parse_time(version, WallTime());
    if (!time || version.find('T') == std::string::npos)
      return Problem{"match[version] is of last, first, all and times of versions"};
    read.versions.insert(stix_time(*time));
  }
  return read;
}

TaxiiPage select_page(const FeedJournal& journal, const TaxiiQuery& query) {
  TaxiiPage page;
  const Chooser chooser(journal, query);
  chooser.add_identity(page);
  // Entries lie in the order of their last versions; others have to be put in order.
  const bool is_in_order = !query.first && !query.all && query.versions.empty();
  const bool is_by_id = !query.ids.empty();  // whether there is such an object at all is asked too
  journal.each_after(is_in_order && !is_by_id ? query.after : WallTime(), [&](const JournalEntry& entry) {
    chooser.add(entry, page);
    return !is_in_order || page.versions.size() <= query.limit;
  });
  if (!is_in_order) {
    std::sort(page.versions.begin(), page.versions.end(),
              [](const TaxiiVersion& left, const TaxiiVersion& right) { return left.added < right.added; });
  }
  if (page.versions.size() <= query.limit) return page;
  page.more = true;
  page.versions.resize(query.limit);
  page.next = token_of(page.versions.back().added, chooser.invalid_after());
  return page;
}

}  // namespace sinkfeed
