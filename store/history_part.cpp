#include "store/history_part.hpp"

#include <algorithm>

#include "store/history_marks.hpp"
#include "store/varints.hpp"
#include "store/wire_name.hpp"

namespace sinkfeed {

using history_layout::ClientEntry;
using history_layout::Numbers;
using history_layout::Texts;

namespace {

constexpr std::string_view kRootName{"\0", 1};

}  // namespace

HistoryPart::HistoryPart(history_layout::PackedBlock& block, std::size_t part)
    : block_(block), part_(part), info_(block.parts()[part]) {}

template <class Number>
const std::vector<Number>& HistoryPart::numbers(std::optional<std::vector<Number>>& column, Numbers id) {
  if (!column) column = block_.numbers<Number>(part_, id);
  return *column;
}

// As numbers, none of which is beyond `entries`.
template <class Number>
const std::vector<Number>& HistoryPart::places(std::optional<std::vector<Number>>& column, Numbers id,
                                               std::size_t entries) {
  if (column) return *column;
  numbers(column, id);
  Number largest = 0;
  for (const Number place : *column) largest = std::max(largest, place);
  if (!column->empty() && largest >= entries) {
    block_.fail();
    std::fill(column->begin(), column->end(), Number{0});
  }
  return *column;
}

const std::vector<std::string_view>& HistoryPart::texts(std::optional<std::vector<std::string_view>>& entries, Texts id,
                                                        Numbers lengths) {
  if (entries) return *entries;
  std::string_view rest = block_.text(part_, id);
  entries.emplace();
  for (const std::uint32_t length : block_.numbers<std::uint32_t>(part_, lengths)) {
    if (length > rest.size()) block_.fail();
    entries->push_back(rest.substr(0, length));
    rest.remove_prefix(std::min<std::size_t>(length, rest.size()));
  }
  if (!rest.empty() || entries->empty()) block_.fail();
  if (entries->empty()) entries->emplace_back();
  return *entries;
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

const std::vector<HistoryPart::Subject>& HistoryPart::subjects() {
  if (subjects_) return *subjects_;
  const std::size_t count = block_.count(part_, Numbers::subject_name);
  subjects_.emplace(std::max<std::size_t>(count, 1));
  if (!count) block_.fail();
  const auto each = [&](Numbers id, std::size_t limit, const auto& put) {
    const auto values = block_.numbers<std::uint32_t>(part_, id);
    if (values.size() != count) return block_.fail();
    for (std::size_t i = 0; i < count; i++) {
      if (values[i] >= limit) return block_.fail();
      put((*subjects_)[i], values[i]);
    }
  };
  const auto entries = [&](Numbers lengths) { return block_.count(part_, lengths); };
  each(Numbers::subject_name, entries(Numbers::name_length), [](Subject& s, auto value) { s.name = value; });
  each(Numbers::subject_rule, entries(Numbers::rule_length), [](Subject& s, auto value) { s.rule = value; });
  each(Numbers::subject_answers, entries(Numbers::answers_length), [](Subject& s, auto value) { s.answers = value; });
  each(Numbers::subject_type, 0x10000, [](Subject& s, auto value) { s.type = static_cast<std::uint16_t>(value); });
  each(Numbers::subject_rcode, 0x100, [](Subject& s, auto value) { s.rcode = static_cast<std::uint8_t>(value); });
  each(Numbers::subject_verdict, static_cast<std::size_t>(Verdict::local) + 1,
       [](Subject& s, auto value) { s.verdict = static_cast<Verdict>(value); });
  each(Numbers::subject_ede, 0x10001, [](Subject& s, auto value) {
    if (value) s.ede = static_cast<std::uint16_t>(value - 1);
  });
  return *subjects_;
}

const std::vector<std::string_view>& HistoryPart::names() { return texts(names_, Texts::names, Numbers::name_length); }
const std::vector<std::string_view>& HistoryPart::rules() { return texts(rules_, Texts::rules, Numbers::rule_length); }
const std::vector<std::string_view>& HistoryPart::answers() {
  return texts(answers_, Texts::answers, Numbers::answers_length);
}

const std::vector<std::uint16_t>& HistoryPart::client_of_rows() {
  return places(client_of_rows_, Numbers::client, clients().size());
}

const std::vector<std::uint16_t>& HistoryPart::subject_of_rows() {
  return places(subject_of_rows_, Numbers::subject, block_.count(part_, Numbers::subject_name));
}

const std::vector<std::int64_t>& HistoryPart::times_us() {
  if (times_) return *times_;
  times_.emplace();
  times_->reserve(rows());
  std::uint64_t time = 0;
  for (const std::uint64_t difference : block_.numbers<std::uint64_t>(part_, Numbers::time)) {
    time += static_cast<std::uint64_t>(unzigzag(difference));
    times_->push_back(static_cast<std::int64_t>(time));
  }
  return *times_;
}

const std::vector<std::uint8_t>& HistoryPart::marks() { return numbers(marks_, Numbers::mark); }
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
  const Subject& subject = subjects()[subject_of_rows()[row]];
  std::string_view name = names()[subject.name];
  if (!is_wire_name(name)) block_.fail(), name = kRootName;
  const unsigned origin = mark >> history_marks::kOrigin & 3U;
  if (origin > static_cast<unsigned>(Origin::policy)) return block_.fail(), r;
  r.client = clients()[client_of_rows()[row]].address;
  r.client_port = numbers(ports_, Numbers::port)[row];
  r.transport = mark & history_marks::kTcp ? Transport::tcp : Transport::udp;
  r.origin = static_cast<Origin>(origin);
  r.name = DnsName::from_wire({reinterpret_cast<const std::uint8_t*>(name.data()), name.size()});
  r.type = subject.type;
  r.flags = numbers(flags_, Numbers::flags)[row];
  r.verdict = subject.verdict;
  r.rule = rules()[subject.rule];
  r.rcode = subject.rcode;
  r.ede = subject.ede;
  r.answers = answers()[subject.answers];
  if (mark & history_marks::kUpstream) {
    const auto& of_rows = places(upstream_of_rows_, Numbers::upstream, upstreams().size());
    const std::uint32_t rank = marked_before(upstream_ranks_, history_marks::kUpstream)[row];
    if (rank >= of_rows.size()) return block_.fail(), r;
    r.upstream = upstreams()[of_rows[rank]];
  }
  r.latency_us = numbers(latencies_, Numbers::latency)[row];
  return r;
}

}  // namespace sinkfeed
