#include "resolver/socket_address.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace sinkfeed {
namespace {

int option_of(const Socket& socket, int level, int option) {
  int value = -1;
  socklen_t size = sizeof value;
  EXPECT_EQ(getsockopt(socket.get(), level, option, &value, &size), 0);
  return value;
}

TEST(SocketAddress, Rfc9715_3_1_NoUdpAnswerIsFragmented) {
  const auto v4 = bind_socket({IpAddress::parse("127.0.0.1").value(), 0}, SOCK_DGRAM);
  ASSERT_TRUE(v4) << v4.error().what;
  EXPECT_EQ(option_of(*v4, IPPROTO_IP, IP_MTU_DISCOVER), IP_PMTUDISC_PROBE);
  const auto v6 = bind_socket({IpAddress::parse("::1").value(), 0}, SOCK_DGRAM);
  ASSERT_TRUE(v6) << v6.error().what;
  EXPECT_EQ(option_of(*v6, IPPROTO_IPV6, IPV6_MTU_DISCOVER), IPV6_PMTUDISC_PROBE);
}

}  // namespace
}  // namespace sinkfeed
