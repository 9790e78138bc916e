#include "resolver/tcp_listener.hpp"

#include <fcntl.h>
#include <sys/resource.h>

#include "resolver/descriptors.hpp"
#include "tests/resolver/tcp_lab.hpp"

namespace sinkfeed {
namespace {

using namespace std::chrono_literals;

// As many descriptors as are open now, while it lives.
class NoMoreDescriptors {
 public:
  NoMoreDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const int next = fcntl(0, F_DUPFD_CLOEXEC, 0);
    close(next);
    const rlimit none{static_cast<rlim_t>(next), before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoMoreDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

class Listening : public test::TcpLab {};

TEST_F(Listening, Rfc7766_6_2_2_WithoutDescriptorsTheIdlestMakesRoom) {
  const auto at = Endpoint::parse("127.0.0.1", 0).value();
  auto socket = bind_socket(at, SOCK_STREAM);
  ASSERT_TRUE(socket);
  sockaddr_in bound{};
  socklen_t size = sizeof bound;
  getsockname(socket->get(), reinterpret_cast<sockaddr*>(&bound), &size);
  const tcp::endpoint where{boost::asio::ip::address_v4::loopback(), ntohs(bound.sin_port)};
  TcpListener listener(context, at, std::move(*socket), clients());
  listener.start();
  // The sanitizer needs descriptors to look at an object of a kind that it has not seen yet: it sees them all here.
  test::TcpPeer before(context);
  before.socket.connect(where);
  before.ask("localhost");
  ASSERT_TRUE(gets(before, 1));
  before.socket.close();
  ASSERT_TRUE(run_until([&] { return listener.connections() == 0; }));
  const boost::system::error_code none_left(EMFILE, boost::system::system_category());
  ASSERT_TRUE(none_left == boost::system::errc::too_many_files_open);
  test::TcpPeer first(context), second(context);
  first.socket.connect(where);
  ASSERT_TRUE(run_until([&] { return listener.connections() == 1; }));
  second.socket.open(tcp::v4());
  const NoMoreDescriptors none;
  second.socket.connect(where);
  second.ask("localhost");
  EXPECT_TRUE(gets(second, 1));
  EXPECT_TRUE(ends(first, 1s));
  run(50ms);
  EXPECT_FALSE(ends(second, 1ms)) << "there is nobody to make room for";
}

TEST(Descriptors, TcpTakesWhatOthersDoNotNeed) {
  Settings settings;
  settings.dns.workers = 2;
  settings.upstream.servers = {Endpoint::parse("192.0.2.53", 53).value(), Endpoint::parse("192.0.2.54", 53).value()};
  const std::size_t needed = descriptors_needed(settings);
  EXPECT_GT(needed, 2000u);
  EXPECT_EQ(tcp_limits(needed, settings).connections, 1000u);
  EXPECT_EQ(tcp_limits(1'000'000, settings).connections, 1000u);
  EXPECT_EQ(http_connections(needed, settings), kHttpConnections);
  EXPECT_EQ(http_connections(needed - 1000, settings), kHttpConnections - 1000) << "HTTP is the first to have fewer";
  EXPECT_EQ(http_connections(256, settings), 128u) << "a few always may";
  const std::size_t for_dns = needed - (kHttpConnections - 128);
  EXPECT_EQ(tcp_limits(for_dns, settings).connections, 1000u);
  const TcpLimits fewer = tcp_limits(for_dns - 1000, settings);
  EXPECT_NEAR(static_cast<double>(fewer.connections), 510, 20);
  EXPECT_EQ(fewer.of_one_client, 50u);
  const TcpLimits least = tcp_limits(256, settings);
  EXPECT_EQ(least.connections, 20u) << "a few always may";
  EXPECT_LT(least.of_one_client, least.connections);
}

TEST(Descriptors, TheSoftLimitIsRaised) {
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit low{before.rlim_max / 2, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &low);
  EXPECT_EQ(raise_descriptor_limit(), before.rlim_max);
  EXPECT_EQ(descriptor_limit(), before.rlim_max);
  setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace sinkfeed
