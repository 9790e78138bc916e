#include "resolver/cares_channel.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstring>
#include <mutex>
#include <stdexcept>

#include "resolver/wire.hpp"

namespace sinkfeed {

namespace {

// Sent once: whoever asks sends again, to another server or with another ID from another port.
constexpr int kTries = 1;
constexpr int kSocketBuffer = 1 << 20;
// So many answers to a question with other IDs than its own, and it is asked over TCP, where nobody guesses.
constexpr int kMaxNearMisses = 3;

// The question of a message, name to class, without regard to case.
bool same_question(std::span<const std::uint8_t> sent, std::span<const std::uint8_t> packet) {
  std::size_t end = dns::kHeaderSize;
  while (sent[end]) end += sent[end] + std::size_t{1};
  end += 5;
  const auto lower = [](std::uint8_t byte) { return byte >= 'A' && byte <= 'Z' ? byte + 32 : +byte; };
  return packet.size() >= end &&
         std::equal(sent.begin() + dns::kHeaderSize, sent.begin() + static_cast<std::ptrdiff_t>(end),
                    packet.begin() + dns::kHeaderSize,
                    [&](std::uint8_t a, std::uint8_t b) { return lower(a) == lower(b); });
}

ares_socket_t open_socket(int family, int type, int protocol, void*) {
  const int socket = ::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
  if (socket >= 0) {
    setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &kSocketBuffer, sizeof kSocketBuffer);
    setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &kSocketBuffer, sizeof kSocketBuffer);
  }
  return socket;
}
int close_socket(ares_socket_t socket, void*) { return ::close(socket); }
// UDP too: the kernel then lets only this server's packets in.
int connect_socket(ares_socket_t socket, const sockaddr* to, ares_socklen_t size, void*) {
  return ::connect(socket, to, size);
}
ares_ssize_t send_parts(ares_socket_t socket, const iovec* parts, int count, void*) {
  return ::writev(socket, parts, count);
}

void start_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
      throw std::runtime_error("c-ares could not be initialized");
  });
}

}  // namespace

// A socket of c-ares as Asio watches it. c-ares opens and closes it; Asio only borrows the descriptor.
struct CaresChannel::Watch {
  Watch(boost::asio::io_context& context, ares_socket_t fd) : descriptor(context, fd), socket(fd) {}
  boost::asio::posix::stream_descriptor descriptor;
  ares_socket_t socket;
  CaresChannel* owner = nullptr;  // null once the socket is closed
  bool want_read = false, want_write = false;
  bool reading = false, writing = false;
};

Result<std::unique_ptr<CaresChannel>> CaresChannel::open(boost::asio::io_context& context, const Endpoint& server,
                                                         std::chrono::milliseconds timeout, Transport transport,
                                                         std::atomic<std::uint64_t>& strays) {
  start_library();
  std::unique_ptr<CaresChannel> channel(new CaresChannel(context, strays));
  ares_options options{};
  // Answers are passed on as they are: which RCODE means "ask the next server" is decided above.
  options.flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_NOALIASES | ARES_FLAG_NOSEARCH |
                  (transport == Transport::tcp ? ARES_FLAG_USEVC : 0);
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
  ares_set_socket_functions(channel->channel_, &kSockets, channel.get());
  ares_addr_port_node node{};
  node.family = server.address.is_v4() ? AF_INET : AF_INET6;
  std::memcpy(&node.addr, server.address.bytes().data(), server.address.bytes().size());
  node.udp_port = node.tcp_port = server.port;
  if (const int status = ares_set_servers_ports(channel->channel_, &node); status != ARES_SUCCESS)
    return Problem{std::string("cannot use upstream ") + server.text() + ": " + ares_strerror(status)};
  return channel;
}

CaresChannel::~CaresChannel() {
  if (channel_) ares_destroy(channel_);
  for (auto& [socket, watch] : watches_) {
    watch->owner = nullptr;
    watch->descriptor.release();
  }
}

void CaresChannel::send(std::span<const std::uint8_t> message, Callback callback) {
  outstanding_++, sent_++;
  auto* pending = new Pending{this, message, std::move(callback)};
  waiting_.push_back(pending);
  ares_send(channel_, message.data(), static_cast<int>(message.size()), on_answer, pending);
}

void CaresChannel::tick() { ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD); }

void CaresChannel::on_answer(void* argument, int status, int, unsigned char* message, int size) {
  const std::unique_ptr<Pending> pending(static_cast<Pending*>(argument));
  pending->channel->outstanding_--;
  std::erase(pending->channel->waiting_, pending.get());
  if (!pending->concluded) pending->callback(status, {message, message ? static_cast<std::size_t>(size) : 0});
}

const ares_socket_functions CaresChannel::kSockets{open_socket, close_socket, connect_socket, receive, send_parts};

ares_ssize_t CaresChannel::receive(ares_socket_t socket, void* buffer, size_t size, int flags, sockaddr* from,
                                   ares_socklen_t* from_size, void* self) {
  const ares_ssize_t received = ::recvfrom(socket, buffer, size, flags, from, from_size);
  // c-ares wants to know who sent it of datagrams only.
  if (received > 0 && from)
    static_cast<CaresChannel*>(self)->look_at(
        {static_cast<const std::uint8_t*>(buffer), static_cast<std::size_t>(received)});
  return received;
}

// RFC 5452 9.1. c-ares takes a packet only if ID and question are those of something it waits for.
void CaresChannel::look_at(std::span<const std::uint8_t> packet) {
  std::vector<Pending*> forged;
  bool wanted = false;
  for (Pending* pending : waiting_) {
    if (!same_question(pending->sent, packet)) continue;
    if (std::equal(packet.begin(), packet.begin() + 2, pending->sent.begin())) {
      wanted = true;
    } else if (++pending->near_misses > kMaxNearMisses && !pending->concluded) {
      pending->concluded = true;
      forged.push_back(pending);
    }
  }
  if (!wanted) strays_.store(strays_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  for (const Pending* pending : forged) pending->callback(kForged, {});
}

void CaresChannel::on_socket_state(void* self, ares_socket_t socket, int readable, int writable) {
  auto* channel = static_cast<CaresChannel*>(self);
  auto found = channel->watches_.find(socket);
  if (!readable && !writable) {
    if (found == channel->watches_.end()) return;
    found->second->owner = nullptr;
    found->second->descriptor.release();  // ends the waits; c-ares closes the socket itself
    channel->watches_.erase(found);
    if (channel->watches_.empty()) channel->sent_ = 0;
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

void CaresChannel::watch(const std::shared_ptr<Watch>& socket) {
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
