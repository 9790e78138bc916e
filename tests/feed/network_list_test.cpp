#include "feed/network_list.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

Network any_network() {
  const auto bytes = *rc::gen::container<std::array<std::uint8_t, 16>>(rc::gen::arbitrary<std::uint8_t>());
  if (*rc::gen::arbitrary<bool>()) return {IpAddress::v6(bytes), *rc::gen::inRange(0, 129)};
  return {IpAddress::v4(std::span(bytes).first<4>()), *rc::gen::inRange(0, 33)};
}

RC_GTEST_PROP(NetworkList, HoldsWhatAVectorWould, ()) {
  std::vector<Network> networks;
  for (int left = *rc::gen::inRange(0, 40); left > 0; left--) networks.push_back(any_network());
  std::sort(networks.begin(), networks.end());
  NetworkList list;
  list.reserve(networks.size());
  for (const Network& one : networks) {
    list.push_back(one);
    RC_ASSERT(list.back() == one);
  }
  RC_ASSERT(std::equal(list.begin(), list.end(), networks.begin(), networks.end()));
  RC_ASSERT(list == NetworkList(networks));
  RC_ASSERT(list.of_family(4).size() + list.of_family(6).size() == networks.size());
  for (const int family : {4, 6}) {
    for (const Network& one : list.of_family(family)) RC_ASSERT(one.address().family() == family);
  }
  for (std::size_t i = 0; i < networks.size(); i++) {
    RC_ASSERT(list[i] == networks[i]);
    RC_ASSERT(std::binary_search(list.begin(), list.end(), networks[i]));
  }
  for (; !networks.empty(); networks.pop_back(), list.pop_back()) RC_ASSERT(list.back() == networks.back());
  RC_ASSERT(list.empty());
}

}  // namespace
}  // namespace sinkfeed
