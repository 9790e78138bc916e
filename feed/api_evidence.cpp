#include "feed/api_evidence.hpp"

#include <spdlog/spdlog.h>

#include <limits>

#include "feed/body_values.hpp"
#include "feed/parameters.hpp"
#include "store/history_verify.hpp"
#include "store/keys.hpp"
#include "store/sha256.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

constexpr std::size_t kMostNumbers = 200, kUsualLinks = 100, kMostLinks = 1000;

json::object link_value(const ChainLink& link) {
  json::object value{
      {"number", link.number},         {"kind", kind_name(link.kind)},      {"time", format_time(link.time)},
      {"digest", to_hex(link.digest)}, {"previous", to_hex(link.previous)}, {"hash", to_hex(link.hash())}};
  if (!link.text.empty()) value["text"] = link.text;
  if (link.kind == ChainLink::Kind::block) {
    value["first"] = format_time(link.first);
    value["last"] = format_time(link.last);
    value["rows"] = link.rows;
  }
  return value;
}

json::object about_chain(const Store& store, json::array links) {
  const auto& node = store.key->public_key();
  return json::object{{"node", to_hex({reinterpret_cast<const char*>(node.data()), node.size()})},
                      {"length", store.history->chain().length()},
                      {"links", std::move(links)}};
}

ApiAnswer links_by_number(const Store& store, std::string_view numbers) {
  json::array links;
  for (std::size_t count = 0; !numbers.empty(); count++) {
    const std::string_view item = numbers.substr(0, numbers.find(','));
    numbers.remove_prefix(std::min(numbers.size(), item.size() + 1));
    const auto number = whole_number(item);
    if (!number || count == kMostNumbers)
      return api_problem(400, "numbers: numbers of links with commas between, at most " + std::to_string(kMostNumbers));
    const auto value = store.database->get(Column::chain, keys::chain(*number));
    if (!value) return api_problem(503, value.error().what);
    // One that is damaged is not there: verify says more.
    if (const auto link = *value ? ChainLink::decode(**value) : std::nullopt) links.push_back(link_value(*link));
  }
  return {200, about_chain(store, std::move(links))};
}

// Of a time: the earliest or the latest if it is not given.
Result<WallTime> time_member(const ActionCall& call, std::string_view name, WallTime otherwise) {
  const auto text = text_member(call.body, name, kLongestText);
  if (!text) return text.error();
  if (text->empty()) return otherwise;
  const auto time = parse_time(*text, call.store.clock->wall());
  if (!time) return Problem{"\"" + std::string(name) + "\": " + time.error().what};
  return *time;
}

constexpr WallTime kEver{std::chrono::microseconds{std::numeric_limits<std::int64_t>::max()}};

json::object hold_value(std::uint64_t number, const HistoryHold& hold) {
  json::object value{{"hold", number}, {"made", format_time(hold.made)}, {"by", hold.by}, {"reason", hold.reason}};
  if (hold.since != WallTime{}) value["since"] = format_time(hold.since);
  if (hold.until != kEver) value["until"] = format_time(hold.until);
  return value;
}

Result<std::string> reason_of(const ActionCall& call) {
  auto reason = text_member(call.body, "reason", kLongestText);
  if (reason && reason->empty()) return Problem{"say in \"reason\" why, for whoever asks later"};
  return reason;
}

}  // namespace

ApiAnswer api_verify(const Store& store, const Parameters& parameters) {
  VerifyStep step;
  step.cursor = given(parameters, "cursor");
  for (const auto& [name, into] : {std::pair{"since", &step.since}, std::pair{"until", &step.until}}) {
    const std::string text = given(parameters, name);
    if (text.empty()) continue;
    const auto time = parse_time(text, store.clock->wall());
    if (!time) return api_problem(400, std::string(name) + ": " + time.error().what);
    *into = *time;
  }
  const auto result = verify_history(*store.database, *store.key, step);
  if (!result) return api_problem(400, result.error().what);
  json::object body{{"links", result->links},
                    {"blocks", result->blocks},
                    {"rows", result->rows},
                    {"checkpoints", result->checkpoints},
                    {"done", result->done}};
  if (!result->cursor.empty()) body["cursor"] = result->cursor;
  if (!result->finding.empty()) body["finding"] = result->finding;
  return {200, std::move(body)};
}

ApiAnswer api_links(const Store& store, const Parameters& parameters) {
  if (const std::string numbers = given(parameters, "numbers"); !numbers.empty())
    return links_by_number(store, numbers);
  const auto limit = limit_of(parameters, kUsualLinks, kMostLinks);
  if (!limit) return api_problem(400, limit.error().what);
  const std::string kind = given(parameters, "kind"), after = given(parameters, "after"),
                    before = given(parameters, "before");
  const auto from = after.empty() ? std::optional<std::uint64_t>(0) : whole_number(after);
  if (!from || *from == std::numeric_limits<std::uint64_t>::max())
    return api_problem(400, "after: the number of a link, not \"" + after + "\"");
  const auto end = before.empty() ? std::optional<std::uint64_t>() : whole_number(before);
  if (!before.empty() && !end) return api_problem(400, "before: the number of a link, not \"" + before + "\"");
  using Kind = ChainLink::Kind;
  constexpr std::array kKinds{Kind::block, Kind::action, Kind::dropped, Kind::erased, Kind::checkpoint};
  if (!kind.empty() && std::none_of(kKinds.begin(), kKinds.end(), [&](Kind one) { return kind_name(one) == kind; }))
    return api_problem(
        400, "there is no kind \"" + kind + "\" of links; there are block, action, dropped, erased and checkpoint");
  // Without "after" the newest, or the newest before "before", newest first.
  json::array links;
  const auto read = store.database->scan(
      Column::chain, keys::chain(*from + 1), end ? keys::chain(*end) : "",
      [&](std::string_view, std::string_view value) {
        const auto link = ChainLink::decode(value);
        if (link && (kind.empty() || kind_name(link->kind) == kind)) links.push_back(link_value(*link));
        return links.size() < *limit;
      },
      after.empty());
  if (!read) return api_problem(503, read.error().what);
  return {200, about_chain(store, std::move(links))};
}

ApiAnswer api_holds(const Store& store, const Parameters&) {
  json::array holds;
  for (const auto& [number, hold] : store.history->holds().all()) holds.push_back(hold_value(number, hold));
  return {200, json::object{{"now", format_time(store.clock->wall())}, {"holds", std::move(holds)}}};
}

ApiAnswer hold_history(const ActionCall& call) {
  const auto reason = reason_of(call);
  const auto since = time_member(call, "since", WallTime{}), until = time_member(call, "until", kEver);
  if (!reason) return api_problem(400, reason.error().what);
  if (!since) return api_problem(400, since.error().what);
  if (!until) return api_problem(400, until.error().what);
  if (*since == WallTime{} && *until == kEver) return api_problem(400, "say in \"since\" or \"until\" which time");
  if (*since >= *until) return api_problem(400, "\"since\" is not before \"until\"");
  const HistoryHold hold{*since, *until, call.store.clock->wall(), call.who, *reason};
  if (const auto added = call.store.history->holds().add(call.link, hold); !added)
    return api_problem(503, added.error().what);
  spdlog::info("history is held by {}: {}", call.who, *reason);
  return {200, hold_value(call.link, hold)};
}

ApiAnswer release_history(const ActionCall& call) {
  const auto reason = reason_of(call);
  if (!reason) return api_problem(400, reason.error().what);
  const json::value* number = call.body.if_contains("hold");
  boost::system::error_code error;
  const auto hold = number && number->is_number() ? number->to_number<std::uint64_t>(error) : 0;
  if (error || !hold) return api_problem(400, "\"hold\" is the number of a hold; `sinkfeed history holds` lists them");
  const auto released = call.store.history->holds().release(hold);
  if (!released) return api_problem(503, released.error().what);
  if (!*released)
    return api_problem(404, "there is no hold " + std::to_string(hold) + "; `sinkfeed history holds` lists them");
  spdlog::info("hold {} of the history is released by {}: {}", hold, call.who, *reason);
  return {200, json::object{{"released", hold}}};
}

ApiAnswer api_erasure(const Store& store, const Parameters&) {
  const ErasureProgress progress = store.history->erasure();
  return {200, json::object{{"running", progress.is_running},
                            {"blocks", progress.blocks},
                            {"damaged", progress.damaged},
                            {"done", progress.done}}};
}

ApiAnswer erase_from_history(const ActionCall& call) {
  const auto reason = reason_of(call);
  if (!reason) return api_problem(400, reason.error().what);
  const auto text = text_member(call.body, "client", kLongestText);
  if (!text) return api_problem(400, text.error().what);
  const auto client = IpAddress::parse(*text);
  if (!client) return api_problem(400, "\"client\": " + client.error().what);
  if (call.store.history->erasure().is_running)
    return api_problem(409, "another client is being erased just now; try again when that is done");
  if (const auto begun = call.store.history->erase(*client); !begun) return api_problem(503, begun.error().what);
  // Without the address, here as in the chain.
  spdlog::info("a client is being erased from the history, by {}: {}", call.who, *reason);
  return {200, json::object{{"running", true}}};
}

ApiAnswer make_checkpoint(const ActionCall& call) {
  if (const auto sealed = call.store.history->seal(); !sealed) return api_problem(503, sealed.error().what);
  const auto made = call.store.history->chain().checkpoint(*call.store.key);
  if (!made) return api_problem(503, made.error().what);
  return {200, json::object{{"checkpoint", made->line}}};
}

}  // namespace sinkfeed
