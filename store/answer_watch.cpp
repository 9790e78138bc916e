#include "store/answer_watch.hpp"

#include <xxhash.h>

#include <map>
#include <utility>

namespace sinkfeed {

void AnswerWatch::look(const HistoryColumns& columns, std::size_t from_row, SteadyTime now) {
  if (&columns != columns_ || from_row == 0) kinds_.clear();
  columns_ = &columns;
  kinds_.resize(columns.subjects(), Kind::unknown);
  // Of the rows that count: queries by subject and client, with the last row of each.
  struct Counted {
    std::uint64_t queries = 0;
    std::size_t row = 0;
  };
  std::map<std::pair<std::uint32_t, IpAddress>, Counted> counted;
  for (std::size_t row = from_row; row < columns.rows(); row++) {
    const std::uint32_t subject = columns.subject_of(row);
    Kind& kind = kinds_[subject];
    if (kind == Kind::unknown) kind = first_look(columns, row, now);
    if (kind != Kind::counted) continue;
    Counted& of = counted[{subject, columns.client_of(row)}];
    of.queries++;
    of.row = row;
  }
  for (const auto& [what, of] : counted) tell(columns, of.row, of.queries);
}

AnswerWatch::Kind AnswerWatch::first_look(const HistoryColumns& columns, std::size_t row, SteadyTime now) {
  const HistoryColumns::Answer answer = columns.answer(columns.subject_of(row));
  if (answer.verdict != Verdict::pass || answer.rcode != 0) return Kind::ignored;
  bool has_address = false;
  std::string_view rest = answer.answers;
  while (const auto item = PackedAnswers::take(rest)) {
    const auto address = item->address();
    if (!address) continue;
    has_address = true;
    if (may_hold_(*address)) return Kind::counted;
  }
  if (!has_address) return Kind::ignored;
  if (now >= forget_told_at_) {
    told_.assign(kTold, 0);
    forget_told_at_ = now + kTellAgain;
  }
  const std::uint64_t hash = XXH3_64bits_withSeed(answer.answers.data(), answer.answers.size(),
                                                  XXH3_64bits(answer.name.data(), answer.name.size()));
  if (std::exchange(told_[hash % kTold], hash) != hash) tell(columns, row, 1);
  return Kind::told;
}

void AnswerWatch::tell(const HistoryColumns& columns, std::size_t row, std::uint64_t queries) {
  const HistoryColumns::Answer answer = columns.answer(columns.subject_of(row));
  const DnsName name =
      DnsName::from_wire({reinterpret_cast<const std::uint8_t*>(answer.name.data()), answer.name.size()});
  for (const PackedAnswers::Item& item : PackedAnswers::items(answer.answers)) {
    const auto address = item.address();
    if (!address || seen_.size() >= kMaxSeen) continue;
    seen_.push_back({name, *address, columns.time_of(row), queries, columns.client_of(row)});
  }
}

}  // namespace sinkfeed
