// Rows of history as columns: what the rings are drained into, and what a block is encoded from. Appending is the
// history's hot path (every query of every worker passes here): no allocation a row, one hash look-up for all that
// queries have in common.
//
// What repeats from query to query (name, type, verdict, rule, RCODE, EDE, answers) is one *subject*, kept once; a row
// is a subject's number and what is its own.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/history_record.hpp"

namespace sinkfeed {

// Of a rule and of packed answers at most this many bytes are kept.
inline constexpr std::size_t kLongestRule = 255, kLongestAnswers = 4096;

// Whole items, as many as kLongestAnswers hold.
std::string_view cut_answers(std::string_view packed);

class HistoryColumns {
 public:
  // Copies what the view points to. A name that is not in wire format is kept as the root.
  // Up to kBatch at once, so that the memory for one is fetched while another is worked on.
  static constexpr std::size_t kBatch = 16;
  void append(std::span<const RecordView> records);
  void append(const QueryRecord& record);
  void append_gap(std::uint64_t count, std::int64_t time_us);

  // Empty again, but for the memory: blocks are made one after the other, and pages that come and go cost more than
  // the rows.
  void clear();

  std::size_t rows() const { return times_.size(); }
  bool empty() const { return times_.empty(); }
  bool has_gaps() const { return !gaps_.empty(); }
  std::size_t text_bytes() const { return texts_.size(); }  // of names, rules and answers, each subject once
  // Of rows in whatever order they came; meaningful if there is one.
  WallTime first() const { return WallTime{std::chrono::microseconds{first_us_}}; }
  WallTime last() const { return WallTime{std::chrono::microseconds{last_us_}}; }

  // What was answered, for who looks at rows while they come: a row's subject (rows of queries that had all but the
  // time and the client in common have the same), and what it says.
  struct Answer {
    std::string_view name;  // wire format
    Verdict verdict = Verdict::pass;
    std::uint8_t rcode = 0;
    std::string_view answers;  // PackedAnswers
  };
  std::size_t subjects() const { return subjects_.size(); }
  std::uint32_t subject_of(std::size_t row) const { return row_subjects_[row]; }
  Answer answer(std::uint32_t subject) const;
  const IpAddress& client_of(std::size_t row) const { return addresses_[clients_[row]].address; }
  WallTime time_of(std::size_t row) const { return WallTime{std::chrono::microseconds{times_[row]}}; }

  // The rows in the order in which they came, as people and filters read them: all, or at most `most` from `first` on.
  std::vector<QueryRecord> records(std::size_t first = 0, std::size_t most = SIZE_MAX) const;

 private:
  friend class BlockContent;  // writes them to a block

  struct Subject {
    std::uint32_t hash = 0;
    std::uint32_t texts = 0;  // where name, rule and answers begin in texts_
    std::uint16_t type = 0, ede = 0, answers_size = 0;
    std::uint8_t name_size = 0, rule_size = 0, rcode = 0;
    Verdict verdict = Verdict::pass;
    bool has_ede = false;
  };
  // An open-addressing table of numbers + 1 into a vector of entries; 0 is free. A power of two, at most half full.
  struct Table {
    std::vector<std::uint32_t> slots;
    template <class Entries>
    void grow(const Entries& entries);
  };

  struct Hashes {
    std::uint32_t subject = 0, client = 0;
  };
  void append_row(const RecordView& record, Hashes hashes);
  std::uint32_t subject_number(const RecordView& record, std::uint32_t hash);
  std::uint32_t address_number(const IpAddress& address, std::uint32_t hash);
  std::string_view name_of(const Subject& s) const { return {texts_.data() + s.texts, s.name_size}; }
  std::string_view rule_of(const Subject& s) const { return {texts_.data() + s.texts + s.name_size, s.rule_size}; }
  std::string_view answers_of(const Subject& s) const {
    return {texts_.data() + s.texts + s.name_size + s.rule_size, s.answers_size};
  }
  void see_time(std::int64_t time_us);

  struct AddressEntry {
    std::uint32_t hash = 0;
    IpAddress address;
  };
  std::string texts_;
  std::vector<Subject> subjects_;
  std::vector<AddressEntry> addresses_;
  Table subject_table_, address_table_;
  std::int64_t first_us_ = 0, last_us_ = 0;
  // One entry a row.
  std::vector<std::int64_t> times_;
  std::vector<std::uint32_t> row_subjects_, clients_, latencies_;
  std::vector<std::uint16_t> ports_, flags_;
  std::vector<std::uint8_t> marks_;  // history_marks.hpp
  // One entry for each row that is marked so.
  std::vector<std::uint32_t> upstreams_;
  std::vector<std::uint64_t> gaps_;
};

}  // namespace sinkfeed
