#include "feed/feed_routes.hpp"

#include <algorithm>
#include <charconv>

#include "feed/digests.hpp"
#include "feed/feed_builder.hpp"
#include "feed/feed_delta.hpp"
#include "feed/feed_folder.hpp"
#include "feed/format.hpp"
#include "feed/parameters.hpp"
#include "store/sha256.hpp"

namespace sinkfeed {

namespace {

constexpr std::string_view kTooStale =
    "nothing new could be stored for longer than feed.max_stale; keep the list that you have";
constexpr std::string_view kPublicKey = "sinkfeed.pub", kEvents = "events";

HttpAnswer keep_yours(std::string_view what) {
  HttpAnswer answer = feed_error(503, what);
  answer.headers.emplace_back("Retry-After", "30");
  return answer;
}

// What else there is in a query means nothing to us.
Result<FeedWishes> read_wishes(const std::map<std::string, std::string>& query) {
  FeedWishes wishes;
  if (const auto wanted = query.find("family"); wanted != query.end()) {
    if (wanted->second != "4" && wanted->second != "6") return Problem{"family is 4 or 6"};
    wishes.family = wanted->second == "4" ? 4 : 6;
  }
  if (const auto wanted = query.find("aggregation"); wanted != query.end()) {
    const auto aggregation = parse_aggregation(wanted->second);
    if (!aggregation) return Problem{"aggregation is none or lossless"};
    wishes.aggregation = *aggregation;
  }
  if (const auto wanted = query.find("form"); wanted != query.end()) {
    if (wanted->second != "ranges" && wanted->second != "prefixes") return Problem{"form is ranges or prefixes"};
    wishes.ranges = wanted->second == "ranges";
  }
  return wishes;
}

// "\"a\"" with "-gzip" within its quotes: another representation has another strong tag (RFC 9110 8.8.3).
std::string tag_of(const Snapshot& snapshot, Coding coding) {
  if (coding == Coding::identity) return snapshot.etag;
  return snapshot.etag.substr(0, snapshot.etag.size() - 1) + "-" + std::string(coding_name(coding)) + "\"";
}

// In one way, however they were written, so that a subscriber has one name.
std::string wishes_text(const FeedWishes& wishes) {
  std::string text;
  const auto add = [&](std::string_view wish) { (text += text.empty() ? '?' : '&') += wish; };
  if (wishes.family) add(*wishes.family == 4 ? "family=4" : "family=6");
  if (wishes.aggregation) add("aggregation=" + std::string(aggregation_name(*wishes.aggregation)));
  if (wishes.ranges) add("form=ranges");
  return text;
}

// Of an edition's 16 hex digits.
std::uint64_t hash_of(const std::string& edition) {
  std::uint64_t hash = 0;
  std::from_chars(edition.data(), edition.data() + edition.size(), hash, 16);
  return hash;
}

FeedEdition edition_of(const Snapshot& snapshot) {
  return {snapshot.generation, hash_of(snapshot.edition), snapshot.changed};
}

}  // namespace

HttpAnswer feed_error(unsigned status, std::string_view what) {
  HttpAnswer answer = text_answer(status, "# " + std::string(what) + "\n");
  answer.media_type = "text/plain; charset=us-ascii";
  return answer;
}

std::optional<FeedRoutes::Wanted> FeedRoutes::wanted(const HttpRequest& request, HttpAnswer& refusal) const {
  Wanted wanted;
  wanted.file = request.path.substr(kFolder.size());
  wanted.sidecar = take_sidecar(wanted.file);
  // No feed has a dot in its name; formats may.
  const std::size_t dot = std::min(wanted.file.find('.'), wanted.file.size());
  const auto extension = std::string_view(wanted.file).substr(std::min(dot + 1, wanted.file.size()));
  wanted.events = events_ && extension == kEvents && !wanted.sidecar;
  wanted.format = find_format(wanted.events ? "txt" : extension);
  wanted.configuration = store_.configuration();
  wanted.feed = find_feed(*wanted.configuration, std::string_view(wanted.file).substr(0, dot));
  const auto refuse = [&](unsigned status, std::string_view what) {
    refusal = feed_error(status, what);
    return std::nullopt;
  };
  if (!wanted.format || !wanted.feed) return refuse(404, "no such feed or format");
  const auto wishes = read_wishes(request.query);
  if (!wishes) return refuse(400, wishes.error().what);
  if (wishes->ranges && (wanted.events || !wanted.format->facts().reads_ranges))
    return refuse(400, "this format has no ranges");
  wanted.wishes = *wishes;
  for (const auto& [name, number] : {std::pair{"generation", &wanted.generation}, std::pair{"since", &wanted.since}}) {
    const auto given = request.query.find(name);
    if (given == request.query.end()) continue;
    *number = whole_number(given->second);
    if (!*number) return refuse(400, std::string(name) + " is the number of a generation");
  }
  if ((wanted.generation || wanted.since) && wanted.sidecar) return refuse(404, "sidecars are of the newest edition");
  return wanted;
}

bool FeedRoutes::is_ready(const HttpRequest& request) const {
  HttpAnswer refusal;
  const auto wanted = this->wanted(request, refusal);
  if (!wanted) return true;
  if (wanted->events || wanted->generation || wanted->since) return false;
  const auto snapshot = snapshots_.ready(wanted->configuration, *wanted->feed, *wanted->format, wanted->wishes);
  if (!snapshot) return false;
  return wanted->sidecar ? snapshot->has_beside(static_cast<std::size_t>(*wanted->sidecar))
                         : snapshot->has_coded(wanted_coding(request.accept_encoding));
}

HttpAnswer FeedRoutes::answer(const HttpRequest& request) const {
  if (request.path.substr(kFolder.size()) == kPublicKey) return text_answer(200, minisign_public_key(*store_.key));
  HttpAnswer refusal;
  const auto wanted = this->wanted(request, refusal);
  if (!wanted) return refusal;
  if (wanted->events) return events(request, *wanted);
  std::shared_ptr<const Snapshot> given;
  HttpAnswer answer = this->answer(request, *wanted, given);
  if (!wanted->generation) count(request, *wanted, given.get(), answer);
  return answer;
}

HttpAnswer FeedRoutes::answer(const HttpRequest& request, const Wanted& wanted,
                              std::shared_ptr<const Snapshot>& given) const {
  const auto newest = snapshots_.get(wanted.configuration, *wanted.feed, *wanted.format, wanted.wishes);
  // A profile of the settings that is in no generation yet gets one as soon as the store can be written.
  if (!newest || !newest->generation) return keep_yours("no list has been made yet; keep the one you have");
  if (!newest->entries && !wanted.format->facts().empties_safely)
    return keep_yours("the list is empty, which firewalls take for all or for nothing; keep the one you have");
  if (is_too_stale(wanted)) return keep_yours(kTooStale);
  if (wanted.generation) return past(wanted);
  given = newest;
  if (wanted.since) return changes(wanted, newest);
  // Private ones are in no feed anyway.
  if (!special_purpose(request.client) && !request.is_for_a_person()) store_.ledger->add_subscriber(request.client);
  std::string who = request.client.text() + " " + wanted.file;
  for (const auto& [name, value] : request.query) who += " " + name + "=" + value;
  const auto asked = wanted.sidecar ? EditionPins::Asked::sidecar : EditionPins::Asked::body;
  given = pins_.choose(who, asked, newest);
  return wanted.sidecar ? sidecar(request, wanted, given) : body(request, given);
}

void FeedRoutes::count(const HttpRequest& request, const Wanted& wanted, const Snapshot* given,
                       HttpAnswer& answer) const {
  if (request.is_for_a_person()) return;
  const std::string wishes = wishes_text(wanted.wishes), with_wishes = wishes.empty() ? wishes : wanted.file + wishes;
  const std::string& feed = wishes.empty() ? wanted.file : with_wishes;
  FeedPoll poll{{request.client, feed, request.who}, request.user_agent, answer.status, wanted.sidecar.has_value(), {}};
  if (given) poll.offered = edition_of(*given);
  store_.subscribers->polled(poll);
  if (answer.status != 200 || request.is_head || wanted.sidecar || !given) return;
  answer.went_out = [subscribers = store_.subscribers.get(), client = request.client, feed, who = request.who,
                     edition = *poll.offered, bytes = answer.body->size()] {
    subscribers->received({client, feed, who}, edition, bytes);
  };
}

std::optional<FeedEdition> FeedRoutes::newest(std::string_view subscribed) const {
  HttpRequest request;
  const std::size_t mark = std::min(subscribed.find('?'), subscribed.size());
  request.path = std::string(kFolder) + std::string(subscribed.substr(0, mark));
  for (std::size_t at = mark + 1; at < subscribed.size();) {
    const std::size_t end = std::min(subscribed.find('&', at), subscribed.size());
    const std::string_view pair = subscribed.substr(at, end - at);
    if (const std::size_t equals = pair.find('='); equals != std::string_view::npos)
      request.query[std::string(pair.substr(0, equals))] = pair.substr(equals + 1);
    at = end + 1;
  }
  HttpAnswer refusal;
  const auto wanted = this->wanted(request, refusal);
  if (!wanted) return std::nullopt;
  std::optional<FeedEdition> edition;
  std::size_t entries = 0;
  if (const auto ready = snapshots_.ready(wanted->configuration, *wanted->feed, *wanted->format, wanted->wishes)) {
    edition = edition_of(*ready);
    entries = ready->entries;
  } else {
    const auto generation = snapshots_.generation();
    const auto content = build_feed(*wanted->feed, *generation, *wanted->configuration->catalogue,
                                    wanted->format->facts(), wanted->wishes, entries_of(*store_.ledger));
    if (!content) return std::nullopt;
    edition = FeedEdition{generation->number, hash_of(content->edition), generation->created};
    entries = content->networks.size() + content->shared.size();
  }
  if (!edition->generation || (!entries && !wanted->format->facts().empties_safely)) return std::nullopt;
  return edition;
}

// Nothing new could be written to the store for so long that nobody should go by what is served.
bool FeedRoutes::is_too_stale(const Wanted& wanted) const {
  const auto most = wanted.configuration->settings.feed.max_stale;
  if (!most.count()) return false;
  const auto lasting = store_.health.lasting("store");
  return lasting && *lasting > most;
}

HttpAnswer FeedRoutes::body(const HttpRequest& request, const std::shared_ptr<const Snapshot>& snapshot) const {
  Coding coding = wanted_coding(request.accept_encoding);
  if (coding != Coding::identity && snapshot->coded(coding).empty()) coding = Coding::identity;
  HttpAnswer answer;
  answer.media_type = snapshot->media_type;
  const std::string tag = tag_of(*snapshot, coding);
  answer.headers.reserve(8);
  answer.headers.emplace_back("ETag", tag);
  answer.headers.emplace_back("Last-Modified", snapshot->last_modified);
  answer.headers.emplace_back("Cache-Control", "no-cache");
  answer.headers.emplace_back("Vary", "Accept-Encoding");
  answer.headers.emplace_back("X-Sinkfeed-Generation", std::to_string(snapshot->generation));
  if (const auto stale = store_.health.lasting("store"))
    answer.headers.emplace_back("X-Sinkfeed-Stale",
                                std::to_string(std::chrono::duration_cast<std::chrono::seconds>(*stale).count()));
  if (snapshot->left_out)
    answer.headers.emplace_back("X-Sinkfeed-Truncated", std::to_string(snapshot->entries) + "/" +
                                                            std::to_string(snapshot->entries + snapshot->left_out));
  if (client_has_it(request, tag, snapshot->changed)) {
    answer.status = 304;
    return answer;
  }
  if (coding != Coding::identity) answer.headers.emplace_back("Content-Encoding", coding_name(coding));
  answer.body = coding == Coding::identity ? snapshot->body()
                                           : std::shared_ptr<const std::string>(snapshot, &snapshot->coded(coding));
  return answer;
}

HttpAnswer FeedRoutes::past(const Wanted& wanted) const {
  const auto generation = store_.ledger->generation(*wanted.generation);
  if (!generation) return keep_yours("the store cannot be read; keep the list that you have");
  if (!*generation) return feed_error(410, "that generation is not to be had");
  const auto content = build_feed(*wanted.feed, **generation, *wanted.configuration->catalogue, wanted.format->facts(),
                                  wanted.wishes, entries_of(*store_.ledger));
  if (!content) return feed_error(410, "that generation is not to be had");
  HttpAnswer answer;
  answer.media_type = wanted.format->facts().media_type;
  answer.body = std::make_shared<const std::string>(wanted.format->render(*content));
  answer.headers = {{"Last-Modified", http_date((*generation)->created)},
                    {"X-Sinkfeed-Generation", std::to_string((*generation)->number)}};
  return answer;
}

HttpAnswer FeedRoutes::changes(const Wanted& wanted, const std::shared_ptr<const Snapshot>& newest) const {
  const auto from = store_.ledger->generation(*wanted.since), to = store_.ledger->generation(newest->generation);
  if (!from || !to) return keep_yours("the store cannot be read; keep the list that you have");
  if (!*from || !*to)
    return feed_error(410, "what has changed since that generation is not known; fetch the whole list");
  const auto content = [&](const Generation& generation) {
    return build_feed(*wanted.feed, generation, *wanted.configuration->catalogue, wanted.format->facts(), wanted.wishes,
                      entries_of(*store_.ledger));
  };
  const auto before = content(**from), after = content(**to);
  if (!before || !after) return feed_error(410, "what has changed since is not known; fetch the whole list");
  HttpAnswer answer;
  answer.media_type = "application/x-ndjson";
  answer.body = std::make_shared<const std::string>(delta_lines(delta_of(*before, *after), *after, *wanted.since,
                                                                std::max(*wanted.since, newest->generation),
                                                                to_hex(digest_of(Digest::sha256, *newest->body()))));
  answer.headers = {{"Cache-Control", "no-cache"}, {"X-Sinkfeed-Generation", std::to_string(newest->generation)}};
  return answer;
}

HttpAnswer FeedRoutes::events(const HttpRequest& request, const Wanted& wanted) const {
  if (is_too_stale(wanted)) return keep_yours(kTooStale);
  std::optional<std::uint64_t> has = wanted.since;
  // What a client says when it comes back; one that is none of ours leads to a reset.
  if (!request.last_event_id.empty()) has = whole_number(request.last_event_id).value_or(0);
  auto stream = events_->follow(wanted.configuration, *wanted.feed, wanted.wishes, has);
  if (!stream) return keep_yours(stream.error().what);
  if (!special_purpose(request.client) && !request.is_for_a_person()) store_.ledger->add_subscriber(request.client);
  HttpAnswer answer;
  answer.media_type = "text/event-stream";
  // The last is for nginx, which would keep events back until it has a bufferful.
  answer.headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};
  answer.stream = std::move(*stream);
  return answer;
}

HttpAnswer FeedRoutes::sidecar(const HttpRequest& request, const Wanted& wanted,
                               const std::shared_ptr<const Snapshot>& snapshot) const {
  const std::string& text = snapshot->beside(static_cast<std::size_t>(*wanted.sidecar), [&](const Snapshot& of) {
    return sidecar_text(*wanted.sidecar, *of.body(), wanted.file,
                        wanted.file + " generation " + std::to_string(of.generation) + " of " +
                            format_second(of.changed) + " edition " + of.edition,
                        *store_.key);
  });
  if (text.empty()) return feed_error(404, "this digest is switched off on the server");
  HttpAnswer answer;
  const std::string tag = tag_of(*snapshot, Coding::identity);
  answer.headers = {{"ETag", tag},
                    {"Last-Modified", snapshot->last_modified},
                    {"Cache-Control", "no-cache"},
                    {"X-Sinkfeed-Generation", std::to_string(snapshot->generation)}};
  if (client_has_it(request, tag, snapshot->changed)) {
    answer.status = 304;
    return answer;
  }
  answer.media_type = "text/plain; charset=us-ascii";
  answer.body = std::shared_ptr<const std::string>(snapshot, &text);
  return answer;
}

}  // namespace sinkfeed
