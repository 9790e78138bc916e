// Lists of networks, as tests change them.
#pragma once

#include "feed/network_list.hpp"

namespace sinkfeed {

// Those of which it is not so.
template <class Predicate>
NetworkList without(const NetworkList& networks, const Predicate& is_so) {
  NetworkList left;
  for (const Network& one : networks) {
    if (!is_so(one)) left.push_back(one);
  }
  return left;
}

inline NetworkList without_first(const NetworkList& networks) {
  return without(networks, [first = networks[0]](const Network& one) { return one == first; });
}

}  // namespace sinkfeed
