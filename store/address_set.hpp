// A set of addresses that never changes, ascending. It is kept in chunks that editions of the same set share: the next
// edition of a million addresses costs what has changed, not what there is.
#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <span>
#include <vector>

#include "config/address.hpp"

namespace sinkfeed {

class AddressSet {
 public:
  // Addresses in one chunk, at most.
  static constexpr std::size_t kChunk = 1024;

  AddressSet() = default;
  // `ascending`: each address once.
  explicit AddressSet(std::span<const IpAddress> ascending);

  // With `added` and without `removed`, both ascending. One that is there already is not added twice; one that is not
  // there is not missed.
  AddressSet changed(std::span<const IpAddress> added, std::span<const IpAddress> removed) const;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool contains(const IpAddress& address) const;

  class const_iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = IpAddress;
    using difference_type = std::ptrdiff_t;
    using pointer = const IpAddress*;
    using reference = const IpAddress&;

    const_iterator() = default;
    reference operator*() const { return (*(*chunks_)[chunk_])[place_]; }
    pointer operator->() const { return &**this; }
    const_iterator& operator++() {
      if (++place_ == (*chunks_)[chunk_]->size()) chunk_++, place_ = 0;
      return *this;
    }
    const_iterator operator++(int) {
      const_iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const const_iterator& other) const { return chunk_ == other.chunk_ && place_ == other.place_; }

   private:
    friend class AddressSet;
    using Chunks = std::vector<std::shared_ptr<const std::vector<IpAddress>>>;
    const_iterator(const Chunks* chunks, std::size_t chunk) : chunks_(chunks), chunk_(chunk) {}
    const Chunks* chunks_ = nullptr;
    std::size_t chunk_ = 0, place_ = 0;
  };
  // Valid as long as the set lives.
  const_iterator begin() const { return {&chunks_, 0}; }
  const_iterator end() const { return {&chunks_, chunks_.size()}; }
  // The first that is not less.
  const_iterator lower_bound(const IpAddress& address) const;

  // How many chunks it has in common with another edition: what making one from the other has spared.
  std::size_t shared_chunks(const AddressSet& other) const;
  std::size_t chunks() const { return chunks_.size(); }

 private:
  using Chunk = std::vector<IpAddress>;

  void append(std::span<const IpAddress> ascending);

  std::vector<std::shared_ptr<const Chunk>> chunks_;  // none is empty
  std::size_t size_ = 0;
};

}  // namespace sinkfeed
