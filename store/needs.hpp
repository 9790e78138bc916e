// Who else needs the ledger's addresses: the names that are no target and that clients here were told resolve to one
// of them. What an address is judged by when it is shared; a blocklist cannot know it, the network's own resolver can.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/catalogue.hpp"
#include "store/database.hpp"
#include "store/observation.hpp"

namespace sinkfeed {

// One name that needs an address.
struct Need {
  DnsName name;
  WallTime first_seen, last_seen;
  std::uint64_t queries = 0;       // of clients; none if only the sweep has looked
  std::vector<IpAddress> clients;  // that asked; Needs::kMaxClients of them at most
  std::string never_why;           // if the name is on a never list, or in feed.protect
};

// One thread at a time.
class Needs {
 public:
  // Kept of one address: names on never lists first, then those seen last.
  static constexpr std::size_t kMaxNames = 64;
  static constexpr std::size_t kMaxClients = 16;

  // What they come to, of one address.
  struct Sum {
    const Need* never = nullptr;  // the first that must never be blocked
    const Need* first = nullptr;  // the first of the others
    std::size_t names = 0;        // of the others that clients asked for
    std::size_t clients = 0;      // different ones; kMaxClients may stand for more
    std::uint64_t queries = 0;
  };

  Result<void> load(const Database& database, const Catalogue& catalogue);
  // Names are what the catalogue says they are, from now on. Those that are targets now do not count.
  void reconfigure(const Catalogue& catalogue);

  // True: what it comes to may have changed. No queries: nobody asked, the sweep looked.
  bool see(const NameObservation& observation, const Catalogue& catalogue);
  void see_sighting(const IpAddress& address, const Need& need, const Catalogue& catalogue);
  Sum sum(const IpAddress& address, const Catalogue& catalogue) const;
  std::vector<Need> of(const IpAddress& address) const;
  bool has(const IpAddress& address, const DnsName& name) const;
  // Forgets what was not seen since then; returns the addresses that needed it.
  std::set<IpAddress> age(WallTime before);
  void forget(const IpAddress& address);
  // Those of which more names are known than are kept.
  std::vector<IpAddress> overflowed() const { return {overflowed_.begin(), overflowed_.end()}; }

  bool has_news() const { return news_; }
  bool has_touched() const { return !touched_.empty(); }
  std::size_t unwritten() const { return touched_.size(); }
  void write(Database::Batch& batch) const;
  void written();

 private:
  using Names = std::map<DnsName, Need>;
  void keep(const IpAddress& address, Names& names, const Catalogue& catalogue);

  std::map<IpAddress, Names> needs_;
  std::set<std::pair<IpAddress, DnsName>> touched_;  // one that is not in needs_ any more is to be removed
  std::set<IpAddress> overflowed_;
  bool news_ = false;
};

}  // namespace sinkfeed
