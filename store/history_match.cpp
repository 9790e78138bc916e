#include "store/history_match.hpp"

#include <algorithm>

#include "store/history_marks.hpp"
#include "store/wire_name.hpp"

namespace sinkfeed {

using history_layout::Numbers;

namespace {

// Whether the wire-format name is at `ancestor` or below it, on label boundaries.
bool is_at_or_below(std::string_view name, std::string_view ancestor) {
  while (name.size() > ancestor.size()) name.remove_prefix(1U + static_cast<unsigned char>(name[0]));
  return name == ancestor;
}

}  // namespace

RowMatcher::RowMatcher(const HistoryFilter& filter) : filter_(filter) {}

bool RowMatcher::looks_at_subjects() const {
  return filter_.name || !filter_.name_part.empty() || filter_.type || filter_.verdict || filter_.rcode ||
         filter_.answer;
}

bool RowMatcher::name_matches(std::string_view wire) const {
  if (!is_wire_name(wire)) return false;
  if (filter_.name) {
    const std::string_view wanted = filter_.name->wire();
    if (wire == wanted ? filter_.below : !filter_.below || !is_at_or_below(wire, wanted)) return false;
  }
  if (filter_.name_part.empty()) return true;
  return filter_.part_is_in(
      DnsName::from_wire({reinterpret_cast<const std::uint8_t*>(wire.data()), wire.size()}).text());
}

bool RowMatcher::answers_match(std::string_view packed) const {
  while (const auto item = PackedAnswers::take(packed)) {
    if (item->address() == filter_.answer) return true;
  }
  return false;
}

bool RowMatcher::match_clients(HistoryPart& part) {
  const auto& entries = part.clients();
  clients_.resize(entries.size());
  bool any = false;
  for (std::size_t i = 0; i < entries.size(); i++)
    any |= clients_[i] = !entries[i].erased() && filter_.client->contains(entries[i].address);
  return any;
}

bool RowMatcher::match_subjects(HistoryPart& part) {
  subjects_.assign(part.subjects(), 1);
  const auto keep = [&](Numbers id, const auto& matches) {
    const auto& column = part.of_subjects(id);
    for (std::size_t i = 0; i < subjects_.size(); i++) subjects_[i] &= static_cast<std::uint8_t>(matches(column[i]));
  };
  if (filter_.type) keep(Numbers::subject_type, [&](std::uint32_t type) { return type == *filter_.type; });
  if (filter_.verdict) {
    const auto wanted = static_cast<std::uint32_t>(*filter_.verdict);
    keep(Numbers::subject_verdict, [&](std::uint32_t verdict) { return verdict == wanted; });
  }
  if (filter_.rcode) keep(Numbers::subject_rcode, [&](std::uint32_t rcode) { return rcode == *filter_.rcode; });
  // An entry of a list is looked at once, and only if a subject that is left has it.
  const auto keep_listed = [&](Numbers id, const std::vector<std::string_view>& list, const auto& matches) {
    const auto& places = part.of_subjects(id);
    listed_.assign(list.size(), Listed::unknown);
    for (std::size_t i = 0; i < subjects_.size(); i++) {
      if (!subjects_[i]) continue;
      if (places[i] >= list.size()) {
        subjects_[i] = 0;
        continue;
      }
      Listed& listed = listed_[places[i]];
      if (listed == Listed::unknown) listed = matches(list[places[i]]) ? Listed::yes : Listed::no;
      subjects_[i] = listed == Listed::yes;
    }
  };
  if (filter_.name || !filter_.name_part.empty())
    keep_listed(Numbers::subject_name, part.names(), [&](std::string_view wire) { return name_matches(wire); });
  if (filter_.answer)
    keep_listed(Numbers::subject_answers, part.answers(), [&](std::string_view one) { return answers_match(one); });
  return std::find(subjects_.begin(), subjects_.end(), 1) != subjects_.end();
}

void RowMatcher::rows_of(HistoryPart& part, std::vector<std::uint32_t>& rows) {
  const bool some_are_outside =
      (filter_.since && part.first() < *filter_.since) || (filter_.until && part.last() >= *filter_.until);
  if ((filter_.since && part.last() < *filter_.since) || (filter_.until && part.first() >= *filter_.until)) return;
  const bool by_client = filter_.client.has_value(), by_subject = looks_at_subjects(), has_gaps = part.has_gaps();
  if (by_client && !match_clients(part) && !has_gaps) return;
  if (by_subject && !match_subjects(part) && !has_gaps) return;

  // A byte for each row: what each condition leaves of it.
  std::vector<std::uint8_t> wanted(part.rows(), 1);
  if (by_client) {
    const auto& of_rows = part.client_of_rows();
    for (std::size_t i = 0; i < wanted.size(); i++) wanted[i] = clients_[of_rows[i]];
  }
  if (by_subject) {
    const auto& of_rows = part.subject_of_rows();
    for (std::size_t i = 0; i < wanted.size(); i++) wanted[i] &= subjects_[of_rows[i]];
  }
  if (has_gaps) {
    const auto& marks = part.marks();
    for (std::size_t i = 0; i < wanted.size(); i++) wanted[i] |= (marks[i] & history_marks::kGap) != 0;
  }
  if (some_are_outside) {
    const auto& times = part.times_us();
    const std::int64_t since = filter_.since ? filter_.since->time_since_epoch().count() : INT64_MIN;
    for (std::size_t i = 0; i < wanted.size(); i++) wanted[i] &= times[i] >= since;
    if (filter_.until) {
      const std::int64_t until = filter_.until->time_since_epoch().count();
      for (std::size_t i = 0; i < wanted.size(); i++) wanted[i] &= times[i] < until;
    }
  }
  const std::size_t before = rows.size();
  rows.resize(before + wanted.size());
  std::size_t at = before;
  for (std::size_t i = 0; i < wanted.size(); i++) {
    rows[at] = static_cast<std::uint32_t>(i);
    at += wanted[i];
  }
  rows.resize(at);
}

}  // namespace sinkfeed
