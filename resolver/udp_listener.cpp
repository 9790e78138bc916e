#include "resolver/udp_listener.hpp"

#include <arpa/inet.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

namespace sinkfeed {

namespace {

// Queries beyond what we say that we take do not come from DNS clients. Not a multiple of a page: the first lines of a
// batch's packets would then all compete for the same few places in the processor's cache.
constexpr std::size_t kMaxQuery = 1232;
constexpr std::size_t kControl = CMSG_SPACE(sizeof(in6_pktinfo));

// How many full batches one readiness may take before the other sockets of this worker get their turn.
constexpr int kMaxBatches = 16;

void read_local(const msghdr& header, Peer& peer) {
  for (const cmsghdr* control = CMSG_FIRSTHDR(&header); control;
       control = CMSG_NXTHDR(const_cast<msghdr*>(&header), const_cast<cmsghdr*>(control))) {
    if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
      in_pktinfo info;
      std::memcpy(&info, CMSG_DATA(control), sizeof info);
      peer.local =
          IpAddress::v4(std::span<const std::uint8_t, 4>(reinterpret_cast<const std::uint8_t*>(&info.ipi_addr), 4));
      peer.has_local = true;
    } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info;
      std::memcpy(&info, CMSG_DATA(control), sizeof info);
      peer.local =
          IpAddress::v6(std::span<const std::uint8_t, 16>(reinterpret_cast<const std::uint8_t*>(&info.ipi6_addr), 16));
      // Only link-local addresses need the interface; for others the routing table decides the way back.
      peer.interface_index = IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr) ? info.ipi6_ifindex : 0;
      peer.has_local = true;
    }
  }
}

// The answer's source is the address that the query came to.
void write_local(const Peer& peer, msghdr& header, void* control) {
  header.msg_control = nullptr;
  header.msg_controllen = 0;
  if (!peer.has_local) return;
  header.msg_control = control;
  header.msg_controllen = peer.local.is_v4() ? CMSG_SPACE(sizeof(in_pktinfo)) : CMSG_SPACE(sizeof(in6_pktinfo));
  cmsghdr* first = CMSG_FIRSTHDR(&header);
  if (peer.local.is_v4()) {
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, peer.local.bytes().data(), 4);
    first->cmsg_level = IPPROTO_IP, first->cmsg_type = IP_PKTINFO, first->cmsg_len = CMSG_LEN(sizeof info);
    std::memcpy(CMSG_DATA(first), &info, sizeof info);
  } else {
    in6_pktinfo info{};
    std::memcpy(&info.ipi6_addr, peer.local.bytes().data(), 16);
    info.ipi6_ifindex = peer.interface_index;
    first->cmsg_level = IPPROTO_IPV6, first->cmsg_type = IPV6_PKTINFO, first->cmsg_len = CMSG_LEN(sizeof info);
    std::memcpy(CMSG_DATA(first), &info, sizeof info);
  }
}

}  // namespace

struct UdpListener::Batch {
  std::uint8_t in[kBatch][kMaxQuery];
  std::uint8_t out[kBatch * dns::kMaxUdpAnswer];  // answers one after the other: most are short
  QueryHandler::Incoming incoming[kBatch];
  Peer peers[kBatch];
  alignas(cmsghdr) std::uint8_t control[kBatch][kControl];
  alignas(cmsghdr) std::uint8_t out_control[kBatch][kControl];
  iovec in_vector[kBatch], out_vector[kBatch];
  mmsghdr received[kBatch], answers[kBatch];
};

// Answers that had to wait for upstream and are about to leave.
struct UdpListener::LateAnswers {
  int count = 0;
  std::uint8_t out[kBatch][dns::kMaxUdpAnswer];
  Peer peers[kBatch];
  alignas(cmsghdr) std::uint8_t control[kBatch][kControl];
  iovec vector[kBatch];
  mmsghdr answers[kBatch];
};

UdpListener::UdpListener(boost::asio::io_context& context, const Endpoint& at, Socket socket, QueryHandler& handler,
                         int worker, const Clock& clock, WorkerCounters& counters)
    : context_(context),
      descriptor_(context, socket.get()),
      at_(at),
      socket_(socket.release()),
      wildcard_(is_wildcard(at.address)),
      handler_(handler),
      worker_(worker),
      clock_(clock),
      counters_(counters),
      batch_(std::make_unique<Batch>()),
      late_(std::make_unique<LateAnswers>()) {}

UdpListener::~UdpListener() {
  send_late();
  if (!descriptor_.is_open()) ::close(socket_);
}

void UdpListener::start() { wait(); }

void UdpListener::stop() {
  if (stopped_) return;
  turn_away(socket_, at_);
  while (drain()) {
  }
  stopped_ = true;
  if (descriptor_.is_open()) descriptor_.cancel();
}

void UdpListener::wait() {
  if (!descriptor_.is_open()) descriptor_.assign(socket_);
  descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                         [this](const boost::system::error_code& error) {
                           if (error || stopped_) return;
                           go_on();
                         });
}

void UdpListener::go_on() {
  if (!drain()) return wait();
  // The other sockets of this worker have their turn first.
  boost::asio::post(context_, [me = weak_from_this()] {
    const auto self = std::static_pointer_cast<UdpListener>(me.lock());
    if (self && !self->stopped_) self->go_on();
  });
}

bool UdpListener::drain() {
  Batch& b = *batch_;
  for (int round = 0; round < kMaxBatches; round++) {
    for (int i = 0; i < kBatch; i++) {
      b.in_vector[i] = {b.in[i], kMaxQuery};
      b.received[i].msg_hdr = {&b.peers[i].address,
                               sizeof b.peers[i].address,
                               &b.in_vector[i],
                               1,
                               wildcard_ ? b.control[i] : nullptr,
                               wildcard_ ? kControl : 0,
                               0};
    }
    const int count = recvmmsg(socket_, b.received, kBatch, MSG_DONTWAIT, nullptr);
    if (count <= 0) return false;
    // Under load the socket is taken out of epoll until it is drained: the kernel wakes epoll for each answer that
    // leaves, to say that another could be sent, and that is 4 % of what an answer costs.
    if (count == kBatch && descriptor_.is_open()) descriptor_.release();
    answer_batch(count);
    if (count < kBatch) return false;
  }
  return true;
}

void UdpListener::answer_batch(int count) {
  Batch& b = *batch_;
  const Moment arrival{clock_.wall(), clock_.steady()};
  int answers = 0;
  std::uint8_t* out = b.out;
  {
    const Cache::Section section(handler_.cache(), worker_);
    for (int i = 0; i < count; i++) handler_.read({b.in[i], b.received[i].msg_len}, b.incoming[i]);
    for (int i = 0; i < count; i++) handler_.fetch_ahead(b.incoming[i]);
    for (int i = 0; i < count; i++) {
      const msghdr& header = b.received[i].msg_hdr;
      Peer& peer = b.peers[i];
      peer.size = header.msg_namelen;
      peer.has_local = false;
      if (wildcard_) read_local(header, peer);
      Client client{IpAddress::from(peer.address.any), port_of(peer.address.any), Transport::udp, peer, this};
      const std::size_t size = handler_.handle(b.incoming[i], client, arrival, {out, dns::kMaxUdpAnswer});
      if (!size) continue;
      b.out_vector[answers] = {out, size};
      out += size;
      msghdr& answer = b.answers[answers].msg_hdr;
      answer = {&peer.address, peer.size, &b.out_vector[answers], 1, nullptr, 0, 0};
      write_local(peer, answer, b.out_control[answers]);
      answers++;
    }
  }
  send_all(b.answers, answers);
}

void UdpListener::send_all(mmsghdr* answers, int count) {
  for (int sent = 0; sent < count;) {
    const int n = sendmmsg(socket_, answers + sent, static_cast<unsigned>(count - sent), MSG_DONTWAIT);
    if (n > 0) {
      sent += n;
      continue;
    }
    // One answer that cannot be sent (no route, buffer full) must not hold the others back: it is dropped and
    // counted.
    if (errno == EINTR) continue;
    WorkerCounters::add(counters_.dropped_packets);
    sent++;
  }
}

void UdpListener::send(const Peer& peer, std::span<const std::uint8_t> answer) {
  if (answer.size() > dns::kMaxUdpAnswer) return WorkerCounters::add(counters_.dropped_packets);
  LateAnswers& late = *late_;
  if (late.count == 0) {
    boost::asio::post(context_, [me = weak_from_this()] {
      if (const auto self = std::static_pointer_cast<UdpListener>(me.lock())) self->send_late();
    });
  }
  const int i = late.count++;
  std::memcpy(late.out[i], answer.data(), answer.size());
  late.peers[i] = peer;
  late.vector[i] = {late.out[i], answer.size()};
  late.answers[i].msg_hdr = {&late.peers[i].address, late.peers[i].size, &late.vector[i], 1, nullptr, 0, 0};
  write_local(late.peers[i], late.answers[i].msg_hdr, late.control[i]);
  if (late.count == kBatch) send_late();
}

void UdpListener::send_late() { send_all(late_->answers, std::exchange(late_->count, 0)); }

}  // namespace sinkfeed
