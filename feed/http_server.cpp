#include "feed/http_server.hpp"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <future>
#include <thread>

#include "config/thread_priority.hpp"
#include "feed/http_connection.hpp"
#include "feed/http_listener.hpp"

namespace sinkfeed {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto kStopPatience = std::chrono::seconds(2);
constexpr auto kAcceptRetry = std::chrono::milliseconds(100);

}  // namespace

struct HttpServer::Parts {
  struct NextListeners final : Change {
    std::vector<Endpoint> listen;
    HttpListeners added;
  };

  Parts(const Routes& routes, std::chrono::milliseconds patience)
      : connections(routes, patience), work(asio::make_work_guard(connections.context)) {}

  void accept(const std::shared_ptr<HttpListener>& listener);
  void listen_on(const std::vector<Endpoint>& listen, const HttpListeners& added);

  HttpConnections connections;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  HttpListeners listeners;
  std::thread thread;
};

void HttpServer::Parts::accept(const std::shared_ptr<HttpListener>& listener) {
  listener->acceptor.async_accept([this, listener](const boost::system::error_code& error, tcp::socket socket) {
    if (error == asio::error::operation_aborted || connections.stopping || !listener->acceptor.is_open()) return;
    if (error && error != asio::error::connection_aborted) {
      // Out of descriptors or memory: try again soon rather than spin.
      auto retry = std::make_shared<asio::steady_timer>(connections.context, kAcceptRetry);
      retry->async_wait([this, listener, retry](const boost::system::error_code&) {
        if (!connections.stopping && listener->acceptor.is_open()) accept(listener);
      });
      return;
    }
    if (!error) connections.take(std::move(socket));
    accept(listener);
  });
}

void HttpServer::Parts::listen_on(const std::vector<Endpoint>& listen, const HttpListeners& added) {
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

Result<std::unique_ptr<HttpServer>> HttpServer::open(const std::vector<Endpoint>& listen, const Routes& routes,
                                                     std::chrono::milliseconds patience) {
  auto parts = std::make_unique<Parts>(routes, patience);
  for (const Endpoint& at : listen) {
    auto listener = listen_for_http(parts->connections.context, at, parts->listeners);
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
    auto listener = listen_for_http(parts_->connections.context, at, parts_->listeners);
    if (!listener) return listener.error();
    change->added.push_back(std::move(*listener));
  }
  return std::unique_ptr<Change>(std::move(change));
}

void HttpServer::commit(Change& prepared) {
  auto& change = dynamic_cast<Parts::NextListeners&>(prepared);
  std::promise<void> done;
  asio::post(parts_->connections.context, [&] {
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
    parts_->connections.context.run();
  });
}

void HttpServer::stop() {
  if (!parts_->thread.joinable()) return;
  HttpConnections& connections = parts_->connections;
  asio::post(connections.context, [this, &connections] {
    boost::system::error_code ignored;
    for (const auto& listener : parts_->listeners) listener->acceptor.close(ignored);
    connections.stop();
    parts_->work.reset();
    // Whoever is still being answered after this is cut off.
    auto deadline = std::make_shared<asio::steady_timer>(connections.context, kStopPatience);
    deadline->async_wait([&connections, deadline](const boost::system::error_code&) { connections.context.stop(); });
    auto poll = std::make_shared<asio::steady_timer>(connections.context);
    auto check = std::make_shared<std::function<void()>>();
    *check = [&connections, poll, deadline, weak = std::weak_ptr(check)] {
      if (connections.open.empty()) return static_cast<void>(deadline->cancel());
      poll->expires_after(std::chrono::milliseconds(10));
      poll->async_wait([again = weak.lock()](const boost::system::error_code&) {
        if (again) (*again)();
      });
    };
    (*check)();
  });
  parts_->thread.join();
  for (asio::thread_pool* threads : {&connections.calls, &connections.searches}) {
    threads->stop();
    threads->join();
  }
}

std::vector<Endpoint> HttpServer::endpoints() const {
  std::vector<Endpoint> list;
  for (const auto& listener : parts_->listeners) list.push_back(listener->at);
  return list;
}

}  // namespace sinkfeed
