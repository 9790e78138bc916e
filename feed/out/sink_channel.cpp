#include "feed/out/sink_channel.hpp"

#include <fmt/format.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "config/address.hpp"

namespace sinkfeed {

namespace {

using std::chrono::milliseconds;

// OpenSSL's first complaint, which is the cause.
std::string tls_error() {
  const unsigned long code = ERR_get_error();
  const char* reason = code ? ERR_reason_error_string(code) : nullptr;
  return reason ? reason : "the other side hung up";
}

Result<std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>> make_context(const SinkSettings& settings) {
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  ERR_clear_error();
  const auto cannot = [](std::string_view what, const std::filesystem::path& file) {
    return Problem{fmt::format("its {} {} cannot be used: {}", what, file.string(), tls_error())};
  };
  if (settings.ca.empty())
    SSL_CTX_set_default_verify_paths(context.get());
  else if (SSL_CTX_load_verify_locations(context.get(), settings.ca.c_str(), nullptr) != 1)
    return cannot("ca", settings.ca);
  if (settings.certificate.empty()) return context;
  if (SSL_CTX_use_certificate_chain_file(context.get(), settings.certificate.c_str()) != 1)
    return cannot("certificate", settings.certificate);
  if (SSL_CTX_use_PrivateKey_file(context.get(), settings.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return cannot("key", settings.key);
  return context;
}

// A receiver's machine that is gone without a word is noticed within a minute.
void watch_over(int socket) {
  const auto set = [&](int level, int name, int value) { ::setsockopt(socket, level, name, &value, sizeof value); };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 30);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(milliseconds{SinkChannel::kStall}.count()));
}

}  // namespace

Result<void> SinkChannel::check(const SinkSettings& settings) {
  if (settings.transport != SinkTransport::tls) return {};
  if (const auto context = make_context(settings); !context)
    return Problem{"history.sink " + settings.name() + ": " + context.error().what};
  return {};
}

SinkChannel::SinkChannel(const SinkSettings& settings, std::stop_token stop)
    : settings_(settings), stop_(std::move(stop)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  on_stop_.emplace(stop_, [wake = wake_] { ::eventfd_write(wake, 1); });
}

SinkChannel::~SinkChannel() {
  close();
  on_stop_.reset();
  ::close(wake_);
}

void SinkChannel::close() {
  if (session_) SSL_shutdown(session_.get());
  session_.reset();
  // What the other side has said and nobody asked for (TLS tickets) would make the kernel reset the connection, and
  // take away what is still on its way.
  char unread[4096];
  while (socket_ >= 0 && ::recv(socket_, unread, sizeof unread, MSG_DONTWAIT) > 0) continue;
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

Problem SinkChannel::broke_off(int error) const {
  return Problem{fmt::format("it broke off ({})", std::strerror(error))};
}

Result<void> SinkChannel::wait(short events, milliseconds patience) {
  pollfd ready[2] = {{socket_, events, 0}, {wake_, POLLIN, 0}};
  const int count = ::poll(ready, is_parting_ ? 1 : 2, static_cast<int>(patience.count()));
  if (stop_.stop_requested() && !is_parting_) return Problem{"it is being stopped"};
  if (count <= 0 || !ready[0].revents)
    return Problem{fmt::format("it takes nothing for {} s", patience.count() / 1000)};
  return {};
}

Result<void> SinkChannel::connect(int family, int kind, const void* address, unsigned size) {
  close();
  socket_ = ::socket(family, kind | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket_ < 0) return Problem{fmt::format("there is no socket for it ({})", std::strerror(errno))};
  int error = ::connect(socket_, static_cast<const sockaddr*>(address), size) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    if (const auto connected = wait(POLLOUT, kConnect); !connected)
      return Problem{fmt::format("it does not answer within {} s", kConnect.count())};
    socklen_t length = sizeof error;
    ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &length);
  }
  if (error) return Problem{fmt::format("it cannot be reached ({})", std::strerror(error))};
  if (kind == SOCK_STREAM && family != AF_UNIX) watch_over(socket_);
  return {};
}

Result<void> SinkChannel::open() {
  if (settings_.transport == SinkTransport::unix_socket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    settings_.host.copy(address.sun_path, sizeof address.sun_path - 1);
    return connect(AF_UNIX, SOCK_STREAM, &address, sizeof address);
  }
  addrinfo wanted{};
  wanted.ai_socktype = settings_.transport == SinkTransport::udp ? SOCK_DGRAM : SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(settings_.host.c_str(), std::to_string(settings_.port).c_str(), &wanted, &found))
    return Problem{fmt::format("the address of {} cannot be found ({})", settings_.host, ::gai_strerror(error))};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> places(found, &::freeaddrinfo);
  Result<void> connected;
  for (const addrinfo* place = found; place; place = place->ai_next) {
    connected = connect(place->ai_family, wanted.ai_socktype, place->ai_addr, place->ai_addrlen);
    if (connected || stop_.stop_requested()) break;
  }
  if (!connected || settings_.transport != SinkTransport::tls) return connected;
  return shake_hands();
}

Result<void> SinkChannel::shake_hands() {
  const auto context = make_context(settings_);
  if (!context) return context.error();
  session_.reset(SSL_new(context->get()));
  if (IpAddress::parse(settings_.host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session_.get()), settings_.host.c_str());
  } else {
    SSL_set1_host(session_.get(), settings_.host.c_str());
    SSL_set_tlsext_host_name(session_.get(), settings_.host.c_str());
  }
  SSL_set_fd(session_.get(), socket_);
  const auto done = tls([&] { return SSL_connect(session_.get()); }, kConnect);
  if (done) return {};
  const long verified = SSL_get_verify_result(session_.get());
  return Problem{verified == X509_V_OK
                     ? "there is no TLS with it: " + done.error().what
                     : fmt::format("it cannot be trusted: {}", X509_verify_cert_error_string(verified))};
}

// Until the step is done.
Result<void> SinkChannel::tls(const std::function<int()>& step, milliseconds patience) {
  for (;;) {
    ERR_clear_error();
    const int done = step();
    if (done > 0) return {};
    const int error = SSL_get_error(session_.get(), done);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      if (error == SSL_ERROR_SYSCALL && errno) return broke_off(errno);
      return Problem{tls_error()};
    }
    if (auto ready = wait(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, patience); !ready) return ready;
  }
}

Result<void> SinkChannel::send(std::string_view bytes) {
  while (!bytes.empty()) {
    std::size_t taken = 0;
    if (session_) {
      if (auto sent = tls([&] { return SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &taken); }, kStall);
          !sent)
        return sent;
    } else {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) return broke_off(errno);
      taken = sent < 0 ? 0 : static_cast<std::size_t>(sent);
      if (sent < 0) {
        if (auto ready = wait(POLLOUT, kStall); !ready) return ready;
      }
    }
    bytes.remove_prefix(taken);
  }
  return {};
}

Result<void> SinkChannel::receive(char* into, std::size_t count, milliseconds patience) {
  while (count > 0) {
    const ssize_t taken = ::recv(socket_, into, count, 0);
    if (taken == 0) return Problem{"it hung up"};
    if (taken < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) return broke_off(errno);
    if (taken < 0) {
      if (auto ready = wait(POLLIN, patience); !ready) return ready;
      continue;
    }
    into += taken;
    count -= static_cast<std::size_t>(taken);
  }
  return {};
}

bool SinkChannel::has_ended() const {
  pollfd state{socket_, POLLRDHUP, 0};
  return ::poll(&state, 1, 0) > 0 && (state.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

bool SinkChannel::is_all_read() const {
  int unread = 0;
  return settings_.transport == SinkTransport::unix_socket && ::ioctl(socket_, SIOCOUTQ, &unread) == 0 && unread == 0;
}

}  // namespace sinkfeed
