// The part of QueryHandler that takes up another plan: what waits is decided anew, what is cached is judged again when
// it is next asked for.
#include <algorithm>

#include "resolver/cache_keys.hpp"
#include "resolver/query_handler.hpp"
#include "resolver/socket_address.hpp"

namespace sinkfeed {

void QueryHandler::adopt(std::shared_ptr<const Plan> plan, Upstream& upstream) {
  plan_ = std::move(plan);
  cache_ = plan_->cache.get();
  upstream_ = &upstream;
  other_servers_.clear();
  for (const Endpoint& server : upstream_->servers()) {
    // On this machine clients have the same address as the server.
    if (!is_own_address(server.address)) other_servers_.push_back(server.address);
  }
  // Who waits for an answer that would not be asked for any more gets what he would get now. The answer that is still
  // on its way finds nobody.
  for (Waiting* waiting : waiting_.all()) {
    const CacheKey key = waiting->key();
    Decision decision = plan_->policy.decide(key.name, key.type, key.klass);
    if (decision.action == Decision::Action::forward || decision.action == Decision::Action::strip) {
      waiting->decision = std::move(decision);
      continue;
    }
    waiting_.forget(*waiting);
    const WaitingQuestions::Askers askers = waiting_.take_askers(*waiting);
    for (const auto* asker = askers.first(); asker; asker = asker->next()) ask_again(*asker);
  }
}

void QueryHandler::ask_again(const WaitingQuestions::Asker& asker) {
  const auto sender = asker.sender.lock();
  if (!sender) return;
  Client client = asker.client;
  client.sender = sender.get();
  std::size_t size = 0;
  {
    const Cache::Section section(*cache_, parts_.slot);
    Incoming incoming;
    read(asker.packet(), incoming);
    size = handle(incoming, client, asker.arrival, late_answer_);
  }
  if (size) sender->send(client.peer, {late_answer_.data(), size});
}

bool QueryHandler::still_holds(const CacheKey& key, const CachedAnswer& answer) const {
  // What is answered here is made anew at once; what led to a target is asked for again.
  if (answer.verdict() != Verdict::pass || answer.ede() == dns::FILTERED) return false;
  const Decision decision = plan_->policy.decide(key.name, key.type, key.klass);
  if (decision.action != Decision::Action::forward) return false;
  // An NXDOMAIN for all types leads nowhere, nor does a failure.
  if (!key.any_type && answer.rcode() == dns::NOERROR) {
    const auto judged = judge({reinterpret_cast<const std::uint8_t*>(answer.message().data()), answer.message().size()},
                              key.name, key.type, key.klass, rules_for(key));
    if (!judged || judged->message != answer.message() ||
        plan_->policy.decide_by_answer(decision, key.type, judged->leads_to))
      return false;
  }
  answer.judged_by(plan_->number);
  return true;
}

}  // namespace sinkfeed
