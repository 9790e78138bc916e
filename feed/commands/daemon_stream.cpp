#include "feed/commands/daemon_stream.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <limits>

#include "feed/commands/daemon_client.hpp"
#include "feed/http_message.hpp"
#include "feed/out/api_export.hpp"

namespace sinkfeed {

namespace {

namespace http = boost::beast::http;
using boost::asio::ip::tcp;

constexpr std::chrono::seconds kConnect{2};
constexpr std::chrono::seconds kPiece{120};  // much may be read for one match
constexpr std::size_t kRefusal = 4096;

}  // namespace

Result<void> stream_from_daemon(const Endpoint& at, const std::string& target,
                                const std::function<bool(std::string_view)>& write) {
  boost::asio::io_context context;
  boost::beast::tcp_stream stream(context);
  boost::beast::error_code error;
  const auto run = [&](std::chrono::seconds patience, auto start) {
    stream.expires_after(patience);
    context.restart();
    start([&](const boost::beast::error_code& result, const auto&...) { error = result; });
    context.run();
    return !error;
  };
  const auto broke_off = [&] { return Problem{fmt::format("the daemon broke off ({})", error.message())}; };
  const tcp::endpoint endpoint(boost::asio::ip::make_address(at.address.text()), at.port);
  if (!run(kConnect, [&](auto done) { stream.async_connect(endpoint, done); }))
    return Problem{fmt::format("the daemon does not listen at {} ({})", at.text(), error.message())};
  http::request<http::empty_body> request(http::verb::get, target, 11);
  request.set(http::field::host, at.text());
  request.set(http::field::user_agent, kCommandAgent);
  if (!run(kPiece, [&](auto done) { http::async_write(stream, request, done); })) return broke_off();
  boost::beast::flat_buffer buffer;
  http::response_parser<http::buffer_body> parser;
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());
  if (!run(kPiece, [&](auto done) { http::async_read_header(stream, buffer, parser, done); })) return broke_off();
  std::array<char, 64 << 10> piece;
  std::string refusal;
  const bool is_refused = parser.get().result() != http::status::ok;
  while (!parser.is_done()) {
    parser.get().body().data = piece.data();
    parser.get().body().size = piece.size();
    parser.get().body().more = true;
    const bool is_read = run(kPiece, [&](auto done) { http::async_read_some(stream, buffer, parser, done); });
    if (!is_read && error != http::error::need_buffer) return broke_off();
    const std::string_view bytes{piece.data(), piece.size() - parser.get().body().size};
    if (is_refused)
      refusal += bytes.substr(0, kRefusal - std::min(kRefusal, refusal.size()));
    else if (!bytes.empty() && !write(bytes))
      return {};
  }
  if (is_refused) return Problem{"the daemon answered: " + detail_of(refusal)};
  const auto field = [&](std::string_view name) { return std::string(parser.get()[name]); };
  if (const std::string damage = field(kExportDamage); !damage.empty()) return Problem{damage};
  if (field(kExportComplete).empty()) return Problem{"the daemon broke off before the end"};
  return {};
}

}  // namespace sinkfeed
