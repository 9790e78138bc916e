#include "resolver/tcp_channel.hpp"

#include <sys/socket.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstring>
#include <mutex>
#include <stdexcept>

namespace sinkfeed {

namespace {

// Sent once: whoever asks sends again, to another server or with another ID.
constexpr int kTries = 1;

void start_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
      throw std::runtime_error("c-ares could not be initialized");
  });
}

}  // namespace

// A socket of c-ares as Asio watches it. c-ares opens and closes it; Asio only borrows the descriptor.
struct TcpChannel::Watch {
  Watch(boost::asio::io_context& context, ares_socket_t fd) : descriptor(context, fd), socket(fd) {}
  boost::asio::posix::stream_descriptor descriptor;
  ares_socket_t socket;
  TcpChannel* owner = nullptr;  // null once the socket is closed
  bool want_read = false, want_write = false;
  bool reading = false, writing = false;
};

Result<std::unique_ptr<TcpChannel>> TcpChannel::open(boost::asio::io_context& context, const Endpoint& server,
                                                     std::chrono::milliseconds timeout) {
  start_library();
  std::unique_ptr<TcpChannel> channel(new TcpChannel(context));
  ares_options options{};
  // Answers are passed on as they are: which RCODE means "ask the next server" is decided above.
  options.flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_NOALIASES | ARES_FLAG_NOSEARCH | ARES_FLAG_USEVC;
  options.timeout = static_cast<int>(timeout.count());
  options.tries = kTries;
  options.ndots = 0;
  options.sock_state_cb = on_socket_state;
  options.sock_state_cb_data = channel.get();
  char lookups[] = "b";
  options.lookups = lookups;
  const int mask =
      ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS | ARES_OPT_SOCK_STATE_CB | ARES_OPT_LOOKUPS;
  if (const int status = ares_init_options(&channel->channel_, &options, mask); status != ARES_SUCCESS)
    return Problem{std::string("cannot open a channel to upstream ") + server.text() + ": " + ares_strerror(status)};
  ares_addr_port_node node{};
  node.family = server.address.is_v4() ? AF_INET : AF_INET6;
  std::memcpy(&node.addr, server.address.bytes().data(), server.address.bytes().size());
  node.udp_port = node.tcp_port = server.port;
  if (const int status = ares_set_servers_ports(channel->channel_, &node); status != ARES_SUCCESS)
    return Problem{std::string("cannot use upstream ") + server.text() + ": " + ares_strerror(status)};
  return channel;
}

TcpChannel::~TcpChannel() {
  if (channel_) ares_destroy(channel_);
  for (auto& [socket, watch] : watches_) {
    watch->owner = nullptr;
    watch->descriptor.release();
  }
}

void TcpChannel::send(std::span<const std::uint8_t> message, Callback callback) {
  outstanding_++;
  ares_send(channel_, message.data(), static_cast<int>(message.size()), on_answer,
            new Pending{this, std::move(callback)});
}

void TcpChannel::tick() { ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD); }

void TcpChannel::on_answer(void* argument, int status, int, unsigned char* message, int size) {
  const std::unique_ptr<Pending> pending(static_cast<Pending*>(argument));
  pending->channel->outstanding_--;
  pending->callback(status, {message, message ? static_cast<std::size_t>(size) : 0});
}

void TcpChannel::on_socket_state(void* self, ares_socket_t socket, int readable, int writable) {
  auto* channel = static_cast<TcpChannel*>(self);
  auto found = channel->watches_.find(socket);
  if (!readable && !writable) {
    if (found == channel->watches_.end()) return;
    found->second->owner = nullptr;
    found->second->descriptor.release();  // ends the waits; c-ares closes the socket itself
    channel->watches_.erase(found);
    return;
  }
  if (found == channel->watches_.end()) {
    found = channel->watches_.emplace(socket, std::make_shared<Watch>(channel->context_, socket)).first;
    found->second->owner = channel;
  }
  found->second->want_read = readable;
  found->second->want_write = writable;
  channel->watch(found->second);
}

void TcpChannel::watch(const std::shared_ptr<Watch>& socket) {
  using boost::asio::posix::stream_descriptor;
  if (socket->want_read && !socket->reading) {
    socket->reading = true;
    socket->descriptor.async_wait(stream_descriptor::wait_read, [socket](const boost::system::error_code& error) {
      socket->reading = false;
      if (error || !socket->owner) return;
      ares_process_fd(socket->owner->channel_, socket->socket, ARES_SOCKET_BAD);
      if (socket->owner) socket->owner->watch(socket);
    });
  }
  if (socket->want_write && !socket->writing) {
    socket->writing = true;
    socket->descriptor.async_wait(stream_descriptor::wait_write, [socket](const boost::system::error_code& error) {
      socket->writing = false;
      if (error || !socket->owner) return;
      ares_process_fd(socket->owner->channel_, ARES_SOCKET_BAD, socket->socket);
      if (socket->owner) socket->owner->watch(socket);
    });
  }
}

}  // namespace sinkfeed
