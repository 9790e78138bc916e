#include "feed/agent/feed_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <charconv>
#include <fstream>
#include <utility>

#include "feed/agent/followed_list.hpp"

namespace sinkfeed {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr std::chrono::seconds kConnect{5}, kAnswer{15};
constexpr std::chrono::seconds kSilence{45};  // three heartbeats
constexpr std::size_t kPiece = 64 << 10, kMaxHeader = 16 << 10, kLongestToken = 4096;

}  // namespace

Result<std::unique_ptr<FeedClient>> FeedClient::open(asio::io_context& context, FeedUrl url, FeedCredentials access) {
  std::unique_ptr<FeedClient> client(new FeedClient(context, std::move(url), std::move(access)));
  if (const auto usable = client->use_files(); !usable) return usable.error();
  if (const auto token = client->token(); !token) return token.error();
  return client;
}

FeedClient::FeedClient(asio::io_context& context, FeedUrl url, FeedCredentials access)
    : context_(context), url_(std::move(url)), access_(std::move(access)), resolver_(context) {}

Result<void> FeedClient::use_files() {
  boost::system::error_code error;
  SSL_CTX_set_min_proto_version(tls_.native_handle(), TLS1_2_VERSION);
  tls_.set_verify_mode(asio::ssl::verify_peer, error);
  tls_.set_verify_callback(asio::ssl::host_name_verification(url_.host), error);
  const auto cannot = [&](const char* option, const std::filesystem::path& file) {
    return Problem{fmt::format("{} {} cannot be used: {}", option, file.string(), error.message())};
  };
  if (access_.ca.empty())
    tls_.set_default_verify_paths(error);
  else if (tls_.load_verify_file(access_.ca.string(), error); error)
    return cannot("--ca", access_.ca);
  if (access_.certificate.empty()) return {};
  if (tls_.use_certificate_chain_file(access_.certificate.string(), error); error)
    return cannot("--cert", access_.certificate);
  if (tls_.use_private_key_file(access_.key.string(), asio::ssl::context::pem, error); error)
    return cannot("--key", access_.key);
  return {};
}

Result<std::string> FeedClient::token() const {
  std::string token = access_.token;
  if (!access_.token_file.empty()) {
    std::ifstream file(access_.token_file);
    if (!std::getline(file, token))
      return Problem{fmt::format("--token-file {} cannot be read, or is empty", access_.token_file.string())};
  }
  token.erase(token.find_last_not_of(" \t\r") + 1);
  const bool is_plain = std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (!is_plain || token.size() > kLongestToken) return Problem{"the token has characters that no token has"};
  return Result<std::string>(boost::system::in_place_value, std::move(token));
}

// Runs what `start` begins, and whatever else there is, until it is done.
template <class Start>
boost::system::error_code FeedClient::wait(Start start) {
  std::optional<boost::system::error_code> done;
  start([&](const boost::system::error_code& error, const auto&...) { done = error; });
  while (!done) context_.run_one();
  return *done;
}

template <class Use>
auto FeedClient::with_stream(Use use) {
  return url_.is_https ? use(*stream_) : use(tcp());
}

void FeedClient::stop() {
  stopped_ = true;
  resolver_.cancel();
  if (stream_) tcp().close();
}

Problem FeedClient::broke_off(const boost::system::error_code& error, std::chrono::seconds patience) const {
  if (error == boost::beast::error::timeout)
    return Problem{fmt::format("{} sent nothing for {} s", url_.authority(), patience.count())};
  return Problem{fmt::format("{} broke off ({})", url_.authority(), error.message())};
}

Result<void> FeedClient::connect() {
  if (stopped_) return Problem{"the agent is being stopped"};
  tcp::resolver::results_type places;
  auto error = wait([&](auto done) {
    resolver_.async_resolve(url_.host, url_.port, [&, done](const auto& result, tcp::resolver::results_type found) {
      places = std::move(found);
      done(result);
    });
  });
  if (error) return Problem{fmt::format("the address of {} cannot be found ({})", url_.host, error.message())};
  if (stopped_) return Problem{"the agent is being stopped"};
  buffer_.clear();
  stream_ = std::make_unique<Stream>(context_, tls_);
  tcp().expires_after(kConnect);
  error = wait([&](auto done) { tcp().async_connect(places, done); });
  if (error) return Problem{fmt::format("{} does not answer ({})", url_.authority(), error.message())};
  server_ = IpAddress::from(*tcp().socket().remote_endpoint(error).data());
  if (!url_.is_https) return {};
  // A name is told to the server (RFC 6066 3); an address is not.
  if (!IpAddress::parse(url_.host)) SSL_set_tlsext_host_name(stream_->native_handle(), url_.host.c_str());
  tcp().expires_after(kConnect);
  error = wait([&](auto done) { stream_->async_handshake(asio::ssl::stream_base::client, done); });
  if (!error) return {};
  const long verified = SSL_get_verify_result(stream_->native_handle());
  return Problem{fmt::format("{} cannot be trusted: {}", url_.authority(),
                             verified == X509_V_OK ? error.message() : X509_verify_cert_error_string(verified))};
}

Result<FeedClient::Answer> FeedClient::ask(const std::string& suffix, std::uint64_t has,
                                           std::chrono::seconds patience) {
  const auto token = this->token();
  if (!token) return token.error();
  if (const auto connected = connect(); !connected) return connected.error();
  http::request<http::empty_body> request(http::verb::get, url_.path + suffix, 11);
  request.set(http::field::host, url_.authority());
  request.set(http::field::user_agent, "sinkfeed-agent/" SINKFEED_VERSION);
  request.keep_alive(false);
  if (!token->empty()) request.set(http::field::authorization, "Bearer " + *token);
  if (has) request.set("Last-Event-ID", std::to_string(has));
  tcp().expires_after(patience);
  auto error =
      with_stream([&](auto& stream) { return wait([&](auto done) { http::async_write(stream, request, done); }); });
  if (error) return broke_off(error, patience);
  parser_.emplace();
  parser_->header_limit(kMaxHeader);
  parser_->body_limit(boost::none);
  error = with_stream(
      [&](auto& stream) { return wait([&](auto done) { http::async_read_header(stream, buffer_, *parser_, done); }); });
  if (error) return broke_off(error, patience);
  Answer answer;
  answer.status = parser_->get().result_int();
  const auto number = parser_->get()["X-Sinkfeed-Generation"];
  std::from_chars(number.data(), number.data() + number.size(), answer.generation);
  return answer;
}

Result<std::string> FeedClient::read_piece(std::chrono::seconds patience) {
  std::string bytes;
  std::array<char, kPiece> piece;
  while (bytes.empty() && !parser_->is_done()) {
    parser_->get().body().data = piece.data();
    parser_->get().body().size = piece.size();
    tcp().expires_after(patience);
    auto error = with_stream(
        [&](auto& stream) { return wait([&](auto done) { http::async_read_some(stream, buffer_, *parser_, done); }); });
    if (error && error != http::error::need_buffer) return broke_off(error, patience);
    bytes.assign(piece.data(), piece.size() - parser_->get().body().size);
  }
  return Result<std::string>(boost::system::in_place_value, std::move(bytes));
}

Result<FeedClient::Answer> FeedClient::get(const std::string& suffix) {
  auto answer = ask(suffix, 0, kAnswer);
  while (answer) {
    const auto piece = read_piece(kAnswer);
    if (!piece) return piece.error();
    if (piece->empty()) break;
    answer->body += *piece;
    if (answer->body.size() > kLargestList)
      return Problem{fmt::format("{} sends more than {} MiB, which is no list of sinkfeed's", url_.authority(),
                                 kLargestList >> 20)};
  }
  return answer;
}

Result<FeedClient::Answer> FeedClient::listen(const std::string& suffix, std::uint64_t has) {
  auto answer = ask(suffix, has, kAnswer);
  if (!answer || answer->status != 200) return answer;
  const auto type = parser_->get()[http::field::content_type];
  if (!boost::beast::iequals(type.substr(0, type.find(';')), "text/event-stream"))
    return Problem{url_.authority() + " answers with something else than events; it is no sinkfeed, or an older one"};
  return answer;
}

Result<std::string> FeedClient::next() { return read_piece(kSilence); }

}  // namespace sinkfeed
