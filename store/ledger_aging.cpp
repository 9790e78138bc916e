// What is not seen any more goes, but not before its names were asked for once more.
#include <algorithm>

#include "store/ledger_book.hpp"

namespace sinkfeed {

std::vector<LedgerBook::Question> LedgerBook::age(std::size_t look_at) {
  std::vector<Question> questions;
  const AgeRule rule{guards_.limits.aging, guards_.limits.window, guards_.max_interval};
  const auto last_look = static_cast<std::uint32_t>(rule.last_look().count());
  auto at = aged_to_ ? shelves_.lower_bound(aged_to_->first) : shelves_.begin();
  for (; at != shelves_.end(); ++at) {
    auto& [profile, here] = *at;
    auto item =
        aged_to_ && aged_to_->first == profile ? here.entries.upper_bound(aged_to_->second) : here.entries.begin();
    for (; item != here.entries.end(); ++item) {
      if (look_at-- == 0) return questions;
      auto& [address, entry] = *item;
      aged_to_ = Place{profile, address};
      const auto limit = rule.limit(entry.ttl_s).count();
      if (limit == 0 || entry.is_expired || now_.watched_s - entry.watched_s <= limit) continue;
      const auto stays = [&](const KeptEvidence& evidence) {
        const VantageKind kind = view(evidence).vantage;
        return kind == VantageKind::known || kind == VantageKind::hand;
      };
      const auto evidence = entry.evidence();
      if (std::any_of(evidence.begin(), evidence.end(), stays)) continue;
      const auto [look, is_new] = last_looks_.try_emplace(*aged_to_, now_.watched_s);
      if (is_new) {
        for (const KeptEvidence& one : evidence) {
          const EvidenceSource& source = sources_.at(one.source);
          if (source.vantage.kind == VantageKind::upstream) questions.push_back({profile, source.name, source.target});
        }
      } else if (now_.watched_s - look->second > last_look) {
        last_looks_.erase(look);
        entry.is_expired = true;
        judge(here, address, entry);
      }
    }
  }
  aged_to_.reset();
  growth_.forget_old(now_.steady);
  return questions;
}

void LedgerBook::age_needs(WallTime before) {
  for (const IpAddress& address : needs_.age(before)) judge(address);
}

}  // namespace sinkfeed
