// A block of history as bytes, of which only those columns are unpacked that somebody asks for.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/result.hpp"
#include "store/history_layout.hpp"

namespace sinkfeed::history_layout {

inline bool is_packed(std::string_view block) {
  return !block.empty() && (block[0] == kVersion || block[0] == kVersion3);
}

// The width of the widest of the parts' columns.
template <class Parts>
unsigned widest(const Parts& parts, std::size_t id) {
  unsigned width = 0;
  for (const auto& part : parts) width = std::max<unsigned>(width, part.numbers[id].width);
  return width;
}

// One thread at a time. Any bytes may come in: damage is a Problem, never a crash.
class PackedBlock {
 public:
  // `bytes`: is_packed().
  static Result<PackedBlock> open(std::string bytes);
  char version() const { return bytes_[0]; }

  struct Column {
    std::uint32_t count = 0;
    std::uint8_t width = 0;
  };
  struct Part {
    std::uint32_t rows = 0;
    std::int64_t first_us = 0, last_us = 0;
    std::array<Column, kNumbers> numbers;
    std::array<std::pair<std::size_t, std::size_t>, kTexts> texts;  // place and size in the section
  };
  const std::vector<Part>& parts() const { return parts_; }

  std::size_t count(std::size_t part, Numbers id) const { return column(part, id).count; }
  // A column; zeros if it is damaged.
  template <class Number>
  std::vector<Number> numbers(std::size_t part, Numbers id) {
    std::vector<Number> numbers(column(part, id).count);
    for (unsigned plane = 0; plane < column(part, id).width; plane++) {
      const std::string_view from = plane_of(part, id, plane);
      if (from.size() != numbers.size()) continue;
      for (std::size_t i = 0; i < numbers.size(); i++)
        numbers[i] = static_cast<Number>(
            numbers[i] | static_cast<Number>(std::uint64_t{static_cast<unsigned char>(from[i])} << (8 * plane)));
    }
    return numbers;
  }
  // Valid as long as this is.
  std::string_view text(std::size_t part, Texts id);
  Content content(std::size_t part);
  // Whether all that was read so far was whole.
  bool ok() const { return ok_; }
  void fail() { ok_ = false; }

 private:
  struct Section {
    std::size_t at = 0, packed = 0, size = 0;
    std::string bytes;  // unpacked, when it was asked for
    bool is_there = false;
  };
  explicit PackedBlock(std::string bytes) : bytes_(std::move(bytes)) {}
  bool read_directory(std::string_view directory, std::size_t sections_at);
  const Column& column(std::size_t part, Numbers id) const {
    return parts_[part].numbers[static_cast<std::size_t>(id)];
  }
  const std::string& section(std::size_t number);
  // Of a section's bytes; fewer if it is damaged.
  std::string_view piece(std::size_t number, std::size_t at, std::size_t size);
  std::string_view plane_of(std::size_t part, Numbers id, unsigned plane);

  std::string bytes_;
  std::vector<Part> parts_;
  std::vector<Section> sections_;
  std::array<std::size_t, kNumbers> first_plane_{};  // number of the section
  std::size_t first_text_ = 0;                       // likewise
  // Of each plane of each column and part: where its bytes begin in the section.
  std::vector<std::array<std::array<std::size_t, 8>, kNumbers>> plane_at_;
  bool ok_ = true;
};

}  // namespace sinkfeed::history_layout
