#include "feed/commands/daemon_client.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/parse.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <limits>

#include "feed/format.hpp"
#include "feed/snapshots.hpp"

namespace sinkfeed {

namespace {

namespace http = boost::beast::http;
using boost::asio::ip::tcp;

constexpr auto kConnect = std::chrono::seconds(2);
constexpr auto kAnswer = std::chrono::seconds(120);  // a search may take long

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

Result<boost::json::value> unwrap(const ApiAnswer& answer) {
  if (answer.status < 400) return answer.body;
  const boost::json::value* detail = answer.body.is_object() ? answer.body.as_object().if_contains("detail") : nullptr;
  return Problem{detail && detail->is_string() ? std::string(detail->as_string())
                                               : "the daemon answered with status " + std::to_string(answer.status)};
}

}  // namespace

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

std::optional<DaemonClient::Reply> DaemonClient::ask_daemon(const std::string& target, bool post) {
  const Endpoint at = address();
  boost::asio::io_context context;
  boost::beast::tcp_stream stream(context);
  boost::beast::error_code failed;
  const auto run = [&](auto start) {
    context.restart();
    start();
    context.run();
    return !failed;
  };
  const auto done = [&](const boost::beast::error_code& error, std::size_t) { failed = error; };
  stream.expires_after(kConnect);
  const tcp::endpoint endpoint(boost::asio::ip::make_address(at.address.text()), at.port);
  if (!run([&] { stream.async_connect(endpoint, [&](const boost::beast::error_code& error) { failed = error; }); }))
    return std::nullopt;
  http::request<http::empty_body> request(post ? http::verb::post : http::verb::get, target, 11);
  request.set(http::field::host, at.text());
  request.keep_alive(false);
  request.prepare_payload();
  stream.expires_after(kAnswer);
  if (!run([&] { http::async_write(stream, request, done); })) return std::nullopt;
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());
  if (!run([&] { http::async_read(stream, buffer, parser, done); })) return std::nullopt;
  return Reply{parser.get().result_int(), parser.get().body()};
}

bool DaemonClient::is_this_stores_daemon() {
  if (daemon_) return *daemon_;
  daemon_ = false;
  const auto reply = ask_daemon("/api/v1/status");
  if (!reply || reply->status != 200) return false;
  boost::system::error_code error;
  const boost::json::value status = boost::json::parse(reply->body, error);
  const boost::json::value* path = !error && status.is_object() ? status.as_object().if_contains("store") : nullptr;
  if (!path || !path->is_string()) return false;
  // Only who names a store means that one; otherwise the daemon that runs is the one that is asked for.
  std::error_code ignored;
  daemon_ = !options_.state || std::filesystem::weakly_canonical(std::string(path->as_string()), ignored) ==
                                   std::filesystem::weakly_canonical(configuration_.settings.store.path, ignored);
  return *daemon_;
}

Result<Store*> DaemonClient::store() {
  if (!store_) {
    auto opened = Store::open(configuration_, Database::Mode::read_only, 0, clock_);
    if (!opened) return Problem{opened.error().what + " (and no daemon of it answers at " + address().text() + ")"};
    store_ = std::move(*opened);
  }
  return store_.get();
}

Result<boost::json::value> DaemonClient::read(const std::optional<Reply>& reply) const {
  if (!reply) return Problem{"the daemon at " + address().text() + " broke off; is it being stopped?"};
  boost::system::error_code error;
  boost::json::value body = boost::json::parse(reply->body, error);
  if (error) return Problem{"what answers at " + address().text() + " is no sinkfeed"};
  return unwrap({reply->status, std::move(body)});
}

Result<boost::json::value> DaemonClient::reload() {
  if (!is_this_stores_daemon())
    return Problem{"no daemon of this store answers at " + address().text() +
                   "; --http says where it is, if http.listen was changed"};
  return read(ask_daemon("/api/v1/reload", true));
}

Result<boost::json::value> DaemonClient::call(const std::string& call, const Parameters& parameters) {
  if (is_this_stores_daemon()) return read(ask_daemon(target_of("/api/v1/" + call, parameters)));
  const auto opened = store();
  if (!opened) return opened.error();
  return unwrap(call_api(**opened, call, parameters));
}

Result<std::string> DaemonClient::feed(const std::string& name, const std::string& format, const std::string& family) {
  const FeedFormat* found = find_format(format);
  if (!found) return Problem{"no format \"" + format + "\"; `sinkfeed feed formats` lists them"};
  if (!configuration_.catalogue->find_profile(name))
    return Problem{"no feed \"" + name + "\"; `sinkfeed feed list` lists them"};
  if (is_this_stores_daemon()) {
    const auto reply = ask_daemon(target_of("/feed/" + name + "." + format, {{"family", family}}));
    if (!reply) return Problem{"the daemon at " + address().text() + " broke off; is it being stopped?"};
    if (reply->status != 200) return Problem{"the daemon answered: " + reply->body};
    return Result<std::string>(boost::system::in_place_value, reply->body);
  }
  const auto opened = store();
  if (!opened) return opened.error();
  Snapshots snapshots((*opened)->ledger->current());
  const auto snapshot =
      snapshots.get(name, *found, family.empty() ? std::nullopt : std::optional<int>(family == "4" ? 4 : 6));
  return Result<std::string>(boost::system::in_place_value, snapshot->body);
}

}  // namespace sinkfeed
