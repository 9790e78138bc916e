// One part of a block of history as rows. What is not asked for is not unpacked.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "store/history_record.hpp"
#include "store/history_unpack.hpp"
#include "store/history_words.hpp"
#include "store/row_fingerprint.hpp"

namespace sinkfeed {

// One thread at a time. Damage that `block` did not see when it was opened makes block.ok() false; what is given out
// after that is of the right size, and wrong.
class HistoryPart {
 public:
  // `block` must outlive it.
  HistoryPart(history_layout::PackedBlock& block, std::size_t part);
  HistoryPart(const HistoryPart&) = delete;
  HistoryPart& operator=(const HistoryPart&) = delete;

  std::size_t rows() const { return info_.rows; }
  WallTime first() const { return WallTime{std::chrono::microseconds{info_.first_us}}; }
  WallTime last() const { return WallTime{std::chrono::microseconds{info_.last_us}}; }
  bool has_gaps() const { return block_.count(part_, history_layout::Numbers::gap) > 0; }

  const std::vector<history_layout::ClientEntry>& clients();
  // What rows have in common that differ in time and client alone: a column of it (Numbers::subject_…), of all
  // subjects. Places in the lists below: look whether there is one. Of `subject_ede` 1 + EDE, or 0.
  std::size_t subjects() const { return block_.count(part_, history_layout::Numbers::subject_name); }
  const std::vector<std::uint32_t>& of_subjects(history_layout::Numbers id);
  const std::vector<std::string_view>& names();  // wire format
  const std::vector<std::string_view>& rules();
  const std::vector<std::string_view>& answers();  // PackedAnswers

  // Of each row: places in clients() and subjects().
  const std::vector<std::uint32_t>& client_of_rows();
  const std::vector<std::uint32_t>& subject_of_rows();
  const std::vector<std::int64_t>& times_us();
  const std::vector<std::uint32_t>& latencies_us();
  const std::vector<std::uint8_t>& marks();  // history_marks.hpp
  // Records lost, of each row marked so.
  const std::vector<std::uint64_t>& gaps();

  QueryRecord record(std::size_t row);
  // All that the row says but the client, as 64 bits; and the client's commitment, which outlasts its erasure.
  std::uint64_t fingerprint(std::size_t row);
  std::uint64_t client_fingerprint(std::size_t row);

 private:
  template <class Number>
  const std::vector<Number>& numbers(std::optional<std::vector<Number>>& column, history_layout::Numbers id);
  // All zero, and the block damaged, if one is not.
  void keep_below(std::vector<std::uint32_t>& places, std::size_t entries);
  // `take` takes an entry off the text's rest, or nothing if there is none.
  template <class Take>
  const std::vector<std::string_view>& texts(std::vector<std::string_view>& entries, history_layout::Texts id,
                                             const Take& take);
  const std::vector<std::uint64_t>& client_fingerprints();
  const std::vector<std::uint64_t>& subject_fingerprints();
  SubjectFacts facts_of(std::size_t subject);
  const std::vector<std::uint16_t>& flags();
  const std::vector<IpAddress>& upstreams();
  // How many rows before each are marked so, for columns that only those have.
  const std::vector<std::uint32_t>& marked_before(std::optional<std::vector<std::uint32_t>>& ranks, unsigned mark);

  history_layout::PackedBlock& block_;
  const std::size_t part_;
  const history_layout::PackedBlock::Part& info_;
  std::optional<std::vector<history_layout::ClientEntry>> clients_;
  std::optional<std::vector<IpAddress>> upstreams_;
  std::array<std::optional<std::vector<std::uint32_t>>, history_layout::kNumbersOfSubjects> of_subjects_;
  std::optional<std::vector<std::uint64_t>> client_fingerprints_, subject_fingerprints_;
  history_layout::JoinedTexts names_, answers_;  // of a block of version 3 entries alone
  std::optional<std::vector<std::string_view>> rules_;
  std::optional<std::vector<std::uint32_t>> client_of_rows_, subject_of_rows_;
  std::optional<std::vector<std::uint16_t>> ports_, flags_, upstream_of_rows_;
  std::optional<std::vector<std::int64_t>> times_;
  std::optional<std::vector<std::uint8_t>> marks_;
  std::optional<std::vector<std::uint32_t>> latencies_, upstream_ranks_, gap_ranks_;
  std::optional<std::vector<std::uint64_t>> gaps_;
};

}  // namespace sinkfeed
