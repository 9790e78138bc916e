#include "resolver/udp_exchange.hpp"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace sinkfeed {

namespace {

constexpr std::size_t kQuestionsPerPort = 4;
// With so many ports in use, further questions go out of those.
constexpr std::size_t kMaxPorts = 256;
constexpr std::size_t kBatch = 8;
// Nobody is asked for more than 1232 bytes; some send more all the same.
constexpr std::size_t kMaxPacket = 4096;
// So many answers to a question with other IDs than its own, and somebody is guessing.
constexpr int kMaxNearMisses = 3;

std::uint8_t lower(std::uint8_t byte) {
  return byte >= 'A' && byte <= 'Z' ? static_cast<std::uint8_t>(byte + 32) : byte;
}

// The question of both, name to class, without regard to case.
bool same_question(std::span<const std::uint8_t> sent, std::span<const std::uint8_t> packet) {
  std::size_t end = dns::kHeaderSize;
  while (sent[end]) end += sent[end] + std::size_t{1};
  end += 5;
  return packet.size() >= end && dns::read16(packet.data() + 4) == 1 &&
         std::equal(sent.begin() + dns::kHeaderSize, sent.begin() + static_cast<std::ptrdiff_t>(end),
                    packet.begin() + dns::kHeaderSize,
                    [](std::uint8_t a, std::uint8_t b) { return lower(a) == lower(b); });
}

// Servers from before EDNS may say FORMERR with nothing but a header (RFC 6891 7).
bool is_bare_format_error(std::span<const std::uint8_t> packet) {
  return dns::read16(packet.data() + 4) == 0 && (dns::read16(packet.data() + 2) & dns::kRcodeMask) == dns::FORMERR;
}

bool same_id(std::span<const std::uint8_t> sent, std::span<const std::uint8_t> packet) {
  return std::memcmp(sent.data(), packet.data(), 2) == 0;
}

}  // namespace

struct UdpExchange::Packets {
  std::uint8_t bytes[kBatch][kMaxPacket];
  iovec in[kBatch], out[kBatch];
  mmsghdr received[kBatch], sent[kBatch];
};

UdpExchange::UdpExchange(boost::asio::io_context& context, const Endpoint& server, std::chrono::milliseconds timeout,
                         const Clock& clock, std::atomic<std::uint64_t>& strays, Owner& owner)
    : context_(context),
      poll_(context),
      server_(server),
      timeout_(timeout),
      clock_(clock),
      strays_(strays),
      owner_(owner),
      packets_(std::make_unique<Packets>()) {
  const int poll = epoll_create1(EPOLL_CLOEXEC);
  if (poll < 0) throw std::runtime_error(std::string("cannot wait for upstream's answers: ") + std::strerror(errno));
  poll_.assign(poll);
  for (std::size_t i = 0; i < kBatch; i++) {
    packets_->in[i] = {packets_->bytes[i], kMaxPacket};
    packets_->received[i] = packets_->sent[i] = {};
    packets_->received[i].msg_hdr.msg_iov = &packets_->in[i];
    packets_->sent[i].msg_hdr.msg_iov = &packets_->out[i];
    packets_->received[i].msg_hdr.msg_iovlen = packets_->sent[i].msg_hdr.msg_iovlen = 1;
  }
  wait();
}

UdpExchange::~UdpExchange() { close(); }

void UdpExchange::close() {
  closed_ = true;
  queue_.clear();
  poll_.close();
  for (const auto& port : ports_) {
    port->waiting.clear();
    port->socket = {};
  }
}

void UdpExchange::send(Flight& flight) {
  if (closed_) return;
  if (queue_.empty()) {
    boost::asio::post(context_, [this, alive = std::weak_ptr(alive_)] {
      if (!alive.expired()) flush();
    });
  }
  queue_.push_back(&flight);
}

void UdpExchange::flush() {
  std::swap(queue_, leaving_);
  const SteadyTime deadline = clock_.steady() + timeout_;
  for (Flight* flight : leaving_) flight->deadline = deadline, flight->near_misses = 0;
  for (std::size_t at = 0; at < leaving_.size() && !closed_;) {
    const std::size_t count = std::min(kQuestionsPerPort, leaving_.size() - at);
    const auto flights = std::span(leaving_).subspan(at, count);
    at += count;
    if (Port* port = take_port()) {
      send_from(*port, flights);
    } else {
      land({flights.begin(), flights.end()}, Outcome::unreachable);
    }
  }
  leaving_.clear();
}

void UdpExchange::send_from(Port& port, std::span<Flight* const> flights) {
  port.waiting.insert(port.waiting.end(), flights.begin(), flights.end());
  for (std::size_t i = 0; i < flights.size(); i++) packets_->out[i] = {flights[i]->message.data(), flights[i]->size};
  bool again = true;
  for (std::size_t sent = 0; sent < flights.size();) {
    const int count = sendmmsg(port.socket.get(), packets_->sent + sent, static_cast<unsigned>(flights.size() - sent),
                               MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count > 0) {
      sent += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM) {
      return;  // lost, as on any other part of the way
    } else if (errno != EINTR && !std::exchange(again, false)) {
      // The first error may be of a packet before.
      return fail(port);
    }
  }
}

UdpExchange::Port* UdpExchange::take_port() {
  if (idle_.empty() && ports_.size() < kMaxPorts) {
    auto fresh = std::make_unique<Port>();
    const int family = server_.address.is_v4() ? AF_INET : AF_INET6;
    fresh->socket = Socket(::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    forbid_fragments(fresh->socket.get(), server_.address);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = fresh.get();
    if (fresh->socket.get() >= 0 && epoll_ctl(poll_.native_handle(), EPOLL_CTL_ADD, fresh->socket.get(), &event) == 0) {
      idle_.push_back(fresh.get());
      ports_.push_back(std::move(fresh));
    }
  }
  if (!idle_.empty()) {
    Port* port = idle_.back();
    if (!open(*port)) return nullptr;
    idle_.pop_back();
    return port;
  }
  // No descriptor, or enough of them: among those in use.
  return ports_.empty() ? nullptr : ports_[next_busy_++ % ports_.size()].get();
}

// Under a new number: a connect that finds the socket without one takes one at random.
bool UdpExchange::open(Port& port) {
  sockaddr_storage to{};
  socklen_t size = 0;
  if (server_.address.is_v4()) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(to);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(server_.port);
    std::memcpy(&v4.sin_addr, server_.address.bytes().data(), 4);
    size = sizeof v4;
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(to);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(server_.port);
    std::memcpy(&v6.sin6_addr, server_.address.bytes().data(), 16);
    size = sizeof v6;
  }
  return ::connect(port.socket.get(), reinterpret_cast<const sockaddr*>(&to), size) == 0;
}

// The port is closed; the socket stays. (connect(2): AF_UNSPEC dissolves the association, and an automatic number goes
// with it.)
void UdpExchange::release(Port& port) {
  sockaddr nobody{};
  nobody.sa_family = AF_UNSPEC;
  // It cannot fail for a datagram socket.
  static_cast<void>(::connect(port.socket.get(), &nobody, sizeof nobody));
  idle_.push_back(&port);
}

void UdpExchange::wait() {
  poll_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                   [this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
                     if (error || alive.expired() || closed_) return;
                     receive_ready();
                     if (!closed_) wait();
                   });
}

void UdpExchange::receive_ready() {
  std::array<epoll_event, 64> ready;
  const int count = epoll_wait(poll_.native_handle(), ready.data(), static_cast<int>(ready.size()), 0);
  for (int i = 0; i < count && !closed_; i++) receive(*static_cast<Port*>(ready[static_cast<std::size_t>(i)].data.ptr));
}

void UdpExchange::receive(Port& port) {
  const bool was_waiting = !port.waiting.empty();
  for (bool more = true; more && !closed_;) {
    const int count = recvmmsg(port.socket.get(), packets_->received, kBatch, MSG_DONTWAIT, nullptr);
    if (count < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return fail(port);
      break;
    }
    more = count == kBatch;
    for (int i = 0; i < count && !closed_; i++) {
      const mmsghdr& header = packets_->received[i];
      take(port, {packets_->bytes[i], header.msg_len}, !(header.msg_hdr.msg_flags & MSG_TRUNC));
    }
  }
  if (was_waiting && port.waiting.empty() && !closed_) release(port);
}

// RFC 5452 9.1: an answer counts only with the ID and the question that were sent.
void UdpExchange::take(Port& port, std::span<const std::uint8_t> packet, bool whole) {
  std::vector<Flight*>& waiting = port.waiting;
  const bool is_answer = packet.size() >= dns::kHeaderSize && (dns::read16(packet.data() + 2) & dns::kQr);
  Flight* wanted = nullptr;
  Flight* forged = nullptr;
  for (Flight* flight : waiting) {
    if (!is_answer) break;
    if (same_id(flight->bytes(), packet) && (same_question(flight->bytes(), packet) || is_bare_format_error(packet))) {
      wanted = flight;
      break;
    }
  }
  for (Flight* flight : waiting) {
    if (!is_answer || wanted) break;
    if (same_question(flight->bytes(), packet) && ++flight->near_misses > kMaxNearMisses) forged = flight;
  }
  if (!wanted) strays_.store(strays_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  Flight* landing = wanted ? wanted : forged;
  if (!landing) return;
  std::erase(waiting, landing);
  if (!wanted) return owner_.landed(*landing, Outcome::forged, {});
  owner_.landed(*landing, whole ? Outcome::answered : Outcome::oversize, packet);
}

void UdpExchange::fail(Port& port) {
  if (port.waiting.empty()) return;  // of a question that has landed
  const std::vector<Flight*> failed = std::exchange(port.waiting, {});
  release(port);
  land(failed, Outcome::unreachable);
}

void UdpExchange::land(const std::vector<Flight*>& flights, Outcome outcome) {
  for (Flight* flight : flights) {
    if (!closed_) owner_.landed(*flight, outcome, {});
  }
}

void UdpExchange::tick() {
  const SteadyTime now = clock_.steady();
  std::vector<Flight*> over;
  for (const auto& port : ports_) {
    if (port->waiting.empty()) continue;
    const auto late = std::stable_partition(port->waiting.begin(), port->waiting.end(),
                                            [&](const Flight* flight) { return flight->deadline > now; });
    over.insert(over.end(), late, port->waiting.end());
    port->waiting.erase(late, port->waiting.end());
    if (port->waiting.empty()) release(*port);
  }
  land(over, Outcome::timed_out);
}

}  // namespace sinkfeed
