#include "store/history_unpack.hpp"

#include <fmt/format.h>
#include <zstd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <memory>

#include "store/history_columns.hpp"
#include "store/varints.hpp"

namespace sinkfeed::history_layout {

namespace {

constexpr std::size_t kHash = 8;

Problem damaged(std::string_view why) { return Problem{fmt::format("a block of history is damaged: {}", why)}; }

// False if `packed` is not what becomes `size` bytes.
bool unpack(std::string_view packed, std::size_t size, std::string& bytes) {
  if (packed.size() == size) {
    bytes = packed;
    return true;
  }
  // Looked at first: room for what is only claimed costs seconds.
  if (ZSTD_getFrameContentSize(packed.data(), packed.size()) != size) return false;
  bytes.resize(size);
  thread_local const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context{ZSTD_createDCtx(), ZSTD_freeDCtx};
  if (!context) throw std::bad_alloc{};
  return ZSTD_decompressDCtx(context.get(), bytes.data(), size, packed.data(), packed.size()) == size;
}

// Numbers from the directory; zero once one is missing or too large.
class Numbers64 {
 public:
  explicit Numbers64(std::string_view from) : from_(from) {}
  std::uint64_t next(std::uint64_t most) {
    std::uint64_t value = 0;
    if (ok_ && take_varint(from_, value) && value <= most) return value;
    ok_ = false;
    return 0;
  }
  bool ok() const { return ok_; }
  bool at_end() const { return from_.empty(); }

 private:
  std::string_view from_;
  bool ok_ = true;
};

// Those of which each row has one.
constexpr bool is_of_rows(std::size_t id) {
  return id >= static_cast<std::size_t>(Numbers::time) && id <= static_cast<std::size_t>(Numbers::flags);
}

// The most entries that a column can have.
constexpr std::uint64_t most_of(std::size_t id, std::uint64_t rows) {
  // The shortest item of an answer that leads to a name takes four bytes.
  constexpr std::uint64_t kNamesOfAnswer = kLongestAnswers / 4;
  return id < static_cast<std::size_t>(Numbers::name_parent) ? rows : rows * (1 + kNamesOfAnswer);
}

}  // namespace

Result<PackedBlock> PackedBlock::open(std::string given) {
  PackedBlock block(std::move(given));
  std::string_view rest = block.bytes_;
  if (rest.size() < 1 + kHash) return damaged("it is cut off");
  std::uint64_t hash = 0;
  for (const char byte : rest.substr(rest.size() - kHash)) hash = hash << 8 | static_cast<unsigned char>(byte);
  rest.remove_suffix(kHash);
  if (hash != XXH3_64bits(rest.data(), rest.size())) return damaged("its checksum is another");
  rest.remove_prefix(1);
  std::uint64_t packed = 0, size = 0;
  std::string directory;
  if (!take_varint(rest, packed) || !take_varint(rest, size) || packed > rest.size() || size > kLargestContent ||
      !unpack(rest.substr(0, packed), size, directory))
    return damaged("its directory cannot be read");
  const std::size_t sections_at = block.bytes_.size() - kHash - rest.size() + packed;
  if (!block.read_directory(directory, sections_at)) return damaged("its directory does not fit it");
  return block;
}

bool PackedBlock::read_directory(std::string_view directory, std::size_t at) {
  Numbers64 in(directory);
  const auto columns = columns_of(version());
  const std::size_t parts = in.next(kBlockRows);
  // Each takes some bytes of the directory.
  if (!parts || parts > directory.size()) return false;
  parts_.resize(parts);
  plane_at_.resize(parts);
  std::array<std::array<std::size_t, 8>, kNumbers> planes{};
  std::array<std::size_t, kTexts> texts{};
  std::uint64_t rows = 0;
  for (std::size_t p = 0; p < parts; p++) {
    Part& part = parts_[p];
    rows += part.rows = static_cast<std::uint32_t>(in.next(kBlockRows));
    part.first_us = unzigzag(in.next(~std::uint64_t{0}));
    part.last_us = unzigzag(in.next(~std::uint64_t{0}));
    plane_at_[p] = planes;
    for (std::size_t id = 0; id < columns.numbers; id++) {
      Column& column = part.numbers[id];
      column.count = static_cast<std::uint32_t>(in.next(most_of(id, part.rows)));
      column.width = static_cast<std::uint8_t>(in.next(8));
      for (unsigned plane = 0; plane < column.width; plane++) planes[id][plane] += column.count;
      if (is_of_rows(id) && column.count != part.rows) return false;
    }
    for (std::size_t id = 0; id < columns.texts; id++) {
      part.texts[id] = {texts[id], in.next(kLargestContent)};
      texts[id] += part.texts[id].second;
    }
    if (!part.rows || rows > kBlockRows) return false;
  }
  std::uint64_t all = 0;
  const auto add = [&](std::size_t size) {
    Section& section = sections_.emplace_back();
    section.at = at;
    section.size = size;
    section.packed = in.next(bytes_.size());
    at += section.packed;
    all += size;
    return in.ok() && section.packed <= size && at <= bytes_.size() - kHash && all <= kLargestContent;
  };
  for (std::size_t id = 0; id < columns.numbers; id++) {
    first_plane_[id] = sections_.size();
    for (unsigned plane = 0; plane < widest(parts_, id); plane++) {
      if (!add(planes[id][plane])) return false;
    }
  }
  first_text_ = sections_.size();
  for (std::size_t id = 0; id < columns.texts; id++) {
    if (!add(texts[id])) return false;
  }
  return in.ok() && in.at_end() && at == bytes_.size() - kHash;
}

const std::string& PackedBlock::section(std::size_t number) {
  Section& section = sections_[number];
  if (!section.is_there) {
    const auto packed = std::string_view(bytes_).substr(section.at, section.packed);
    if (!unpack(packed, section.size, section.bytes)) ok_ = false;
    section.is_there = true;
  }
  return section.bytes;
}

std::string_view PackedBlock::piece(std::size_t number, std::size_t at, std::size_t size) {
  const std::string& bytes = section(number);
  return at <= bytes.size() ? std::string_view(bytes).substr(at, size) : std::string_view();
}

std::string_view PackedBlock::plane_of(std::size_t part, Numbers id, unsigned plane) {
  const auto number = static_cast<std::size_t>(id);
  return piece(first_plane_[number] + plane, plane_at_[part][number][plane], column(part, id).count);
}

std::string_view PackedBlock::text(std::size_t part, Texts id) {
  const auto number = static_cast<std::size_t>(id);
  if (number >= columns_of(version()).texts) return {};
  const auto [at, size] = parts_[part].texts[number];
  return piece(first_text_ + number, at, size);
}

Content PackedBlock::content(std::size_t part) {
  Content content;
  content.version = version();
  content.rows = parts_[part].rows;
  content.first_us = parts_[part].first_us;
  content.last_us = parts_[part].last_us;
  for (std::size_t id = 0; id < kNumbers; id++) {
    Planes& planes = content.numbers[id];
    planes.count = parts_[part].numbers[id].count;
    planes.width = parts_[part].numbers[id].width;
    for (unsigned plane = 0; plane < planes.width; plane++)
      planes.bytes += plane_of(part, static_cast<Numbers>(id), plane);
  }
  for (std::size_t id = 0; id < kTexts; id++) content.texts[id] = text(part, static_cast<Texts>(id));
  return content;
}

}  // namespace sinkfeed::history_layout
