#include "store/history_block.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "store/history_block_2.hpp"
#include "store/history_content.hpp"
#include "store/history_part.hpp"
#include "store/sha256.hpp"
#include "store/wire_name.hpp"

namespace sinkfeed {

using namespace history_layout;

namespace {

Problem of_another_version(unsigned version) {
  return Problem{fmt::format("a block of history is of version {}, which this program does not know", version)};
}

Problem damaged(std::string_view why) { return Problem{fmt::format("a block of history is damaged: {}", why)}; }

Result<PackedBlock> open(std::string_view block) {
  if (block.empty()) return damaged("it is empty");
  if (!is_packed(block)) return of_another_version(static_cast<unsigned char>(block[0]));
  return PackedBlock::open(std::string(block));
}

bool is_of_version_2(std::string_view block) { return !block.empty() && block[0] == kHistoryVersion2; }

}  // namespace

bool is_current(std::string_view block) { return !block.empty() && block[0] == kVersion; }

std::string encode_block(const HistoryColumns& columns) { return pack({BlockContent(columns).take()}); }

EncodedBlock encode_with_evidence(const HistoryColumns& columns) {
  BlockContent content(columns);
  const std::vector<Content> parts{content.take()};
  return {pack(parts),
          content_digest(parts.front()),
          content.fingerprints(parts.front()),
          {content.hashes(), columns.rows(), columns.has_gaps()}};
}

Result<std::vector<QueryRecord>> decode_block(std::string_view block) {
  if (is_of_version_2(block)) return decode_block_2(block);
  auto opened = open(block);
  if (!opened) return opened.error();
  std::vector<QueryRecord> records;
  for (std::size_t p = 0; p < opened->parts().size(); p++) {
    HistoryPart part(*opened, p);
    for (std::size_t row = 0; row < part.rows() && opened->ok(); row++) records.push_back(part.record(row));
  }
  if (!opened->ok()) return damaged("its columns do not fit its rows");
  return records;
}

Result<BlockWords> words_of_block(std::string_view block) {
  BlockWords found;
  if (is_of_version_2(block)) {
    const auto records = decode_block_2(block);
    if (!records) return records.error();
    for (const QueryRecord& record : *records) {
      found.names.emplace_back(record.name.wire());
      found.answers.push_back(record.answers);
      found.has_gaps |= record.kind == QueryRecord::Kind::gap;
    }
    found.rows = records->size();
    return found;
  }
  auto opened = open(block);
  if (!opened) return opened.error();
  for (std::size_t p = 0; p < opened->parts().size(); p++) {
    HistoryPart part(*opened, p);
    // Names that answers alone have are behind those of subjects.
    const auto& asked = part.of_subjects(Numbers::subject_name);
    const std::size_t names = asked.empty() ? 0 : 1U + *std::max_element(asked.begin(), asked.end());
    for (std::size_t i = 0; i < std::min(names, part.names().size()); i++) {
      if (is_wire_name(part.names()[i])) found.names.emplace_back(part.names()[i]);
    }
    found.answers.insert(found.answers.end(), part.answers().begin(), part.answers().end());
    found.rows += part.rows();
    found.has_gaps |= part.has_gaps();
  }
  if (!opened->ok()) return damaged("its names or answers cannot be read");
  return found;
}

Result<std::vector<std::string>> block_digests(std::string_view block) {
  if (is_of_version_2(block)) return std::vector{sha256_of(block)};
  auto opened = open(block);
  if (!opened) return opened.error();
  std::vector<std::string> digests;
  for (std::size_t p = 0; p < opened->parts().size(); p++) digests.push_back(content_digest(opened->content(p)));
  if (!opened->ok()) return damaged("a column cannot be unpacked");
  return digests;
}

Result<std::string> merge_blocks(const std::vector<std::string>& blocks) {
  std::vector<Content> parts;
  for (const std::string& block : blocks) {
    auto opened = open(block);
    if (!opened) return opened.error();
    if (block[0] != blocks.front()[0]) return Problem{"blocks of history of two versions cannot become one"};
    for (std::size_t p = 0; p < opened->parts().size(); p++) parts.push_back(opened->content(p));
    if (!opened->ok()) return damaged("a column cannot be unpacked");
  }
  return Result<std::string>(boost::system::in_place_value, pack(parts));
}

Result<std::optional<std::string>> erase_client(std::string_view block, const IpAddress& client) {
  auto opened = open(block);
  if (!opened) return opened.error();
  std::vector<Content> parts;
  bool found = false;
  for (std::size_t p = 0; p < opened->parts().size(); p++) {
    Content& part = parts.emplace_back(opened->content(p));
    const std::string before = std::move(part[Texts::clients]);
    std::vector<ClientEntry> entries;
    if (!opened->ok() || !read_clients(before, entries)) return damaged("its clients cannot be read");
    part[Texts::clients].clear();
    for (ClientEntry& entry : entries) {
      std::string commitment;
      if (!entry.erased() && entry.address == client) {
        found = true;
        commitment = commitment_of(entry);
        entry = {{}, {}, commitment};
      }
      append_client(part[Texts::clients], entry);
    }
  }
  if (!found) return std::optional<std::string>();
  return std::optional<std::string>(pack(parts));
}

}  // namespace sinkfeed
