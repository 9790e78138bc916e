// Any block of history, of this version and of the two before: it is read within its bounds or refused. What is read is
// sound records, which make a block of their own; merging and erasing leave the rest of it as it was.
#include <xxhash.h>
#include <zstd.h>

#include <algorithm>

#include "store/history_block.hpp"
#include "store/history_block_2.hpp"
#include "store/history_unpack.hpp"
#include "store/wire_name.hpp"
#include "tests/fuzz/check.hpp"

using namespace sinkfeed;

namespace {

// The input as the inside of a block, so that checksums keep nothing from being tried.
std::string block_of(std::string_view input, char version) {
  std::string block(1, version);
  if (version != kHistoryVersion2) {
    block += input;
    const XXH64_hash_t hash = XXH3_64bits(block.data(), block.size());
    for (int shift = 56; shift >= 0; shift -= 8) block += static_cast<char>(hash >> shift);
    return block;
  }
  std::string frame(ZSTD_compressBound(input.size()), '\0');
  frame.resize(ZSTD_compress(frame.data(), frame.size(), input.data(), input.size(), 1));
  return block + frame;
}

bool same(const QueryRecord& a, const QueryRecord& b) {
  if (a.kind != b.kind || a.time != b.time || a.gap_count != b.gap_count) return false;
  return a.kind == QueryRecord::Kind::gap ||
         (a.client == b.client && a.client_port == b.client_port && a.transport == b.transport &&
          a.origin == b.origin && a.name == b.name && a.type == b.type && a.flags == b.flags &&
          a.verdict == b.verdict && a.rule == b.rule && a.rcode == b.rcode && a.ede == b.ede &&
          a.answers == b.answers && a.upstream == b.upstream && a.latency_us == b.latency_us);
}

bool same(const std::vector<QueryRecord>& a, const std::vector<QueryRecord>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) { return same(x, y); });
}

// What a ring would give out: texts are no longer than allowed, answers whole.
bool fits(const QueryRecord& record) {
  std::string_view rest = record.answers;
  while (PackedAnswers::take(rest)) continue;
  return rest.empty() && record.rule.size() <= kLongestRule && record.answers.size() <= kLongestAnswers;
}

void check_record(const QueryRecord& record, bool old) {
  SINKFEED_CHECK(is_wire_name(record.name.wire()));
  SINKFEED_CHECK(record.verdict <= Verdict::local && record.origin <= Origin::policy);
  std::string_view rest = record.answers;
  while (const auto item = PackedAnswers::take(rest)) static_cast<void>(item->text());
  SINKFEED_CHECK(rest.empty() || old);  // that version's reader does not look into answers
}

void check_parts(const std::string& block, const std::vector<QueryRecord>& records) {
  const auto digests = block_digests(block);
  if (!digests || records.size() > history_layout::kBlockRows / 2) return;
  const auto twice = merge_blocks({block, block});
  SINKFEED_CHECK(twice);
  auto expected = records;
  expected.insert(expected.end(), records.begin(), records.end());
  const auto decoded = decode_block(*twice);
  SINKFEED_CHECK(decoded && same(*decoded, expected));
  auto of_both = *digests;
  of_both.insert(of_both.end(), digests->begin(), digests->end());
  const auto digests_of_both = block_digests(*twice);
  SINKFEED_CHECK(digests_of_both && *digests_of_both == of_both);

  const auto query = std::find_if(records.begin(), records.end(),
                                  [](const auto& record) { return record.kind == QueryRecord::Kind::query; });
  if (query == records.end() || query->client == IpAddress()) return;
  const auto erased = erase_client(block, query->client);
  SINKFEED_CHECK(erased && *erased);
  const auto left = decode_block(**erased);
  const auto digests_left = block_digests(**erased);
  SINKFEED_CHECK(left && left->size() == records.size());
  SINKFEED_CHECK(digests_left && *digests_left == *digests);
  for (const QueryRecord& record : *left) SINKFEED_CHECK(record.client != query->client);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool old = data[0] & 1;
  const char version = old ? kHistoryVersion2 : data[0] & 2 ? history_layout::kVersion : history_layout::kVersion3;
  const std::string block = block_of({reinterpret_cast<const char*>(data) + 1, size - 1}, version);
  const auto records = decode_block(block);
  if (!records) {
    SINKFEED_CHECK(!records.error().what.empty());
    static_cast<void>(block_digests(block));
    static_cast<void>(merge_blocks({block, block}));
    static_cast<void>(erase_client(block, IpAddress()));
    return 0;
  }
  SINKFEED_CHECK(records->size() <= history_layout::kBlockRows);
  for (const QueryRecord& record : *records) check_record(record, old);
  if (!records->empty() && std::all_of(records->begin(), records->end(), fits)) {
    HistoryColumns columns;
    for (const QueryRecord& record : *records) columns.append(record);
    const auto again = decode_block(encode_block(columns));
    SINKFEED_CHECK(again && same(*again, *records));
  }
  if (!old) check_parts(block, *records);
  return 0;
}
