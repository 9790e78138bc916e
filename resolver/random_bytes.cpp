#include "resolver/random_bytes.hpp"

#include <sys/random.h>

namespace sinkfeed {

void RandomBytes::refill() {
  // Up to 256 bytes are never interrupted nor short once the generator is seeded (getrandom(2)).
  while (getrandom(block_.data(), block_.size(), 0) != static_cast<ssize_t>(block_.size())) {
  }
  at_ = 0;
}

}  // namespace sinkfeed
