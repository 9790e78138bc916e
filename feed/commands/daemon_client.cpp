#include "feed/commands/daemon_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <cstdlib>
#include <limits>

#include "feed/commands/daemon_stream.hpp"
#include "feed/commands/store_process.hpp"
#include "feed/feed_routes.hpp"
#include "feed/out/api_export.hpp"

namespace sinkfeed {

namespace {

namespace http = boost::beast::http;
using boost::asio::ip::tcp;

constexpr std::chrono::seconds kConnect{2}, kAnswer{15};
constexpr std::chrono::seconds kSearch{120};  // of a history of months

std::string target_of(const std::string& path, const Parameters& parameters) {
  std::string target = path;
  char separator = '?';
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    target += separator + name + "=" + boost::urls::encode(value, boost::urls::unreserved_chars);
    separator = '&';
  }
  return target;
}

// The folder of the store that the daemon has; empty if it is no daemon that answered.
std::string store_of(const std::string& status) {
  boost::system::error_code error;
  const boost::json::value body = boost::json::parse(status, error);
  const boost::json::value* path = !error && body.is_object() ? body.as_object().if_contains("store") : nullptr;
  return path && path->is_string() ? std::string(path->as_string()) : "";
}

bool is_same(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code ignored;
  return std::filesystem::weakly_canonical(a, ignored) == std::filesystem::weakly_canonical(b, ignored);
}

}  // namespace

std::string detail_of(const std::string& body) {
  boost::system::error_code error;
  const boost::json::value problem = boost::json::parse(body, error);
  const boost::json::value* detail =
      !error && problem.is_object() ? problem.as_object().if_contains("detail") : nullptr;
  return detail && detail->is_string() ? std::string(detail->as_string()) : body.substr(0, body.find('\n'));
}

DaemonClient::DaemonClient(GlobalOptions options, Configuration configuration)
    : options_(std::move(options)), configuration_(std::move(configuration)) {}

DaemonClient::~DaemonClient() = default;

Endpoint DaemonClient::address() const {
  if (options_.http) return *options_.http;
  Endpoint at = configuration_.settings.http.listen.front();
  const auto bytes = at.address.bytes();
  if (std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; }))
    at.address = *IpAddress::parse(at.address.is_v4() ? "127.0.0.1" : "::1");
  return at;
}

DaemonClient::Reply DaemonClient::get(const std::string& target, std::chrono::seconds patience) const {
  return ask_daemon({http::verb::get, target, 11}, patience);
}

DaemonClient::Reply DaemonClient::ask_daemon(http::request<http::string_body> request,
                                             std::chrono::seconds patience) const {
  const Endpoint at = address();
  boost::asio::io_context context;
  boost::beast::tcp_stream stream(context);
  boost::beast::error_code error;
  const auto run = [&](auto start) {
    context.restart();
    start();
    context.run();
    return !error;
  };
  const auto done = [&](const boost::beast::error_code& result, std::size_t) { error = result; };
  const auto no_answer = [&] {
    const bool is_late = error == boost::beast::error::timeout;
    return Reply{.what = fmt::format("it {} at {}",
                                     is_late ? fmt::format("did not answer within {} s", patience.count())
                                             : "broke off (" + error.message() + ")",
                                     at.text())};
  };
  stream.expires_after(kConnect);
  const tcp::endpoint endpoint(boost::asio::ip::make_address(at.address.text()), at.port);
  if (!run([&] { stream.async_connect(endpoint, [&](const boost::beast::error_code& result) { error = result; }); }))
    return Reply{.what = fmt::format("it does not listen at {} ({})", at.text(), error.message()),
                 .is_nobody_there = true};
  request.set(http::field::host, at.text());
  request.set(http::field::user_agent, kCommandAgent);
  request.keep_alive(false);
  request.prepare_payload();
  stream.expires_after(patience);
  if (!run([&] { http::async_write(stream, request, done); })) return no_answer();
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());
  if (!run([&] { http::async_read(stream, buffer, parser, done); })) return no_answer();
  return Reply{.status = parser.get().result_int(), .body = parser.get().body()};
}

Result<bool> DaemonClient::find_daemon() {
  if (has_daemon_) return *has_daemon_;
  const std::string at = address().text();
  const auto& path = configuration_.settings.store.path;
  const Reply reply = get("/api/v1/status", kAnswer);
  const std::string its_store = reply.status == 200 ? store_of(reply.body) : "";
  // Only who names a store means that one; otherwise the daemon that runs is the one that is asked for.
  if (!its_store.empty() && (!options_.state || is_same(its_store, path))) return *(has_daemon_ = true);
  const std::string why = !its_store.empty()    ? "the one that answers at " + at + " has another store, " + its_store
                          : reply.status == 200 ? "what answers at " + at + " is no sinkfeed"
                          : reply.status        ? "it refuses at " + at + ": " + detail_of(reply.body)
                                                : reply.what;
  const std::string where =
      "; --http says where it listens, if that is not http.listen of " + configuration_.settings.file.string();
  if (const std::string process = store_process(path); !process.empty())
    return Problem{fmt::format("the daemon ({}) has the store {} open, but cannot be asked: {}{}", process,
                               path.string(), why, where)};
  const bool may_be_one = !reply.is_nobody_there && (reply.status == 0 || reply.status == 403);
  if (may_be_one && !options_.state) return Problem{fmt::format("the daemon cannot be asked: {}{}", why, where)};
  return *(has_daemon_ = false);
}

Result<Store*> DaemonClient::store() {
  if (!store_) {
    auto opened = Store::open(configuration_, Database::Mode::read_only, 0, clock_);
    if (!opened) return Problem{opened.error().what + " (and no daemon of it answers at " + address().text() + ")"};
    store_ = std::move(*opened);
  }
  return store_.get();
}

ApiAnswer DaemonClient::read(const Reply& reply) const {
  if (!reply.status) return api_problem(503, "the daemon cannot be asked: " + reply.what);
  boost::system::error_code error;
  boost::json::value body = boost::json::parse(reply.body, error);
  if (error) return api_problem(502, "what answers at " + address().text() + " is no sinkfeed");
  return {reply.status, std::move(body)};
}

ApiAnswer DaemonClient::act(const std::string& action, const boost::json::object* body) {
  const auto found = find_daemon();
  if (!found) return api_problem(503, found.error().what);
  if (!*found)
    return api_problem(503, "no daemon of this store answers at " + address().text() +
                                "; --http says where it is, if http.listen was changed");
  http::request<http::string_body> request(http::verb::post, "/api/v1/" + action, 11);
  // Who has become root to do it; the daemon sees root alone.
  if (const char* user = std::getenv("SUDO_USER")) request.set("Sinkfeed-Sudo-User", user);
  if (body) {
    request.set(http::field::content_type, "application/json");
    request.body() = boost::json::serialize(*body);
  }
  return read(ask_daemon(std::move(request), kSearch));
}

ApiAnswer DaemonClient::call(const std::string& call, const Parameters& parameters) {
  const auto found = find_daemon();
  if (!found) return api_problem(503, found.error().what);
  if (*found) return read(get(target_of("/api/v1/" + call, parameters), kSearch));
  const auto opened = store();
  if (!opened) return api_problem(503, opened.error().what);
  // As they would go over HTTP: what is empty is not given.
  Parameters given = parameters;
  std::erase_if(given, [](const auto& parameter) { return parameter.second.empty(); });
  return call_api(**opened, call, given);
}

Result<void> DaemonClient::export_history(const Parameters& parameters,
                                          const std::function<bool(std::string_view piece)>& write) {
  const auto found = find_daemon();
  if (!found) return found.error();
  if (*found) return stream_from_daemon(address(), target_of("/api/v1/history/export", parameters), write);
  const auto opened = store();
  if (!opened) return opened.error();
  auto request = read_export_request(parameters, clock_.wall());
  if (!request) return request.error();
  return sinkfeed::export_history(*(*opened)->history, request->filter, request->format, write);
}

Result<std::string> DaemonClient::feed(const std::string& name, const FeedFormat& format,
                                       const Parameters& parameters) {
  const auto& feeds = configuration_.feeds;
  if (std::none_of(feeds.begin(), feeds.end(), [&](const FeedDefinition& feed) { return feed.name == name; }))
    return Problem{"no feed \"" + name + "\"; `sinkfeed feed list` lists them"};
  const auto found = find_daemon();
  if (!found) return found.error();
  const std::string path = std::string(FeedRoutes::kFolder) + name + "." + std::string(format.facts().extension);
  if (*found) {
    const Reply reply = get(target_of(path, parameters), kAnswer);
    if (!reply.status) return Problem{"the daemon cannot be asked: " + reply.what};
    if (reply.status != 200) return Problem{"the daemon answered: " + detail_of(reply.body)};
    return Result<std::string>(boost::system::in_place_value, reply.body);
  }
  const auto opened = store();
  if (!opened) return opened.error();
  Snapshots snapshots((*opened)->ledger->current(), entries_of(*(*opened)->ledger));
  HttpRequest request;
  request.path = path;
  for (const auto& [key, value] : parameters) {
    if (!value.empty()) request.query[key] = value;
  }
  const HttpAnswer answer = FeedRoutes(**opened, snapshots, nullptr).answer(request);
  if (answer.status != 200) return Problem{"the store has none: " + detail_of(*answer.body)};
  return Result<std::string>(boost::system::in_place_value, *answer.body);
}

}  // namespace sinkfeed
