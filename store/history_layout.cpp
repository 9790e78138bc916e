// Blocks of history between parts and bytes.
//
// clang-format off
//   block      version(1: 3 or 4) directory sections hash(8: XXH3 of all before, big-endian)
//   directory  its size as packed, varint, and as it is unpacked, varint, then a zstd frame; in it, all as LEB128 varints:
//                parts; of each part: rows, first and latest time (zigzag, us), of each column of numbers its count and
//                width, of each column of text its size; then the size of each section as it is packed
//   sections   of each column of numbers, plane by plane, and of each column of text: the bytes of all parts, one after
//              the other, as a zstd frame; or as they are, if that is not smaller
// clang-format on
#include "store/history_layout.hpp"

#include <zstd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <memory>

#include "store/history_unpack.hpp"
#include "store/sha256.hpp"
#include "store/varints.hpp"

namespace sinkfeed::history_layout {

namespace {

// Numbers hardly pack better at higher levels, nor do names and answers as columns: 0.1 bytes a row at level 4, which
// takes three times as long. As the texts of version 3 they did.
constexpr int kLevel = 1, kLevelOfTexts3 = 4;
// Below it a frame's own bytes cost more than it saves.
constexpr std::size_t kLeastPacked = 48;

class Packer {
 public:
  Packer() : context_(ZSTD_createCCtx(), ZSTD_freeCCtx) {
    if (!context_) throw std::bad_alloc{};
  }
  // Appends `bytes` to `to`, packed if that is smaller.
  void append(std::string& to, std::string_view bytes, int level) {
    const std::size_t before = to.size();
    if (bytes.size() >= kLeastPacked) {
      to.resize(before + ZSTD_compressBound(bytes.size()));
      const std::size_t size =
          ZSTD_compressCCtx(context_.get(), to.data() + before, to.size() - before, bytes.data(), bytes.size(), level);
      // Fails for want of memory only: the room is what zstd itself asked for.
      if (ZSTD_isError(size)) throw std::bad_alloc{};
      to.resize(before + size);
      if (size < bytes.size()) return;
    }
    to.resize(before);
    to.append(bytes);
  }

 private:
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context_;
};

class ContentDigest : public Sha256 {
 public:
  void add_number(std::uint64_t number) {
    std::string bytes;
    append_varint(bytes, number);
    add(bytes);
  }
};

std::string_view bytes_of(const IpAddress& address) {
  return {reinterpret_cast<const char*>(address.bytes().data()), address.bytes().size()};
}

std::string directory_of(const std::vector<Content>& parts, const std::vector<std::size_t>& section_sizes) {
  std::string directory;
  append_varint(directory, parts.size());
  for (const Content& part : parts) {
    append_varint(directory, part.rows);
    append_varint(directory, zigzag(part.first_us));
    append_varint(directory, zigzag(part.last_us));
    for (std::size_t id = 0; id < columns_of(part.version).numbers; id++) {
      append_varint(directory, part.numbers[id].count);
      append_varint(directory, part.numbers[id].width);
    }
    for (std::size_t id = 0; id < columns_of(part.version).texts; id++) append_varint(directory, part.texts[id].size());
  }
  for (const std::size_t size : section_sizes) append_varint(directory, size);
  return directory;
}

}  // namespace

void append_client(std::string& to, const ClientEntry& entry) {
  if (entry.erased()) {
    to += '\0';
    to += entry.committed;
    return;
  }
  to += static_cast<char>(entry.address.family());
  to += bytes_of(entry.address);
  to += entry.salt;
}

std::string commitment_of(const ClientEntry& entry) {
  if (entry.erased()) return std::string(entry.committed);
  Sha256 digest;
  digest.add(bytes_of(entry.address));
  digest.add(entry.salt);
  return digest.finish();
}

bool read_clients(std::string_view text, std::vector<ClientEntry>& entries) {
  entries.clear();
  while (!text.empty()) {
    ClientEntry& entry = entries.emplace_back();
    const auto kind = static_cast<unsigned char>(text[0]);
    const std::size_t size = 1 + (kind == 0 ? kCommitment : (kind == 4 ? 4 : 16) + kSalt);
    if ((kind != 0 && kind != 4 && kind != 6) || text.size() < size) return false;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data() + 1);
    if (kind == 0) {
      entry.committed = text.substr(1, kCommitment);
    } else {
      entry.address = kind == 4 ? IpAddress::v4(std::span<const std::uint8_t, 4>(bytes, 4))
                                : IpAddress::v6(std::span<const std::uint8_t, 16>(bytes, 16));
      entry.salt = text.substr(size - kSalt, kSalt);
    }
    text.remove_prefix(size);
  }
  return true;
}

std::string content_digest(const Content& content) {
  ContentDigest digest;
  digest.add(content.version == kVersion3 ? "sinkfeed history 3\n" : "sinkfeed history 4\n");
  digest.add_number(content.rows);
  const auto columns = columns_of(content.version);
  for (std::size_t id = 0; id < columns.numbers; id++) {
    const Planes& column = content.numbers[id];
    digest.add_number(column.count);
    digest.add_number(column.width);
    digest.add(column.bytes);
  }
  std::vector<ClientEntry> clients;
  read_clients(content[Texts::clients], clients);
  digest.add_number(clients.size());
  for (const ClientEntry& client : clients) digest.add(commitment_of(client));
  for (std::size_t i = static_cast<std::size_t>(Texts::upstreams); i < columns.texts; i++) {
    digest.add_number(content.texts[i].size());
    digest.add(content.texts[i]);
  }
  return digest.finish();
}

std::string pack(const std::vector<Content>& parts) {
  thread_local Packer packer;  // its memory is a megabyte, which costs more to get anew than to keep
  const char version = parts.front().version;
  const auto columns = columns_of(version);
  std::string sections, joined;
  std::vector<std::size_t> sizes;
  const auto section = [&](int level, const auto& piece_of) {
    std::string_view bytes;
    if (parts.size() == 1) {
      bytes = piece_of(parts[0]);
    } else {
      joined.clear();
      for (const Content& part : parts) joined += piece_of(part);
      bytes = joined;
    }
    const std::size_t before = sections.size();
    packer.append(sections, bytes, level);
    sizes.push_back(sections.size() - before);
  };
  for (std::size_t id = 0; id < columns.numbers; id++) {
    for (unsigned plane = 0; plane < widest(parts, id); plane++) {
      section(kLevel, [&](const Content& part) -> std::string_view {
        const Planes& column = part.numbers[id];
        if (plane >= column.width) return {};
        return std::string_view(column.bytes).substr(std::size_t{plane} * column.count, column.count);
      });
    }
  }
  const int level_of_texts = version == kVersion3 ? kLevelOfTexts3 : kLevel;
  for (std::size_t id = 0; id < columns.texts; id++)
    section(level_of_texts, [&](const Content& part) -> std::string_view { return part.texts[id]; });

  const std::string directory = directory_of(parts, sizes);
  std::string packed_directory;
  packer.append(packed_directory, directory, level_of_texts);
  std::string block(1, version);
  append_varint(block, packed_directory.size());
  append_varint(block, directory.size());
  block += packed_directory;
  block += sections;
  const std::uint64_t hash = XXH3_64bits(block.data(), block.size());
  for (int shift = 56; shift >= 0; shift -= 8) block += static_cast<char>(hash >> shift);
  return block;
}

}  // namespace sinkfeed::history_layout
