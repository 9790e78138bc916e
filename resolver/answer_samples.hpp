// What answers have shown of one pool of addresses lately: a window of answers, from which the rest is estimated.
// One thread.
//
// An answer that a cache gives again is no new sample: the same addresses to the same question, with a TTL that has
// counted down, so that they run out at the same moment as before.
// Of IPv4 and IPv6 each has its own window: no answer shows both. It is as long as it has to be for the pool (each
// address 32 times on average), at most a week, so that what has moved away is forgotten.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <unordered_map>
#include <vector>

#include "config/address.hpp"
#include "config/clock.hpp"
#include "resolver/unseen_estimate.hpp"

namespace sinkfeed {

class AnswerSamples {
 public:
  static constexpr std::size_t kOfATarget = 4096, kOfAProfile = 32768;
  static constexpr auto kWindow = std::chrono::hours(24 * 7);

  // `most`: different addresses of a family that are kept; an answer with more is cut. At most 65536.
  explicit AnswerSamples(std::size_t most) : most_(most) {}

  // `asked`: a hash of the question and of whom it was put to: what one cache would answer alike. `ttl`: of the
  // addresses, which are all of one family. False: it is no new sample, because a cache gave it again, or it is empty.
  bool add(std::uint64_t asked, std::span<const IpAddress> addresses, std::chrono::seconds ttl, SteadyTime now);

  // Of both families. Takes time that grows with the number of addresses.
  UnseenEstimate estimate() const;

 private:
  struct Answer {
    SteadyTime when;
    std::uint32_t size;
  };
  struct Pool {
    std::unordered_map<IpAddress, std::uint16_t> numbers;
    std::vector<IpAddress> addresses;        // by number
    std::vector<std::uint32_t> occurrences;  // in the window, by number
    std::vector<std::uint16_t> free_numbers;
    std::deque<std::uint16_t> shown;  // answer by answer
    std::deque<Answer> answers;
    std::map<std::size_t, std::size_t> sizes;  // how many answers had so many addresses
  };

  bool is_repeated(std::uint64_t asked, std::span<const IpAddress> addresses, std::chrono::seconds ttl, SteadyTime now);
  void forget_oldest(Pool& pool) const;

  std::size_t most_;
  Pool v4_, v6_;
  // When what was answered runs out, by question and addresses.
  std::unordered_map<std::uint64_t, SteadyTime> run_out_;
  std::size_t run_out_limit_ = 64;  // with so many, those that have run out go
};

}  // namespace sinkfeed
