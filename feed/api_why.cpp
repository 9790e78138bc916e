#include "feed/api_why.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

#include "feed/json_values.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

constexpr std::size_t kRecent = 5;
constexpr std::chrono::seconds kPatience{10};

// Stops a search when its time is up, or when nobody waits for it any more.
class TimeLimit {
 public:
  TimeLimit(const std::stop_token& nobody_waits, std::chrono::milliseconds limit)
      : passed_on_(nobody_waits, [this] { source_.request_stop(); }), timer_([this, limit](const std::stop_token& end) {
          std::mutex mutex;
          std::unique_lock lock(mutex);
          std::condition_variable_any ended;
          ended.wait_for(lock, end, limit, [] { return false; });
          if (end.stop_requested()) return;
          is_over_ = true;
          source_.request_stop();
        }) {}
  std::stop_token token() const { return source_.get_token(); }
  bool is_over() const { return is_over_; }

 private:
  std::stop_source source_;
  std::atomic<bool> is_over_{false};
  std::stop_callback<std::function<void()>> passed_on_;
  std::jthread timer_;
};

// Goes through the history, newest first, and puts into `body` what is amiss with it.
class Searches {
 public:
  Searches(const Store& store, const std::stop_token& stop, json::object& body)
      : store_(store), limit_(stop, kPatience), body_(body) {}

  // Calls `visit` with each query that matches, until it returns false.
  void look(HistoryFilter filter, const std::function<bool(const QueryRecord&)>& visit) {
    filter.limit = 0;
    filter.stop = limit_.token();
    const auto searched = store_.history->search(
        filter, [&](const QueryRecord& record) { return record.kind == QueryRecord::Kind::gap || visit(record); });
    if (searched) return;
    if (limit_.is_over())
      body_["unfinished"] = "the history was searched for " + std::to_string(kPatience.count()) + " s, newest first";
    else
      body_["damage"] = searched.error().what;
  }

 private:
  const Store& store_;
  TimeLimit limit_;
  json::object& body_;
};

json::object coverage_value(const Catalogue& catalogue, const Coverage& coverage) {
  switch (coverage.kind) {
    case Coverage::Kind::none:
      return {{"kind", "none"}};
    case Coverage::Kind::target: {
      const NameRule& rule = catalogue.rule(coverage);
      return {{"kind", "target"}, {"rule", catalogue.describe(coverage)}, {"role", rule.role}, {"note", rule.note}};
    }
    case Coverage::Kind::never:
      return {{"kind", "never"}, {"rule", catalogue.describe(coverage)}, {"why", catalogue.never_rule(coverage).why}};
  }
  return {};
}

json::object about_address(const Store& store, const IpAddress& address, const std::stop_token& stop) {
  json::object body{{"subject", address.text()}, {"kind", "address"}};
  json::array entries;
  for (const LedgerEntry& entry : store.ledger->find(address)) entries.push_back(entry_value(entry));
  body["entries"] = std::move(entries);
  if (const auto special = special_purpose(address)) body["special_purpose"] = *special;
  json::array names;
  if (const auto sightings = store.ledger->names_of(address)) {
    for (const Need& need : *sightings) names.push_back(need_value(need));
  } else {
    body["damage"] = sightings.error().what;
  }
  body["needed_by"] = std::move(names);

  Searches searches(store, stop, body);
  HistoryFilter told;
  told.answer = address;
  json::array answered;
  searches.look(told, [&](const QueryRecord& record) {
    answered.push_back(record_value(record));
    return answered.size() < kRecent;
  });
  HistoryFilter asked;
  asked.client = Network(address, address.is_v4() ? 32 : 128);
  std::uint64_t queries = 0, sunk = 0;
  json::array newest;
  searches.look(asked, [&](const QueryRecord& record) {
    queries++;
    if (record.verdict != Verdict::sinkhole) return true;
    sunk++;
    if (newest.size() < kRecent) newest.push_back(record_value(record));
    return true;
  });
  body["answered_to"] = std::move(answered);
  body["queries_as_client"] = queries;
  body["sunk_as_client"] = sunk;
  body["sunk_queries"] = std::move(newest);
  return body;
}

json::object about_name(const Store& store, const DnsName& name, const std::stop_token& stop) {
  const auto configuration = store.configuration();
  const Catalogue& catalogue = *configuration->catalogue;
  json::object body{
      {"subject", name.text()}, {"kind", "name"}, {"coverage", coverage_value(catalogue, catalogue.find(name))}};
  json::array entries;
  for (const LedgerEntry& entry : store.ledger->find(name)) entries.push_back(entry_value(entry));
  body["entries"] = std::move(entries);

  Searches searches(store, stop, body);
  HistoryFilter asked;
  asked.name = name;
  std::uint64_t queries = 0;
  json::array newest;
  searches.look(asked, [&](const QueryRecord& record) {
    if (queries++ < kRecent) newest.push_back(record_value(record));
    return true;
  });
  body["queries"] = queries;
  body["recent"] = std::move(newest);
  return body;
}

}  // namespace

ApiAnswer api_why(const Store& store, const Parameters& parameters, const std::stop_token& stop) {
  const auto subject = parameters.find("subject");
  if (subject == parameters.end() || subject->second.empty())
    return api_problem(400, "give an address or a name as subject");
  json::object body;
  if (const auto address = IpAddress::parse(subject->second)) {
    body = about_address(store, *address, stop);
  } else if (const auto name = DnsName::parse(subject->second)) {
    body = about_name(store, *name, stop);
  } else {
    return api_problem(400, "\"" + subject->second + "\" is neither an address nor a name: " + name.error().what);
  }
  body["generation"] = store.ledger->current()->number;
  body["now"] = format_time(store.clock->wall());
  return {200, std::move(body)};
}

}  // namespace sinkfeed
