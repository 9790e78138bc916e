// Where this machine is, as the kernel tells it.
#include "config/machine_addresses.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace sinkfeed {
namespace {

using testing::Contains;
using testing::ElementsAre;

IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }

TEST(MachineAddresses, HoldLoopbackAndItsNetwork) {
  EXPECT_THAT(machine_addresses(), Contains(ip("127.0.0.1")));
  const auto networks = machine_networks();
  EXPECT_TRUE(std::any_of(networks.begin(), networks.end(),
                          [](const Network& network) { return network.text() == "127.0.0.0/8"; }));
}

TEST(Gateways, AreThoseOfDefaultRoutes) {
  std::istringstream v4(
      "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
      "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
      "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
      "eth0\t0000000A\t020200C0\t0003\t0\t0\t0\t000000FF\t0\t0\t0\n"
      "tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n"
      "nonsense\n");
  EXPECT_THAT(read_gateways_v4(v4), ElementsAre(ip("192.0.2.1")));
  std::istringstream v6(
      "fd000000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 "
      "00000100 "
      "00000001 00000000 00000001     eth0\n"
      "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 "
      "00000400 "
      "00000001 00000000 00000003     eth0\n"
      "00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 "
      "ffffffff "
      "00000001 00000000 00200200       lo\n");
  EXPECT_THAT(read_gateways_v6(v6), ElementsAre(ip("fe80::1")));
}

}  // namespace
}  // namespace sinkfeed
