#include "store/history_content.hpp"

#include <openssl/rand.h>

#include <stdexcept>
#include <utility>

#include "store/history_fingerprints.hpp"
#include "store/history_marks.hpp"
#include "store/history_transforms.hpp"
#include "store/history_words.hpp"
#include "store/row_fingerprint.hpp"
#include "store/varints.hpp"

namespace sinkfeed {

using namespace history_layout;

namespace {

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1)
    throw std::runtime_error("OpenSSL has no random numbers");
  return bytes;
}

}  // namespace

BlockContent::BlockContent(const HistoryColumns& columns)
    : from_(columns), clients_(columns.addresses_.size()), upstreams_(columns.addresses_.size()) {}

Content BlockContent::take() {
  to_.rows = static_cast<std::uint32_t>(from_.rows());
  to_.first_us = from_.first_us_;
  to_.last_us = from_.last_us_;
  write_subjects();
  write_rows();
  write_addresses();
  return std::move(to_);
}

std::string BlockContent::fingerprints(const Content& content) {
  std::vector<std::uint64_t> subjects, clients;
  subjects.reserve(from_.subjects_.size());
  for (const auto& s : from_.subjects_) {
    std::string_view rest = from_.answers_of(s);
    while (PackedAnswers::take(rest)) {
    }
    const std::string_view answers = from_.answers_of(s).substr(0, s.answers_size - rest.size());
    const auto ede = s.has_ede ? std::optional(s.ede) : std::nullopt;
    subjects.push_back(
        subject_fingerprint({s.type, s.rcode, s.verdict, ede, from_.name_of(s), from_.rule_of(s), answers}));
  }
  std::vector<ClientEntry> entries;
  read_clients(content[Texts::clients], entries);
  clients.reserve(entries.size());
  for (const ClientEntry& client : entries) clients.push_back(client_fingerprint(client));
  Fingerprints sums;
  std::size_t gap = 0, upstream = 0;
  for (std::size_t i = 0; i < from_.rows(); i++) {
    RowFacts row{from_.times_[i], from_.marks_[i], 0, from_.ports_[i], from_.flags_[i], 0, nullptr, 0};
    if (row.mark & history_marks::kUpstream) row.upstream = &from_.addresses_[from_.upstreams_[upstream++]].address;
    if (row.mark & history_marks::kGap) {
      row.lost = from_.gaps_[gap++];
      sums.add(row_fingerprint(row), 0);
      continue;
    }
    row.subject = subjects[from_.row_subjects_[i]];
    row.latency_us = from_.latencies_[i];
    sums.add(row_fingerprint(row), clients[clients_.of(from_.clients_[i])]);
  }
  return sums.take();
}

void BlockContent::write_subjects() {
  const std::size_t count = from_.subjects_.size();
  WordColumns words(count);
  Dictionary rules(0);
  std::vector<std::uint32_t> name, rule, answer, type, rcode, verdict, ede;
  for (auto* column : {&name, &rule, &answer, &type, &rcode, &verdict, &ede}) column->reserve(count);
  for (const auto& s : from_.subjects_) {
    name.push_back(words.told_name(from_.name_of(s)));
    rule.push_back(rules.place_of(from_.rule_of(s)));
    answer.push_back(words.told_answers(from_.answers_of(s)));
    type.push_back(s.type);
    rcode.push_back(s.rcode);
    verdict.push_back(static_cast<std::uint32_t>(s.verdict));
    ede.push_back(s.has_ede ? 1U + s.ede : 0U);
  }
  to_[Numbers::subject_name] = planes_of(name);
  to_[Numbers::subject_rule] = planes_of(rule);
  to_[Numbers::subject_answers] = planes_of(answer);
  to_[Numbers::subject_type] = planes_of(type);
  to_[Numbers::subject_rcode] = planes_of(rcode);
  to_[Numbers::subject_verdict] = planes_of(verdict);
  to_[Numbers::subject_ede] = planes_of(ede);
  words.write(to_);
  hashes_ = words.take_hashes();
  std::vector<std::uint32_t> lengths;
  for (const std::string_view entry : rules.entries()) {
    to_[Texts::rules] += entry;
    lengths.push_back(static_cast<std::uint32_t>(entry.size()));
  }
  to_[Numbers::rule_length] = planes_of(lengths);
}

void BlockContent::write_rows() {
  const std::size_t rows = from_.rows();
  std::vector<std::uint64_t> times;
  std::vector<std::uint32_t> subjects, clients, latencies, upstream_latencies;
  std::vector<std::uint16_t> flags;
  std::vector<std::uint8_t> marks;
  for (auto* column : {&subjects, &clients, &latencies, &upstream_latencies}) column->reserve(rows);
  times.reserve(rows), flags.reserve(rows), marks.reserve(rows);
  NewOrOld subject_places;
  SameOrOther client_places;
  FlagsOfClients client_flags(from_.addresses_.size());
  MarksOfSubjects subject_marks;
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < rows; i++) {
    const std::uint32_t subject = from_.row_subjects_[i], client = clients_.of(from_.clients_[i]);
    const std::uint8_t mark = from_.marks_[i];
    const std::uint64_t left = static_cast<std::uint64_t>(from_.times_[i]) + from_.latencies_[i];
    times.push_back(zigzag(static_cast<std::int64_t>(left - std::exchange(before, left))));
    marks.push_back(subject_marks.told(subject_places.is_new(subject), mark));
    subjects.push_back(subject_places.told<std::uint32_t>(subject));
    clients.push_back(client_places.told(client));
    flags.push_back(client_flags.told(client, from_.flags_[i]));
    (asked_upstream(mark) ? upstream_latencies : latencies).push_back(from_.latencies_[i]);
  }
  std::vector<std::uint32_t> upstreams;
  upstreams.reserve(from_.upstreams_.size());
  for (const std::uint32_t address : from_.upstreams_) upstreams.push_back(upstreams_.of(address));
  to_[Numbers::time] = planes_of(times);
  to_[Numbers::mark] = planes_of(marks);
  to_[Numbers::client] = planes_of(clients);
  to_[Numbers::port] = planes_of(from_.ports_);
  to_[Numbers::subject] = planes_of(subjects);
  to_[Numbers::flags] = planes_of(flags);
  to_[Numbers::latency] = planes_of(latencies);
  to_[Numbers::upstream_latency] = planes_of(upstream_latencies);
  to_[Numbers::upstream] = planes_of(upstreams);
  to_[Numbers::gap] = planes_of(from_.gaps_);
}

void BlockContent::write_addresses() {
  const auto& used = clients_.used();
  const std::string salts = random_bytes(used.size() * kSalt);
  for (std::size_t i = 0; i < used.size(); i++)
    append_client(to_[Texts::clients],
                  {from_.addresses_[used[i]].address, std::string_view(salts).substr(i * kSalt, kSalt), {}});
  for (const std::uint32_t place : upstreams_.used()) {
    const IpAddress& address = from_.addresses_[place].address;
    to_[Texts::upstreams] += static_cast<char>(address.family());
    for (const std::uint8_t byte : address.bytes()) to_[Texts::upstreams] += static_cast<char>(byte);
  }
}

}  // namespace sinkfeed
