#include "store/history_part.hpp"

#include <algorithm>

#include "store/history_marks.hpp"
#include "store/history_transforms.hpp"
#include "store/row_fingerprint.hpp"
#include "store/varints.hpp"
#include "store/wire_name.hpp"

namespace sinkfeed {

using namespace history_layout;

namespace {

constexpr std::string_view kRootName{"\0", 1};

// What an entry of a subjects' column is below.
std::size_t most_of(Numbers id) {
  switch (id) {
    case Numbers::subject_type:
      return 0x10000;
    case Numbers::subject_rcode:
      return 0x100;
    case Numbers::subject_verdict:
      return static_cast<std::size_t>(Verdict::local) + 1;
    case Numbers::subject_ede:
      return 0x10001;
    default:
      return history_layout::kBlockRows + 1;
  }
}

}  // namespace

HistoryPart::HistoryPart(history_layout::PackedBlock& block, std::size_t part)
    : block_(block), part_(part), info_(block.parts()[part]) {}

template <class Number>
const std::vector<Number>& HistoryPart::numbers(std::optional<std::vector<Number>>& column, Numbers id) {
  if (!column) column = block_.numbers<Number>(part_, id);
  return *column;
}

void HistoryPart::keep_below(std::vector<std::uint32_t>& places, std::size_t entries) {
  std::uint32_t largest = 0;
  for (const std::uint32_t place : places) largest = std::max(largest, place);
  if (places.empty() || largest < entries) return;
  block_.fail();
  std::fill(places.begin(), places.end(), 0);
}

template <class Take>
const std::vector<std::string_view>& HistoryPart::texts(std::vector<std::string_view>& entries, Texts id,
                                                        const Take& take) {
  if (!entries.empty()) return entries;
  for (std::string_view rest = block_.text(part_, id); !rest.empty();) {
    const std::size_t before = rest.size();
    entries.push_back(take(rest));
    if (rest.size() == before) {
      block_.fail();
      break;
    }
  }
  if (entries.empty()) block_.fail(), entries.emplace_back();
  return entries;
}

const std::vector<ClientEntry>& HistoryPart::clients() {
  if (clients_) return *clients_;
  clients_.emplace();
  if (!read_clients(block_.text(part_, Texts::clients), *clients_) || clients_->empty()) {
    block_.fail();
    clients_->resize(1);
  }
  return *clients_;
}

const std::vector<IpAddress>& HistoryPart::upstreams() {
  if (upstreams_) return *upstreams_;
  upstreams_.emplace();
  for (std::string_view rest = block_.text(part_, Texts::upstreams); !rest.empty();) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(rest.data() + 1);
    if (rest[0] == 4 && rest.size() > 4) {
      upstreams_->push_back(IpAddress::v4(std::span<const std::uint8_t, 4>(bytes, 4)));
      rest.remove_prefix(5);
    } else if (rest[0] == 6 && rest.size() > 16) {
      upstreams_->push_back(IpAddress::v6(std::span<const std::uint8_t, 16>(bytes, 16)));
      rest.remove_prefix(17);
    } else {
      block_.fail();
      break;
    }
  }
  if (upstreams_->empty()) upstreams_->emplace_back();
  return *upstreams_;
}

const std::vector<std::uint32_t>& HistoryPart::of_subjects(Numbers id) {
  auto& column = of_subjects_.at(static_cast<std::size_t>(id) - static_cast<std::size_t>(Numbers::subject_name));
  if (column) return *column;
  column = block_.numbers<std::uint32_t>(part_, id);
  // Whether places are places is looked at when they are used: the lists need not be unpacked for that.
  if (id == Numbers::subject_name || id == Numbers::subject_answers) {
    NewOrOld places;
    for (std::uint32_t& value : *column) value = places.place(value);
  }
  if (column->size() != subjects()) block_.fail(), column->resize(subjects());
  keep_below(*column, most_of(id));
  return *column;
}

const std::vector<std::string_view>& HistoryPart::names() {
  if (block_.version() == kVersion3) return texts(names_.entries, Texts::names, take_wire_name);
  if (names_.entries.empty()) {
    if (!join_names(block_, part_, names_)) block_.fail();
    if (names_.entries.empty()) block_.fail(), names_.entries.emplace_back();
  }
  return names_.entries;
}

const std::vector<std::string_view>& HistoryPart::answers() {
  if (block_.version() == kVersion3) {
    return texts(answers_.entries, Texts::answers, [](std::string_view& rest) {
      std::string_view after = rest;
      std::uint64_t items = 0;
      if (!take_varint(after, items)) return std::string_view();
      const std::string_view packed = after;
      for (; items; items--) {
        if (!PackedAnswers::take(after)) return std::string_view();
      }
      rest = after;
      return packed.substr(0, packed.size() - after.size());
    });
  }
  if (answers_.entries.empty()) {
    if (!join_answers(block_, part_, names(), answers_)) block_.fail();
    if (answers_.entries.empty()) block_.fail(), answers_.entries.emplace_back();
  }
  return answers_.entries;
}

const std::vector<std::string_view>& HistoryPart::rules() {
  if (rules_) return *rules_;
  rules_.emplace();
  std::string_view rest = block_.text(part_, Texts::rules);
  for (const std::uint32_t length : block_.numbers<std::uint32_t>(part_, Numbers::rule_length)) {
    if (length > rest.size()) block_.fail();
    rules_->push_back(rest.substr(0, length));
    rest.remove_prefix(std::min<std::size_t>(length, rest.size()));
  }
  if (!rest.empty() || rules_->empty()) block_.fail(), rules_->emplace_back();
  return *rules_;
}

const std::vector<std::uint32_t>& HistoryPart::client_of_rows() {
  if (client_of_rows_) return *client_of_rows_;
  client_of_rows_ = block_.numbers<std::uint32_t>(part_, Numbers::client);
  SameOrOther places;
  for (std::uint32_t& client : *client_of_rows_) client = places.place(client);
  keep_below(*client_of_rows_, clients().size());
  return *client_of_rows_;
}

const std::vector<std::uint32_t>& HistoryPart::subject_of_rows() {
  if (subject_of_rows_) return *subject_of_rows_;
  subject_of_rows_ = block_.numbers<std::uint32_t>(part_, Numbers::subject);
  NewOrOld places;
  for (std::uint32_t& subject : *subject_of_rows_) subject = places.place(subject);
  keep_below(*subject_of_rows_, subjects());
  return *subject_of_rows_;
}

const std::vector<std::uint8_t>& HistoryPart::marks() {
  if (marks_) return *marks_;
  marks_ = block_.numbers<std::uint8_t>(part_, Numbers::mark);
  const auto subjects = block_.numbers<std::uint32_t>(part_, Numbers::subject);
  MarksOfSubjects marks;
  for (std::size_t i = 0; i < rows(); i++) (*marks_)[i] = marks.mark(subjects[i] == 0, (*marks_)[i]);
  return *marks_;
}

const std::vector<std::uint32_t>& HistoryPart::latencies_us() {
  if (latencies_) return *latencies_;
  latencies_.emplace(rows());
  const auto here = block_.numbers<std::uint32_t>(part_, Numbers::latency);
  const auto upstream = block_.numbers<std::uint32_t>(part_, Numbers::upstream_latency);
  std::size_t next_here = 0, next_upstream = 0;
  for (std::size_t i = 0; i < rows(); i++) {
    const bool asked = asked_upstream(marks()[i]);
    const auto& from = asked ? upstream : here;
    std::size_t& next = asked ? next_upstream : next_here;
    if (next == from.size()) return block_.fail(), *latencies_;
    (*latencies_)[i] = from[next++];
  }
  return *latencies_;
}

const std::vector<std::int64_t>& HistoryPart::times_us() {
  if (times_) return *times_;
  times_.emplace();
  times_->reserve(rows());
  std::uint64_t left = 0;
  const auto differences = block_.numbers<std::uint64_t>(part_, Numbers::time);
  for (std::size_t i = 0; i < rows(); i++) {
    left += static_cast<std::uint64_t>(unzigzag(differences[i]));
    times_->push_back(static_cast<std::int64_t>(left - latencies_us()[i]));
  }
  return *times_;
}

const std::vector<std::uint16_t>& HistoryPart::flags() {
  if (flags_) return *flags_;
  flags_ = block_.numbers<std::uint16_t>(part_, Numbers::flags);
  FlagsOfClients flags(clients().size());
  for (std::size_t i = 0; i < rows(); i++) (*flags_)[i] = flags.flags(client_of_rows()[i], (*flags_)[i]);
  return *flags_;
}

const std::vector<std::uint64_t>& HistoryPart::gaps() { return numbers(gaps_, Numbers::gap); }

const std::vector<std::uint32_t>& HistoryPart::marked_before(std::optional<std::vector<std::uint32_t>>& ranks,
                                                             unsigned mark) {
  if (ranks) return *ranks;
  ranks.emplace();
  ranks->reserve(rows());
  std::uint32_t before = 0;
  for (const std::uint8_t one : marks()) {
    ranks->push_back(before);
    if (one & mark) before++;
  }
  return *ranks;
}

const std::vector<std::uint64_t>& HistoryPart::client_fingerprints() {
  if (client_fingerprints_) return *client_fingerprints_;
  client_fingerprints_.emplace();
  for (const ClientEntry& client : clients()) client_fingerprints_->push_back(sinkfeed::client_fingerprint(client));
  return *client_fingerprints_;
}

SubjectFacts HistoryPart::facts_of(std::size_t subject) {
  SubjectFacts facts;
  facts.type = of_subjects(Numbers::subject_type)[subject];
  facts.rcode = of_subjects(Numbers::subject_rcode)[subject];
  facts.verdict = static_cast<Verdict>(of_subjects(Numbers::subject_verdict)[subject]);
  if (const std::uint32_t ede = of_subjects(Numbers::subject_ede)[subject])
    facts.ede = static_cast<std::uint16_t>(ede - 1);
  const std::size_t name = of_subjects(Numbers::subject_name)[subject],
                    rule = of_subjects(Numbers::subject_rule)[subject],
                    packed = of_subjects(Numbers::subject_answers)[subject];
  if (name < names().size() && rule < rules().size() && packed < answers().size()) {
    facts.name = names()[name];
    facts.rule = rules()[rule];
    facts.answers = answers()[packed];
  } else {
    block_.fail();
  }
  return facts;
}

const std::vector<std::uint64_t>& HistoryPart::subject_fingerprints() {
  if (subject_fingerprints_) return *subject_fingerprints_;
  subject_fingerprints_.emplace();
  for (std::size_t subject = 0; subject < subjects(); subject++)
    subject_fingerprints_->push_back(subject_fingerprint(facts_of(subject)));
  return *subject_fingerprints_;
}

std::uint64_t HistoryPart::fingerprint(std::size_t row) {
  RowFacts facts;
  facts.time_us = times_us()[row];
  facts.mark = marks()[row];
  if (facts.mark & history_marks::kGap) {
    const std::uint32_t rank = marked_before(gap_ranks_, history_marks::kGap)[row];
    if (rank < gaps().size()) facts.lost = gaps()[rank];
    return row_fingerprint(facts);
  }
  facts.port = numbers(ports_, Numbers::port)[row];
  facts.flags = flags()[row];
  facts.subject = subject_fingerprints()[subject_of_rows()[row]];
  if (facts.mark & history_marks::kUpstream) {
    const auto& of_rows = numbers(upstream_of_rows_, Numbers::upstream);
    const std::uint32_t rank = marked_before(upstream_ranks_, history_marks::kUpstream)[row];
    if (rank < of_rows.size() && of_rows[rank] < upstreams().size()) facts.upstream = &upstreams()[of_rows[rank]];
  }
  facts.latency_us = latencies_us()[row];
  return row_fingerprint(facts);
}

std::uint64_t HistoryPart::client_fingerprint(std::size_t row) {
  return marks()[row] & history_marks::kGap ? 0 : client_fingerprints()[client_of_rows()[row]];
}

QueryRecord HistoryPart::record(std::size_t row) {
  QueryRecord r;
  r.time = WallTime{std::chrono::microseconds{times_us()[row]}};
  const unsigned mark = marks()[row];
  if (mark & history_marks::kGap) {
    const std::uint32_t rank = marked_before(gap_ranks_, history_marks::kGap)[row];
    r.kind = QueryRecord::Kind::gap;
    if (rank >= gaps().size()) return block_.fail(), r;
    r.gap_count = gaps()[rank];
    return r;
  }
  const SubjectFacts subject = facts_of(subject_of_rows()[row]);
  std::string_view name = subject.name;
  if (!is_wire_name(name)) block_.fail(), name = kRootName;
  const unsigned origin = mark >> history_marks::kOrigin & 3U;
  if (origin > static_cast<unsigned>(Origin::policy)) return block_.fail(), r;
  r.client = clients()[client_of_rows()[row]].address;
  r.client_port = numbers(ports_, Numbers::port)[row];
  r.transport = mark & history_marks::kTcp ? Transport::tcp : Transport::udp;
  r.origin = static_cast<Origin>(origin);
  r.name = DnsName::from_wire({reinterpret_cast<const std::uint8_t*>(name.data()), name.size()});
  r.type = static_cast<std::uint16_t>(subject.type);
  r.flags = flags()[row];
  r.verdict = subject.verdict;
  r.rule = subject.rule;
  r.rcode = static_cast<std::uint8_t>(subject.rcode);
  r.ede = subject.ede;
  r.answers = subject.answers;
  if (mark & history_marks::kUpstream) {
    const auto& of_rows = numbers(upstream_of_rows_, Numbers::upstream);
    const std::uint32_t rank = marked_before(upstream_ranks_, history_marks::kUpstream)[row];
    if (rank >= of_rows.size() || of_rows[rank] >= upstreams().size()) return block_.fail(), r;
    r.upstream = upstreams()[of_rows[rank]];
  }
  r.latency_us = latencies_us()[row];
  return r;
}

}  // namespace sinkfeed
