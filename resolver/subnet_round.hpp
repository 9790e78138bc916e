// One round of one name's questions for client subnets (RFC 7871): which subnet is asked for next. Bookkeeping without
// I/O; one thread.
//
// For each type and server the subnets are gone through one by one, because an answer holds for a whole scope: of the
// subnets in it none is asked for again in this round. So a round costs one question for each scope that the server
// has, however many subnets are configured; and when a scope gets narrower, the subnets that fall out of it are asked
// for in the same round. Each round begins at another subnet, so that in a scope now this one is asked for, now that.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "config/address.hpp"

namespace sinkfeed {

class SubnetRound {
 public:
  // One type on one server: one question at a time.
  struct Track {
    std::uint16_t type = 0;
    std::size_t server = 0;
  };

  // `subnets` outlives it. `start`: any number.
  SubnetRound(const std::vector<Network>& subnets, const std::vector<Track>& tracks, std::size_t start);

  std::size_t tracks() const { return tracks_.size(); }
  const Track& track(std::size_t number) const { return tracks_[number].track; }
  // The next subnet to ask for, which counts as asked from now on; null when the track is done.
  const Network* next(std::size_t track);
  // The answer to a question for `source` holds for the prefix of `scope` bits of it; 0: for the whole family.
  void answered(std::size_t track, const Network& source, int scope);
  // Nothing more is asked of it.
  void give_up(std::size_t track);
  // That every answer so far held for its whole family: the server does not go by places for this name. Not if it was
  // given up.
  bool is_same_everywhere(std::size_t track) const;
  std::size_t asked() const { return asked_; }

 private:
  struct Progress {
    Track track;
    std::vector<bool> covered;  // by subnet
    std::size_t at = 0;         // how many have been looked at
    bool same_everywhere = true;
  };
  const std::vector<Network>& subnets_;
  std::vector<Progress> tracks_;
  std::size_t start_;
  std::size_t asked_ = 0;
};

}  // namespace sinkfeed
