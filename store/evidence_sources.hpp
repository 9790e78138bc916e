// Where addresses came from: the name that was asked for, the target it led to, the vantage. A million addresses come
// from a few thousand of them, so each is kept once, with a number, as long as some evidence refers to it.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "config/dns_name.hpp"
#include "store/observation.hpp"

namespace sinkfeed {

struct EvidenceSource {
  DnsName name;
  DnsName target;
  Vantage vantage;
  friend auto operator<=>(const EvidenceSource&, const EvidenceSource&) = default;
};

// One thread at a time.
class EvidenceSources {
 public:
  EvidenceSources() : numbers_(0, Hash{&slots_}, Equal{&slots_}) {}
  EvidenceSources(const EvidenceSources&) = delete;
  EvidenceSources& operator=(const EvidenceSources&) = delete;

  static constexpr std::uint32_t kNone = 0xffffffff;
  // The number of the source, or kNone if nothing refers to it.
  std::uint32_t find(const EvidenceSource& source) const;
  // Its number, with one reference more.
  std::uint32_t take(const EvidenceSource& source);
  void take_again(std::uint32_t number) { slots_[number].references++; }
  // One reference less; a number that nothing refers to any more is given to another source.
  void release(std::uint32_t number);
  // Valid until the next take().
  const EvidenceSource& at(std::uint32_t number) const { return slots_[number].source; }
  // Numbers are less than this.
  std::uint32_t limit() const { return static_cast<std::uint32_t>(slots_.size()); }
  std::size_t size() const { return numbers_.size(); }

 private:
  struct Slot {
    EvidenceSource source;
    std::uint32_t references = 0;
  };
  struct Hash {
    using is_transparent = void;
    const std::vector<Slot>* slots;
    std::size_t operator()(const EvidenceSource& source) const;
    std::size_t operator()(std::uint32_t number) const { return (*this)((*slots)[number].source); }
  };
  struct Equal {
    using is_transparent = void;
    const std::vector<Slot>* slots;
    bool operator()(std::uint32_t a, std::uint32_t b) const { return a == b; }
    bool operator()(const EvidenceSource& a, std::uint32_t b) const { return a == (*slots)[b].source; }
    bool operator()(std::uint32_t a, const EvidenceSource& b) const { return (*slots)[a].source == b; }
  };

  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::unordered_set<std::uint32_t, Hash, Equal> numbers_;
};

}  // namespace sinkfeed
