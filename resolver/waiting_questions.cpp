#include "resolver/waiting_questions.hpp"

#include <cstring>
#include <utility>

#include "resolver/rate_limit.hpp"

namespace sinkfeed {

void WaitingQuestions::Asker::keep(const Query& query) {
  std::uint8_t* const header = packet_.data();
  std::memset(header, 0, dns::kHeaderSize);
  dns::write16(header, query.id);
  dns::write16(header + 2, query.header);
  dns::write16(header + 4, 1);
  dns::write16(header + 10, query.edns ? 1 : 0);
  std::memcpy(header + dns::kHeaderSize, query.sent_name.data(), query.sent_name.size());
  // QTYPE, QCLASS, then OPT without options: root, 41, payload size, no extended RCODE, version 0, DO.
  std::uint8_t* const rest = header + dns::kHeaderSize + query.sent_name.size();
  std::memset(rest, 0, 15);
  dns::write16(rest, query.type);
  dns::write16(rest + 2, query.klass);
  dns::write16(rest + 5, dns::OPT);
  dns::write16(rest + 7, query.udp_size);
  rest[11] = query.dnssec_ok ? 0x80 : 0;
  packet_size_ = static_cast<std::uint16_t>(dns::kHeaderSize + query.sent_name.size() + (query.edns ? 15 : 4));
}

WaitingQuestions::Askers::~Askers() { owner_.free(first_); }

bool WaitingQuestions::Same::operator()(const Wanted& wanted, const Question* question) const {
  const CacheKey& key = wanted.key;
  return question->hash_ == wanted.hash && question->type_ == key.type && question->klass_ == key.klass &&
         question->dnssec_ok_ == key.dnssec_ok && question->checking_disabled_ == key.checking_disabled &&
         question->name_ == key.name;
}

WaitingQuestions::Question* WaitingQuestions::find(const CacheKey& key, std::uint32_t hash) const {
  const auto found = open_.find(Wanted{key, hash});
  return found == open_.end() ? nullptr : *found;
}

WaitingQuestions::Question& WaitingQuestions::add(const CacheKey& key, std::uint32_t hash, Decision decision) {
  if (idle_questions_.empty()) idle_questions_.push_back(&all_questions_.emplace_back());
  Question& question = *idle_questions_.back();
  idle_questions_.pop_back();
  question.name_.assign(key.name);
  question.hash_ = hash;
  question.type_ = key.type;
  question.klass_ = key.klass;
  question.dnssec_ok_ = key.dnssec_ok;
  question.checking_disabled_ = key.checking_disabled;
  question.open_ = true;
  question.number_ = ++last_number_;
  question.decision = std::move(decision);
  open_.insert(&question);
  return question;
}

void WaitingQuestions::join(Question& question, const Query& query, const Client& client, const Moment& arrival) {
  if (!idle_askers_) idle_askers_ = &all_askers_.emplace_back();
  Asker& asker = *idle_askers_;
  idle_askers_ = std::exchange(asker.next_, nullptr);
  asker.keep(query);
  asker.client = client;
  asker.sender = client.sender->weak_from_this();
  asker.arrival = arrival;
  (question.last_ ? question.last_->next_ : question.first_) = &asker;
  question.last_ = &asker;
  question.count_++;
  askers_++;
  by_client_[client_network(client.address)]++;
}

void WaitingQuestions::leave(const Asker& asker) {
  askers_--;
  if (const auto of_client = by_client_.find(client_network(asker.client.address)); --of_client->second == 0)
    by_client_.erase(of_client);
}

WaitingQuestions::Askers WaitingQuestions::take_askers(Question& question) {
  for (const Asker* asker = question.first_; asker; asker = asker->next_) leave(*asker);
  question.last_ = nullptr;
  question.count_ = 0;
  return {*this, std::exchange(question.first_, nullptr)};
}

void WaitingQuestions::free(Asker* first) {
  while (first) {
    Asker* const next = first->next_;
    first->sender.reset();
    first->next_ = std::exchange(idle_askers_, first);
    first = next;
  }
}

void WaitingQuestions::forget(Question& question) {
  if (std::exchange(question.open_, false)) open_.erase(&question);
}

void WaitingQuestions::give_back(Question& question) {
  forget(question);
  take_askers(question);
  question.decision = {};
  idle_questions_.push_back(&question);
}

std::size_t WaitingQuestions::askers_of(const IpAddress& client) const {
  const auto found = by_client_.find(client_network(client));
  return found == by_client_.end() ? 0 : found->second;
}

}  // namespace sinkfeed
