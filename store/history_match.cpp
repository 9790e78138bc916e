#include "store/history_match.hpp"

#include <algorithm>

#include "store/history_marks.hpp"
#include "store/wire_name.hpp"

namespace sinkfeed {

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
  const auto& subjects = part.subjects();
  const bool by_name = filter_.name || !filter_.name_part.empty();
  if (by_name) names_.assign(part.names().size(), 0);
  if (filter_.answer) answers_.assign(part.answers().size(), 0);
  const auto matches = [](std::vector<std::uint8_t>& known, std::size_t place, const auto& look) {
    if (place >= known.size()) return false;
    if (!known[place]) known[place] = look() ? 2 : 1;
    return known[place] == 2;
  };
  subjects_.resize(subjects.size());
  bool any = false;
  for (std::size_t i = 0; i < subjects.size(); i++) {
    const auto& s = subjects[i];
    any |= subjects_[i] =
        (!filter_.type || s.type == *filter_.type) && (!filter_.verdict || s.verdict == *filter_.verdict) &&
        (!filter_.rcode || s.rcode == *filter_.rcode) &&
        (!by_name || matches(names_, s.name, [&] { return name_matches(part.names()[s.name]); })) &&
        (!filter_.answer || matches(answers_, s.answers, [&] { return answers_match(part.answers()[s.answers]); }));
  }
  return any;
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
