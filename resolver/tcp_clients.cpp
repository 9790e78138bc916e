#include "resolver/tcp_clients.hpp"

#include <algorithm>
#include <tuple>

#include "resolver/tcp_connection.hpp"

namespace sinkfeed {

std::shared_ptr<TcpConnection> TcpClients::Shared::idlest(bool with_strangers) const {
  const auto rank = [&](const std::shared_ptr<TcpConnection>& one) {
    return std::tuple(one->is_stranger() != with_strangers, one->waits_for_us(), one->last_active());
  };
  const auto found = std::min_element(connections.begin(), connections.end(),
                                      [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  return found == connections.end() ? nullptr : *found;
}

void TcpClients::Shared::close_slowest_reader() const {
  const auto found = std::max_element(connections.begin(), connections.end(),
                                      [](const auto& a, const auto& b) { return a->queued() < b->queued(); });
  if (found != connections.end()) std::shared_ptr(*found)->close();
}

TcpClients::TcpClients(QueryHandler& handler, int worker, const Clock& clock)
    : shared_(std::make_shared<Shared>(handler, worker, clock)) {}

TcpClients::~TcpClients() {
  for (const auto& connection : std::vector(shared_->connections.begin(), shared_->connections.end()))
    connection->close();
}

void TcpClients::set_limits(const TcpLimits& limits) { shared_->limits = limits; }

void TcpClients::add(boost::asio::ip::tcp::socket socket, const IpAddress& address, std::uint16_t port,
                     const void* listener) {
  const TcpLimits& limits = shared_->limits;
  const bool is_stranger = !shared_->handler.is_allowed(address);
  const IpAddress network = client_network(address);
  const auto own = shared_->by_client.find(network);
  if (own != shared_->by_client.end() && own->second >= limits.of_one_client) return;
  if (is_stranger && shared_->strangers >= limits.strangers) return;
  if (!is_stranger && shared_->connections.size() - shared_->strangers >= limits.connections)
    shared_->idlest(false)->close();
  shared_->by_client[network]++;
  if (is_stranger) shared_->strangers++;
  boost::system::error_code ignored;
  socket.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  Client client;
  client.address = address;
  client.port = port;
  client.transport = Transport::tcp;
  const auto connection = std::make_shared<TcpConnection>(shared_, std::move(socket), client, is_stranger, listener);
  shared_->connections.insert(connection);
  connection->start();
}

bool TcpClients::close_idlest() {
  const auto idlest = shared_->idlest(true);
  if (idlest) idlest->close();
  return idlest != nullptr;
}

void TcpClients::finish(const void* listener) {
  for (const auto& connection : std::vector(shared_->connections.begin(), shared_->connections.end())) {
    if (connection->listener() == listener) connection->finish();
  }
}

void TcpClients::close(const void* listener) {
  for (const auto& connection : std::vector(shared_->connections.begin(), shared_->connections.end())) {
    if (connection->listener() == listener) connection->close();
  }
}

std::size_t TcpClients::count(const void* listener) const {
  return static_cast<std::size_t>(std::count_if(shared_->connections.begin(), shared_->connections.end(),
                                                [&](const auto& one) { return one->listener() == listener; }));
}

}  // namespace sinkfeed
