// Questions that are on their way to upstream, and who waits for the answer to each. One thread.
//
// The places of questions and of askers are used again and again: a query that the cache does not hold costs no memory
// of its own, as long as not more wait than ever did.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "resolver/cache.hpp"
#include "resolver/client.hpp"
#include "resolver/policy.hpp"
#include "resolver/question.hpp"
#include "resolver/wire.hpp"

namespace sinkfeed {

class WaitingQuestions {
 public:
  // One who waits for an answer.
  struct Asker {
    Client client;  // `client.sender` may be gone: see `sender`
    std::weak_ptr<AnswerSender> sender;
    Moment arrival;
    // His query without its options: no more is kept of one that waits.
    std::span<const std::uint8_t> packet() const { return {packet_.data(), packet_size_}; }
    const Asker* next() const { return next_; }

   private:
    friend class WaitingQuestions;
    void keep(const Query& query);
    std::array<std::uint8_t, dns::kHeaderSize + dns::kMaxName + 4 + 11> packet_;
    std::uint16_t packet_size_ = 0;
    Asker* next_ = nullptr;
  };

  // One question. It stays where it is until give_back().
  struct Question {
    CacheKey key() const { return {name_, type_, klass_, dnssec_ok_, checking_disabled_}; }
    std::uint32_t hash() const { return hash_; }
    std::size_t asker_count() const { return count_; }  // none: the answer is only to be renewed
    const Asker* first_asker() const { return first_; }
    // Another each time that the place is used.
    std::uint64_t number() const { return number_; }
    // Not forgotten: its answer is wanted.
    bool is_open() const { return open_; }
    Decision decision;

   private:
    friend class WaitingQuestions;
    std::string name_;
    std::uint32_t hash_ = 0;
    std::uint16_t type_ = 0, klass_ = 0;
    bool dnssec_ok_ = false, checking_disabled_ = false, open_ = false;
    std::uint64_t number_ = 0;
    std::size_t count_ = 0;
    Asker* first_ = nullptr;
    Asker* last_ = nullptr;
  };

  // Askers taken off their question, in the order in which they came. Their places are free when this goes.
  class Askers {
   public:
    Askers(WaitingQuestions& owner, Asker* first) : owner_(owner), first_(first) {}
    ~Askers();
    Askers(const Askers&) = delete;
    Askers& operator=(const Askers&) = delete;
    const Asker* first() const { return first_; }

   private:
    WaitingQuestions& owner_;
    Asker* first_;
  };

  // `hash`: the cache's, of `key`. Null: nobody asks that.
  Question* find(const CacheKey& key, std::uint32_t hash) const;
  // There is none such yet.
  Question& add(const CacheKey& key, std::uint32_t hash, Decision decision);
  // `client.sender` lives.
  void join(Question& question, const Query& query, const Client& client, const Moment& arrival);
  // They do not count as waiting any more.
  Askers take_askers(Question& question);
  // It is not found any more; its answer may still come.
  void forget(Question& question);
  // Its answer has come, and nobody speaks of it any more. It has no askers, or they are forgotten.
  void give_back(Question& question);

  std::size_t questions() const { return open_.size(); }
  std::size_t askers() const { return askers_; }
  // As client_network() counts clients.
  std::size_t askers_of(const IpAddress& client) const;
  // Those that are open, in no order.
  std::vector<Question*> all() const { return {open_.begin(), open_.end()}; }

 private:
  struct Wanted {
    const CacheKey& key;
    std::uint32_t hash;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const Question* question) const { return question->hash_; }
    std::size_t operator()(const Wanted& wanted) const { return wanted.hash; }
  };
  struct Same {
    using is_transparent = void;
    bool operator()(const Question* a, const Question* b) const { return a == b; }
    bool operator()(const Wanted& wanted, const Question* question) const;
    bool operator()(const Question* question, const Wanted& wanted) const { return (*this)(wanted, question); }
  };
  void leave(const Asker& asker);
  void free(Asker* first);

  std::deque<Question> all_questions_;
  std::deque<Asker> all_askers_;
  std::vector<Question*> idle_questions_;
  Asker* idle_askers_ = nullptr;
  boost::unordered_flat_set<Question*, Hash, Same> open_;
  boost::unordered_flat_map<IpAddress, std::size_t, std::hash<IpAddress>> by_client_;
  std::size_t askers_ = 0;
  std::uint64_t last_number_ = 0;
};

}  // namespace sinkfeed
