// Many networks in little memory: five bytes for one of IPv4, seventeen for one of IPv6. What a feed lists may be a
// million of them, beside the texts that are made from it.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <utility>
#include <vector>

#include "config/address.hpp"

namespace sinkfeed {

// IPv4 before IPv6, each family in the order in which it was put in. Networks are given out by value.
class NetworkList {
 public:
  class const_iterator {
   public:
    using iterator_category = std::random_access_iterator_tag;
    using value_type = Network;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = Network;

    const_iterator() = default;
    Network operator*() const { return (*list_)[static_cast<std::size_t>(place_)]; }
    Network operator[](difference_type n) const { return *(*this + n); }
    const_iterator& operator++() { return *this += 1; }
    const_iterator& operator--() { return *this += -1; }
    const_iterator operator++(int) { return std::exchange(*this, *this + 1); }
    const_iterator operator--(int) { return std::exchange(*this, *this + -1); }
    const_iterator& operator+=(difference_type n) { return place_ += n, *this; }
    const_iterator& operator-=(difference_type n) { return *this += -n; }
    const_iterator operator+(difference_type n) const { return {list_, place_ + n}; }
    const_iterator operator-(difference_type n) const { return {list_, place_ - n}; }
    difference_type operator-(const const_iterator& other) const { return place_ - other.place_; }
    bool operator==(const const_iterator& other) const { return place_ == other.place_; }
    auto operator<=>(const const_iterator& other) const { return place_ <=> other.place_; }

   private:
    friend class NetworkList;
    const_iterator(const NetworkList* list, difference_type place) : list_(list), place_(place) {}
    const NetworkList* list_ = nullptr;
    difference_type place_ = 0;
  };

  // A part of a list; valid as long as that is unchanged.
  class Part {
   public:
    const_iterator begin() const { return first_; }
    const_iterator end() const { return last_; }
    std::size_t size() const { return static_cast<std::size_t>(last_ - first_); }
    bool empty() const { return first_ == last_; }
    Network operator[](std::size_t place) const { return first_[static_cast<std::ptrdiff_t>(place)]; }

   private:
    friend class NetworkList;
    Part(const_iterator first, const_iterator last) : first_(first), last_(last) {}
    const_iterator first_, last_;
  };

  NetworkList() = default;
  NetworkList(std::initializer_list<Network> networks);
  explicit NetworkList(const std::vector<Network>& networks);

  void push_back(const Network& network);
  // Of a list that is not empty.
  Network back() const { return (*this)[size() - 1]; }
  void pop_back();
  // Room for so many in all, of whatever family; what is not used of it costs no memory.
  void reserve(std::size_t networks);
  void clear();

  std::size_t size() const { return v4_.prefixes.size() + v6_.prefixes.size(); }
  bool empty() const { return size() == 0; }
  Network operator[](std::size_t place) const {
    const std::size_t fours = v4_.prefixes.size();
    return place < fours ? v4_[place] : v6_[place - fours];
  }
  const_iterator begin() const { return {this, 0}; }
  const_iterator end() const { return {this, static_cast<std::ptrdiff_t>(size())}; }
  Part of_family(int family) const;  // 4 or 6

  friend bool operator==(const NetworkList&, const NetworkList&) = default;

 private:
  static IpAddress of_bytes(const std::array<std::uint8_t, 4>& bytes) { return IpAddress::v4(bytes); }
  static IpAddress of_bytes(const std::array<std::uint8_t, 16>& bytes) { return IpAddress::v6(bytes); }

  template <std::size_t kBytes>
  struct Shelf {
    std::vector<std::array<std::uint8_t, kBytes>> addresses;
    std::vector<std::uint8_t> prefixes;

    Network operator[](std::size_t place) const {
      const IpAddress address = of_bytes(addresses[place]);
      return Network(address, prefixes[place], Network::HostBits::are_zero);
    }
    friend bool operator==(const Shelf&, const Shelf&) = default;
  };

  Shelf<4> v4_;
  Shelf<16> v6_;
};

}  // namespace sinkfeed
