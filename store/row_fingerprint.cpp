#include "store/row_fingerprint.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>

#include "store/history_marks.hpp"

namespace sinkfeed {

std::uint64_t row_fingerprint(const RowFacts& row) {
  std::array<std::uint64_t, 6> all{static_cast<std::uint64_t>(row.time_us), row.mark};
  if (row.mark & history_marks::kGap) {
    all[2] = row.lost;
  } else {
    all[1] |= std::uint64_t{row.port} << 8U | std::uint64_t{row.flags} << 24U;
    all[3] = row.subject;
    if (row.upstream) all[4] = XXH3_64bits(row.upstream->bytes().data(), row.upstream->bytes().size());
    all[5] = row.latency_us;
  }
  return XXH3_64bits(all.data(), sizeof all);
}

std::uint64_t subject_fingerprint(const SubjectFacts& subject) {
  std::uint64_t hash = subject.type | subject.rcode << 16U | static_cast<unsigned>(subject.verdict) << 24U;
  hash |= static_cast<std::uint64_t>(subject.ede ? 1U + *subject.ede : 0U) << 32U;
  for (const std::string_view text : {subject.name, subject.rule, subject.answers})
    hash = XXH3_64bits_withSeed(text.data(), text.size(), hash);
  return hash;
}

std::uint64_t client_fingerprint(const history_layout::ClientEntry& client) {
  const std::string commitment = commitment_of(client);
  return XXH3_64bits(commitment.data(), commitment.size());
}

}  // namespace sinkfeed
