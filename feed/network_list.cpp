#include "feed/network_list.hpp"

#include <algorithm>

#include "store/large_pages.hpp"

namespace sinkfeed {

NetworkList::NetworkList(std::initializer_list<Network> networks) {
  for (const Network& network : networks) push_back(network);
}

NetworkList::NetworkList(const std::vector<Network>& networks) {
  for (const Network& network : networks) push_back(network);
}

void NetworkList::push_back(const Network& network) {
  const auto put = [&](auto& shelf) {
    const auto bytes = network.address().bytes();
    std::copy(bytes.begin(), bytes.end(), shelf.addresses.emplace_back().begin());
    shelf.prefixes.push_back(static_cast<std::uint8_t>(network.prefix()));
  };
  if (network.address().is_v4()) {
    put(v4_);
  } else {
    put(v6_);
  }
}

void NetworkList::pop_back() {
  const auto take = [](auto& shelf) {
    shelf.addresses.pop_back();
    shelf.prefixes.pop_back();
  };
  if (v6_.prefixes.empty()) {
    take(v4_);
  } else {
    take(v6_);
  }
}

void NetworkList::reserve(std::size_t networks) {
  const auto make_room = [&](auto& shelf) {
    reserve_large(shelf.addresses, networks);
    reserve_large(shelf.prefixes, networks);
  };
  make_room(v4_);
  make_room(v6_);
}

void NetworkList::clear() { *this = {}; }

NetworkList::Part NetworkList::of_family(int family) const {
  const const_iterator six = begin() + static_cast<std::ptrdiff_t>(v4_.prefixes.size());
  return family == 4 ? Part(begin(), six) : Part(six, end());
}

}  // namespace sinkfeed
