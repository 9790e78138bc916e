#include "feed/http_server.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/url/parse.hpp>
#include <future>
#include <map>
#include <optional>
#include <thread>
#include <unordered_set>

#include "config/port_holder.hpp"
#include "config/thread_priority.hpp"

namespace sinkfeed {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr std::size_t kMaxHeader = 8 << 10;
constexpr auto kPatience = std::chrono::seconds(10);
constexpr auto kStopPatience = std::chrono::seconds(2);
constexpr auto kAcceptRetry = std::chrono::milliseconds(100);
constexpr std::size_t kMaxConnections = 2000, kMaxPerClient = 100;
constexpr int kSearchThreads = 2;

using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
using Parser = http::request_parser<http::empty_body>;
using Answer = http::response<http::span_body<const char>>;

std::optional<HttpRequest> read_request(const http::request<http::empty_body>& from, const IpAddress& client) {
  const auto url = boost::urls::parse_origin_form(boost::core::string_view(from.target().data(), from.target().size()));
  if (!url) return std::nullopt;
  HttpRequest request;
  request.method = std::string(from.method() == http::verb::head ? "GET" : from.method_string());
  request.path = url->path();
  for (const auto& parameter : url->params()) request.query[parameter.key] = parameter.value;
  request.if_none_match = std::string(from[http::field::if_none_match]);
  request.if_modified_since = std::string(from[http::field::if_modified_since]);
  request.client = client;
  return request;
}

}  // namespace

struct HttpServer::Parts {
  class Connection;
  struct Listener {
    Endpoint at;
    tcp::acceptor acceptor;
  };
  using Listeners = std::vector<std::shared_ptr<Listener>>;
  struct NextListeners final : Change {
    std::vector<Endpoint> listen;
    Listeners added;
  };

  explicit Parts(const Routes& routes_) : routes(routes_), work(asio::make_work_guard(context)) {}

  Result<std::shared_ptr<Listener>> bind(const Endpoint& at);
  void accept(const std::shared_ptr<Listener>& listener);
  bool share_port(const Endpoint& at, bool share);
  void listen_on(const std::vector<Endpoint>& listen, const Listeners& added);
  void close_idle();

  const Routes& routes;
  asio::io_context context{1};
  asio::thread_pool searches{kSearchThreads};
  asio::executor_work_guard<asio::io_context::executor_type> work;
  Listeners listeners;
  std::unordered_set<std::shared_ptr<Connection>> connections;
  std::map<IpAddress, std::size_t> by_client;
  std::thread thread;
  bool stopping = false;
};

class HttpServer::Parts::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Parts& server, tcp::socket socket, IpAddress client)
      : server_(server), stream_(std::move(socket)), client_(client) {}

  void read() {
    if (server_.stopping) return close();
    busy_ = false;
    parser_.emplace();
    parser_->header_limit(kMaxHeader);
    parser_->body_limit(0);
    stream_.expires_after(kPatience);
    http::async_read(
        stream_, buffer_, *parser_, [me = shared_from_this()](const boost::beast::error_code& error, std::size_t) {
          if (error == http::error::end_of_stream) return me->close();
          if (error == http::error::body_limit || error == http::error::header_limit ||
              error == http::error::bad_target || error == http::error::bad_version || error == http::error::bad_method)
            return me->reject(error == http::error::header_limit ? 431 : error == http::error::body_limit ? 413 : 400);
          if (error) return me->close();
          me->answer();
        });
  }

  void close_if_idle() {
    if (!busy_) close();
  }

  void close() {
    if (closed_) return;
    closed_ = true;
    boost::beast::error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
    stream_.close();
    if (const auto count = server_.by_client.find(client_); count != server_.by_client.end() && --count->second == 0)
      server_.by_client.erase(count);
    server_.connections.erase(shared_from_this());
  }

 private:
  void reject(unsigned status) {
    keep_alive_ = false;
    version_ = 11;
    head_ = false;
    write(text_answer(status, "# the request cannot be read\n"));
  }

  void answer() {
    busy_ = true;
    const auto& message = parser_->get();
    keep_alive_ = message.keep_alive();
    version_ = message.version();
    head_ = message.method() == http::verb::head;
    auto request = read_request(message, client_);
    if (!request) return write(text_answer(400, "# the request cannot be read\n"));
    if (!Routes::is_slow(*request)) return write(server_.routes.answer(*request));
    stream_.expires_never();
    asio::post(server_.searches, [me = shared_from_this(), request = std::move(*request)] {
      enter_background("search");
      HttpAnswer found = me->server_.routes.answer(request);
      asio::post(me->server_.context, [me, found = std::move(found)] { me->write(found); });
    });
  }

  void write(const HttpAnswer& answer) {
    if (closed_) return;
    busy_ = true;
    if (answer.status == 403 || server_.stopping) keep_alive_ = false;
    body_ = answer.body;
    message_.emplace();
    message_->result(answer.status);
    message_->version(version_);
    message_->set(http::field::server, "sinkfeed");
    message_->keep_alive(keep_alive_);
    for (const auto& [name, value] : answer.headers) message_->set(name, value);
    if (body_) {
      message_->set(http::field::content_type, answer.media_type);
      message_->content_length(body_->size());
      if (!head_) message_->body() = boost::beast::span<const char>(body_->data(), body_->size());
    }
    stream_.expires_after(kPatience);
    serializer_.emplace(*message_);
    const auto written = [me = shared_from_this()](const boost::beast::error_code& error, std::size_t) {
      if (error || !me->keep_alive_) return me->close();
      me->read();
    };
    if (head_ || !body_) {
      http::async_write_header(stream_, *serializer_, written);
    } else {
      http::async_write(stream_, *serializer_, written);
    }
  }

  Parts& server_;
  boost::beast::tcp_stream stream_;
  IpAddress client_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::shared_ptr<const std::string> body_;  // what message_ points into
  std::optional<Answer> message_;
  std::optional<http::response_serializer<http::span_body<const char>>> serializer_;
  unsigned version_ = 11;
  bool keep_alive_ = false, head_ = false, busy_ = false, closed_ = false;
};

void HttpServer::Parts::accept(const std::shared_ptr<Listener>& listener) {
  listener->acceptor.async_accept([this, listener](const boost::system::error_code& error, tcp::socket socket) {
    if (error == asio::error::operation_aborted || stopping || !listener->acceptor.is_open()) return;
    if (error && error != asio::error::connection_aborted) {
      // Out of descriptors or memory: try again soon rather than spin.
      auto retry = std::make_shared<asio::steady_timer>(context, kAcceptRetry);
      retry->async_wait([this, listener, retry](const boost::system::error_code&) {
        if (!stopping && listener->acceptor.is_open()) accept(listener);
      });
      return;
    }
    boost::system::error_code gone;
    const tcp::endpoint remote = error ? tcp::endpoint() : socket.remote_endpoint(gone);
    if (!error && !gone) {
      const IpAddress client = IpAddress::from(*remote.data());
      std::size_t& own = by_client[client];
      if (own < kMaxPerClient && connections.size() < kMaxConnections) {
        own++;
        socket.set_option(tcp::no_delay(true), gone);
        const auto connection = std::make_shared<Connection>(*this, std::move(socket), client);
        connections.insert(connection);
        connection->read();
      } else if (own == 0) {
        by_client.erase(client);
      }
    }
    accept(listener);
  });
}

void HttpServer::Parts::close_idle() {
  for (const auto& connection : std::vector(connections.begin(), connections.end())) connection->close_if_idle();
}

Result<std::shared_ptr<HttpServer::Parts::Listener>> HttpServer::Parts::bind(const Endpoint& at) {
  auto listener = std::make_shared<Listener>(Listener{at, tcp::acceptor(context)});
  tcp::acceptor& acceptor = listener->acceptor;
  boost::system::error_code error;
  const tcp::endpoint endpoint(asio::ip::make_address(at.address.text()), at.port);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && at.address.is_v6()) acceptor.set_option(asio::ip::v6_only(true), error);
  if (!error) acceptor.bind(endpoint, error);
  const bool in_our_own_way = error == asio::error::address_in_use && share_port(at, true);
  if (in_our_own_way) {
    acceptor.set_option(ReusePort(true), error);
    if (!error) acceptor.bind(endpoint, error);
  }
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (in_our_own_way) {
    boost::system::error_code ignored;
    acceptor.set_option(ReusePort(false), ignored);
    share_port(at, false);
  }
  if (!error) {
    listener->at.port = acceptor.local_endpoint().port();  // it was 0 if any would do
    return listener;
  }
  std::string why = error.message();
  if (error == asio::error::address_in_use) {
    const std::string holder = port_holder(true, at.port);
    why = in_our_own_way
              ? "a connection that ended a moment ago holds the port on another address; try again in a minute"
              : "the port is taken" + (holder.empty() ? "" : " by " + holder) +
                    "; stop it or choose another port in http.listen (or --http-port)";
  }
  return Problem{"cannot serve HTTP on " + at.text() + ": " + why};
}

// From 127.0.0.1:8053 to 0.0.0.0:8053, say, our own socket is in the way; the kernel lets two have a port if both agree
// when the second is bound. False: it is none of ours.
bool HttpServer::Parts::share_port(const Endpoint& at, bool share) {
  bool ours = false;
  for (const auto& listener : listeners) {
    if (listener->at.port != at.port || listener->at.address.family() != at.address.family()) continue;
    boost::system::error_code error;
    listener->acceptor.set_option(ReusePort(share), error);
    ours = ours || !error;
  }
  return ours;
}

void HttpServer::Parts::listen_on(const std::vector<Endpoint>& listen, const Listeners& added) {
  std::erase_if(listeners, [&](const auto& listener) {
    if (std::find(listen.begin(), listen.end(), listener->at) != listen.end()) return false;
    boost::system::error_code ignored;
    listener->acceptor.close(ignored);
    return true;
  });
  for (const auto& listener : added) {
    listeners.push_back(listener);
    accept(listener);
  }
}

Result<std::unique_ptr<HttpServer>> HttpServer::open(const std::vector<Endpoint>& listen, const Routes& routes) {
  auto parts = std::make_unique<Parts>(routes);
  for (const Endpoint& at : listen) {
    auto listener = parts->bind(at);
    if (!listener) return listener.error();
    parts->listeners.push_back(std::move(*listener));
  }
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(parts)));
}

Result<std::unique_ptr<HttpServer::Change>> HttpServer::prepare(const std::vector<Endpoint>& listen) {
  auto change = std::make_unique<Parts::NextListeners>();
  change->listen = listen;
  for (const Endpoint& at : listen) {
    if (std::any_of(parts_->listeners.begin(), parts_->listeners.end(),
                    [&](const auto& listener) { return listener->at == at; }))
      continue;
    auto listener = parts_->bind(at);
    if (!listener) return listener.error();
    change->added.push_back(std::move(*listener));
  }
  return std::unique_ptr<Change>(std::move(change));
}

void HttpServer::commit(Change& prepared) {
  auto& change = dynamic_cast<Parts::NextListeners&>(prepared);
  std::promise<void> done;
  asio::post(parts_->context, [&] {
    parts_->listen_on(change.listen, change.added);
    done.set_value();
  });
  done.get_future().wait();
}

HttpServer::HttpServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

HttpServer::~HttpServer() { stop(); }

void HttpServer::start() {
  for (const auto& listener : parts_->listeners) parts_->accept(listener);
  parts_->thread = std::thread([this] {
    enter_background("http");
    parts_->context.run();
  });
}

void HttpServer::stop() {
  if (!parts_->thread.joinable()) return;
  asio::post(parts_->context, [this] {
    parts_->stopping = true;
    boost::system::error_code ignored;
    for (const auto& listener : parts_->listeners) listener->acceptor.close(ignored);
    parts_->close_idle();
    parts_->work.reset();
    // Whoever is still being answered after this is cut off.
    auto deadline = std::make_shared<asio::steady_timer>(parts_->context, kStopPatience);
    deadline->async_wait([this, deadline](const boost::system::error_code&) { parts_->context.stop(); });
    auto poll = std::make_shared<asio::steady_timer>(parts_->context);
    auto check = std::make_shared<std::function<void()>>();
    *check = [this, poll, deadline, weak = std::weak_ptr(check)] {
      if (parts_->connections.empty()) return static_cast<void>(deadline->cancel());
      poll->expires_after(std::chrono::milliseconds(10));
      poll->async_wait([again = weak.lock()](const boost::system::error_code&) {
        if (again) (*again)();
      });
    };
    (*check)();
  });
  parts_->thread.join();
  parts_->searches.join();
}

std::vector<Endpoint> HttpServer::endpoints() const {
  std::vector<Endpoint> list;
  for (const auto& listener : parts_->listeners) {
    list.push_back(listener->at);
  }
  return list;
}

}  // namespace sinkfeed
