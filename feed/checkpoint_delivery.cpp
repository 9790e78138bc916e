#include "feed/checkpoint_delivery.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <cerrno>
#include <cstring>

namespace sinkfeed {

namespace {

constexpr std::chrono::seconds kPatience{3};
constexpr int kPriority = 13 * 8 + 5;  // log audit, notice

Problem cannot(const CheckpointTarget& target, const std::string& why) {
  return Problem{fmt::format("a checkpoint cannot be brought to {}: {}", target.text(), why)};
}

Result<void> append(const CheckpointTarget& target, const std::string& line) {
  const int file = ::open(target.file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (file < 0) return cannot(target, std::strerror(errno));
  const std::string text = line + "\n";
  errno = ENOSPC;
  const bool done =
      ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fdatasync(file) == 0;
  const int error = errno;
  ::close(file);
  // A pipe or a terminal cannot be synced, and needs not.
  if (done || error == EINVAL) return {};
  return cannot(target, std::strerror(error));
}

std::string message_of(const std::string& line, WallTime now) {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0 || !host[0]) host[0] = '-';
  return fmt::format("<{}>1 {} {} sinkfeed {} checkpoint - {}", kPriority, format_time(now), host.data(), ::getpid(),
                     line);
}

template <class Protocol>
typename Protocol::endpoint endpoint_of(const CheckpointTarget& target) {
  return {boost::asio::ip::make_address(target.host.address.text()), target.host.port};
}

Result<void> send_udp(const CheckpointTarget& target, const std::string& message) {
  using boost::asio::ip::udp;
  boost::asio::io_context context;
  boost::system::error_code error;
  const auto endpoint = endpoint_of<udp>(target);
  udp::socket socket(context);
  socket.open(endpoint.protocol(), error);
  if (!error) socket.connect(endpoint, error);
  if (!error) socket.send(boost::asio::buffer(message), 0, error);
  if (error) return cannot(target, error.message());
  return {};
}

Result<void> send_tcp(const CheckpointTarget& target, const std::string& message) {
  boost::asio::io_context context;
  boost::beast::tcp_stream stream(context);
  boost::system::error_code error;
  const std::string framed = fmt::format("{} {}", message.size(), message);
  stream.expires_after(kPatience);
  stream.async_connect(endpoint_of<boost::asio::ip::tcp>(target), [&](const boost::system::error_code& connected) {
    error = connected;
    if (error) return;
    boost::asio::async_write(stream, boost::asio::buffer(framed),
                             [&](const boost::system::error_code& written, std::size_t) {
                               error = written;
                               if (error) return;
                               // What the other side has taken is known when it closes as well.
                               stream.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, error);
                             });
  });
  context.run();
  if (error) return cannot(target, error.message());
  return {};
}

}  // namespace

Result<void> deliver_checkpoint(const CheckpointTarget& target, const std::string& line, WallTime now) {
  switch (target.kind) {
    case CheckpointTarget::Kind::file:
      return append(target, line);
    case CheckpointTarget::Kind::syslog_udp:
      return send_udp(target, message_of(line, now));
    case CheckpointTarget::Kind::syslog_tcp:
      return send_tcp(target, message_of(line, now));
  }
  return {};
}

}  // namespace sinkfeed
