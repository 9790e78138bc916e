#include "store/history_fingerprints.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "store/keys.hpp"
#include "store/sha256.hpp"

namespace sinkfeed {

namespace {

constexpr std::string_view kStart = R"({"sums":")", kEnd = R"("})";
constexpr std::size_t kGroupBytes = 2 * 3 * sizeof(std::uint32_t);

// Of the rows from `first` on, at most so many: what they say, and their clients.
struct Group {
  RowSums rows, clients;
  std::vector<std::uint32_t> row_hashes, client_hashes;

  Group(HistoryPart& part, std::size_t first) {
    for (std::uint32_t i = 1; i <= kFingerprintRows && first + i <= part.rows(); i++) {
      row_hashes.push_back(static_cast<std::uint32_t>(part.fingerprint(first + i - 1)));
      client_hashes.push_back(static_cast<std::uint32_t>(part.client_fingerprint(first + i - 1)));
      rows.add(i, row_hashes.back());
      clients.add(i, client_hashes.back());
    }
  }
};

RowSums take_sums(std::string_view& bytes) {
  RowSums sums;
  for (std::uint32_t* sum : {&sums.once, &sums.times_row, &sums.times_square}) {
    if (bytes.size() < sizeof *sum) break;
    *sum = keys::read_u32(bytes);
    bytes.remove_prefix(sizeof *sum);
  }
  return sums;
}

ChangedRows within(std::size_t first, const std::vector<std::uint32_t>& hashes, const RowSums& difference) {
  const auto count = static_cast<std::uint32_t>(hashes.size());
  // The last one may be missing.
  for (std::uint32_t i = 1; i <= count + 1; i++) {
    if (i * difference.once == difference.times_row && i * i * difference.once == difference.times_square)
      return {first + i - 1, first + i - 1, true, false};
  }
  for (std::uint32_t i = 1; difference.once == 0 && i <= count; i++) {
    for (std::uint32_t j = i + 1; j <= count; j++) {
      const std::uint32_t between = hashes[i - 1] - hashes[j - 1];
      if ((i - j) * between == difference.times_row && (i * i - j * j) * between == difference.times_square)
        return {first + i - 1, first + j - 1, true, true};
    }
  }
  return {first, first + std::max<std::uint32_t>(count, 1) - 1, false, false};
}

}  // namespace

void Fingerprints::add(std::uint64_t row, std::uint64_t client) {
  rows_++;
  of_rows_.add(rows_, static_cast<std::uint32_t>(row));
  of_clients_.add(rows_, static_cast<std::uint32_t>(client));
  if (rows_ == kFingerprintRows) end_group();
}

void Fingerprints::end_group() {
  for (RowSums* sums : {&of_rows_, &of_clients_}) {
    for (const std::uint32_t sum : {sums->once, sums->times_row, sums->times_square}) keys::append_u32(bytes_, sum);
    *sums = {};
  }
  rows_ = 0;
}

std::string Fingerprints::take() {
  if (rows_) end_group();
  return std::move(bytes_);
}

std::string fingerprints_of(HistoryPart& part) {
  Fingerprints fingerprints;
  for (std::size_t row = 0; row < part.rows(); row++)
    fingerprints.add(part.fingerprint(row), part.client_fingerprint(row));
  return fingerprints.take();
}

std::string fingerprints_text(std::string_view fingerprints) {
  return std::string(kStart) + to_base64(fingerprints) + std::string(kEnd);
}

std::optional<std::string> fingerprints_in(std::string_view text) {
  if (text.size() < kStart.size() + kEnd.size() || !text.starts_with(kStart) || !text.ends_with(kEnd))
    return std::nullopt;
  text.remove_prefix(kStart.size());
  text.remove_suffix(kEnd.size());
  return from_base64(text);
}

std::optional<ChangedRows> changed_rows(HistoryPart& part, std::string_view kept) {
  for (std::size_t first = 0; first < part.rows() || kept.size() >= kGroupBytes; first += kFingerprintRows) {
    const Group group(part, first);
    const RowSums rows = take_sums(kept), clients = take_sums(kept);
    if (group.rows != rows) return within(first, group.row_hashes, group.rows - rows);
    if (group.clients != clients) return within(first, group.client_hashes, group.clients - clients);
  }
  return std::nullopt;
}

}  // namespace sinkfeed
