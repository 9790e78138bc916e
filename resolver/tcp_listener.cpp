#include "resolver/tcp_listener.hpp"

#include <poll.h>

#include <boost/asio/steady_timer.hpp>

namespace sinkfeed {

namespace {

using boost::asio::ip::tcp;

constexpr auto kAcceptRetry = std::chrono::milliseconds(100);

bool nothing_left(const boost::system::error_code& error) {
  using namespace boost::system::errc;
  return error == too_many_files_open || error == too_many_files_open_in_system || error == no_buffer_space ||
         error == not_enough_memory;
}

bool somebody_waits(int socket) {
  pollfd one{socket, POLLIN, 0};
  return poll(&one, 1, 0) > 0;
}

}  // namespace

// Outlives the listener until the last accept has come back.
struct TcpListener::Shared {
  Shared(boost::asio::io_context& context, TcpClients& clients_)
      : acceptor(context), retry(context), clients(clients_) {}
  tcp::acceptor acceptor;
  boost::asio::steady_timer retry;
  TcpClients& clients;
  bool stopped = false;
};

TcpListener::TcpListener(boost::asio::io_context& context, const Endpoint& at, Socket socket, TcpClients& clients)
    : shared_(std::make_shared<Shared>(context, clients)) {
  shared_->acceptor.assign(at.address.is_v4() ? tcp::v4() : tcp::v6(), socket.release());
}

TcpListener::~TcpListener() {
  stop();
  shared_->clients.close(shared_.get());
}

void TcpListener::start() { accept(shared_); }

void TcpListener::accept(const std::shared_ptr<Shared>& shared) {
  shared->acceptor.async_accept([shared](const boost::system::error_code& error, tcp::socket socket) {
    if (error == boost::asio::error::operation_aborted || !shared->acceptor.is_open()) return;
    if (!error) adopt(shared, std::move(socket));
    if (!error || error == boost::asio::error::connection_aborted) return accept(shared);
    if (nothing_left(error)) {
      // The kernel looks for a descriptor before it looks whether there is a client.
      if (!somebody_waits(shared->acceptor.native_handle())) return wait(shared);
      if (shared->clients.close_idlest()) return accept(shared);
    }
    // Try again soon rather than spin.
    shared->retry.expires_after(kAcceptRetry);
    shared->retry.async_wait([shared](const boost::system::error_code& cancelled) {
      if (!cancelled && shared->acceptor.is_open()) accept(shared);
    });
  });
}

void TcpListener::wait(const std::shared_ptr<Shared>& shared) {
  shared->acceptor.async_wait(tcp::acceptor::wait_read, [shared](const boost::system::error_code& error) {
    if (!error && shared->acceptor.is_open()) accept(shared);
  });
}

void TcpListener::adopt(const std::shared_ptr<Shared>& shared, tcp::socket socket) {
  boost::system::error_code error;
  const tcp::endpoint remote = socket.remote_endpoint(error);
  if (error) return;  // gone already
  shared->clients.add(std::move(socket), IpAddress::from(*remote.data()), remote.port(), shared.get());
}

void TcpListener::leave() {
  if (!shared_->acceptor.is_open()) return;
  boost::system::error_code error;
  shared_->acceptor.non_blocking(true, error);
  while (!error) {
    tcp::socket socket = shared_->acceptor.accept(error);
    if (!error) adopt(shared_, std::move(socket));
  }
  shared_->acceptor.close(error);
  shared_->retry.cancel();
}

void TcpListener::stop() {
  if (shared_->stopped) return;
  leave();
  shared_->stopped = true;
  shared_->clients.finish(shared_.get());
}

std::size_t TcpListener::connections() const { return shared_->clients.count(shared_.get()); }

}  // namespace sinkfeed
