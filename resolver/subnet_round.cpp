#include "resolver/subnet_round.hpp"

#include <algorithm>

namespace sinkfeed {

SubnetRound::SubnetRound(const std::vector<Network>& subnets, const std::vector<Track>& tracks, std::size_t start)
    : subnets_(subnets), start_(subnets.empty() ? 0 : start % subnets.size()) {
  for (const Track& track : tracks) tracks_.push_back({track, std::vector<bool>(subnets.size()), 0, true});
}

const Network* SubnetRound::next(std::size_t track) {
  Progress& progress = tracks_[track];
  while (progress.at < subnets_.size()) {
    const std::size_t subnet = (start_ + progress.at++) % subnets_.size();
    if (progress.covered[subnet]) continue;
    asked_++;
    return &subnets_[subnet];
  }
  return nullptr;
}

void SubnetRound::answered(std::size_t track, const Network& source, int scope) {
  Progress& progress = tracks_[track];
  if (scope > 0) progress.same_everywhere = false;
  // A scope longer than the source says that clients in it get different answers; nobody can be asked for them.
  const Network holds_for(source.address(), std::min(scope, source.prefix()));
  for (std::size_t i = 0; i < subnets_.size(); i++) {
    if (subnets_[i].prefix() >= holds_for.prefix() && holds_for.contains(subnets_[i].address()))
      progress.covered[i] = true;
  }
}

void SubnetRound::give_up(std::size_t track) {
  tracks_[track].at = subnets_.size();
  tracks_[track].same_everywhere = false;
}

bool SubnetRound::is_same_everywhere(std::size_t track) const { return tracks_[track].same_everywhere; }

}  // namespace sinkfeed
