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
  struct Next final : Change {
    HttpPlan plan;
    HttpListeners added;
  };

  Parts(const Routes& routes, std::chrono::milliseconds patience, const CertificateKeeper* certificates)
      : connections(routes, patience, certificates), work(asio::make_work_guard(connections.context)) {}

  void accept(const std::shared_ptr<HttpListener>& listener);
  // Those of the plan that there are not yet.
  Result<HttpListeners> listeners_for(const HttpPlan& plan);
  void go_by(const Next& next);

  HttpConnections connections;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  HttpListeners listeners;
  std::thread thread;
};

void HttpServer::Parts::accept(const std::shared_ptr<HttpListener>& listener) {
  listener->acceptor.async_accept([this, listener](const boost::system::error_code& error, TcpSocket socket) {
    if (error == asio::error::operation_aborted || connections.stopping || !listener->acceptor.is_open()) return;
    if (error && error != asio::error::connection_aborted) {
      // Out of descriptors or memory: try again soon rather than spin.
      auto retry = std::make_shared<asio::steady_timer>(connections.context, kAcceptRetry);
      retry->async_wait([this, listener, retry](const boost::system::error_code&) {
        if (!connections.stopping && listener->acceptor.is_open()) accept(listener);
      });
      return;
    }
    if (!error) connections.take(std::move(socket), listener->is_tls);
    accept(listener);
  });
}

Result<HttpListeners> HttpServer::Parts::listeners_for(const HttpPlan& plan) {
  HttpListeners added, ours = listeners;
  for (const bool is_tls : {false, true}) {
    for (const Endpoint& at : is_tls ? plan.tls_listen : plan.listen) {
      const auto is_there = [&](const auto& listener) { return listener->at == at && listener->is_tls == is_tls; };
      if (std::any_of(listeners.begin(), listeners.end(), is_there)) continue;
      auto listener = listen_for_http(connections.context, at, is_tls, ours);
      if (!listener) return listener.error();
      added.push_back(*listener);
      ours.push_back(*listener);
    }
  }
  return added;
}

void HttpServer::Parts::go_by(const Next& next) {
  connections.most = next.plan.connections;
  std::erase_if(listeners, [&](const auto& listener) {
    const auto& wanted = listener->is_tls ? next.plan.tls_listen : next.plan.listen;
    if (std::find(wanted.begin(), wanted.end(), listener->at) != wanted.end()) return false;
    boost::system::error_code ignored;
    listener->acceptor.close(ignored);
    return true;
  });
  for (const auto& listener : next.added) {
    listeners.push_back(listener);
    accept(listener);
  }
}

Result<std::unique_ptr<HttpServer>> HttpServer::open(const HttpPlan& plan, const Routes& routes,
                                                     std::chrono::milliseconds patience,
                                                     const CertificateKeeper* certificates) {
  auto parts = std::make_unique<Parts>(routes, patience, certificates);
  parts->connections.most = plan.connections;
  auto listeners = parts->listeners_for(plan);
  if (!listeners) return listeners.error();
  parts->listeners = std::move(*listeners);
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(parts)));
}

Result<std::unique_ptr<HttpServer::Change>> HttpServer::prepare(const HttpPlan& plan) {
  auto change = std::make_unique<Parts::Next>();
  change->plan = plan;
  auto added = parts_->listeners_for(plan);
  if (!added) return added.error();
  change->added = std::move(*added);
  return std::unique_ptr<Change>(std::move(change));
}

void HttpServer::commit(Change& prepared) {
  const auto& change = dynamic_cast<const Parts::Next&>(prepared);
  std::promise<void> done;
  asio::post(parts_->connections.context, [&] {
    parts_->go_by(change);
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
  for (asio::thread_pool* threads :
       {&connections.feeds, &connections.calls, &connections.searches, &connections.exports}) {
    threads->stop();
    threads->join();
  }
}

std::vector<Endpoint> HttpServer::listening(bool with_tls) const {
  std::vector<Endpoint> list;
  for (const auto& listener : parts_->listeners) {
    if (listener->is_tls == with_tls) list.push_back(listener->at);
  }
  return list;
}

}  // namespace sinkfeed
