// A store in a temporary folder, and the small catalogue that ledger tests judge by. A namespace of its own: the
// history's tests are in the same program and have an at() and a Folder that mean something else.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "store/ledger.hpp"

namespace sinkfeed::ledger_test {

inline DnsName name(std::string_view text) { return DnsName::parse(text).value(); }
inline IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }
inline WallTime at(std::int64_t seconds) { return WallTime{std::chrono::seconds{1'800'000'000 + seconds}}; }

// A folder that goes with the object.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sinkfeed-test-XXXXXX").string();
    if (!mkdtemp(pattern.data())) throw std::runtime_error("no temporary folder");
    path_ = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline Profile chat_profile() {
  Profile profile;
  profile.name = "chat";
  profile.title = "Chat";
  profile.ports = {443, 5222};
  profile.names = {{name("talk.test"), Match::suffix, Tier::core, "login", ""},
                   {name("web.test"), Match::exact, Tier::web, "web client", ""}};
  profile.never = {{name("mail.test"), Match::exact, "mail"}};
  profile.known = {{ip("216.239.37.125"), "first known addresses"}};
  return profile;
}

inline std::shared_ptr<const Catalogue> catalogue(std::vector<Tier> tiers = {Tier::core, Tier::web},
                                                  Profile profile = chat_profile()) {
  std::vector<Profile> profiles;
  profiles.push_back(std::move(profile));
  return std::make_shared<const Catalogue>(std::move(profiles), tiers);
}

inline Observation seen(std::string_view address, std::string_view target = "talk.test", std::int64_t when = 0) {
  return {"chat", name(target), name(target), ip(address), {VantageKind::upstream, "192.0.2.53:53"}, at(when)};
}

// Without a limit to what is new: most tests bring many at once.
inline Guards no_guards() {
  Guards guards;
  guards.limits.max_new_per_hour = 0;
  guards.feed_limits.max_growth = 0;
  return guards;
}

// A ledger that can be closed and opened again on the same folder.
class OpenLedger {
 public:
  explicit OpenLedger(const Folder& folder, std::shared_ptr<const Catalogue> rules = catalogue(),
                      Guards guards = no_guards(), Database::Mode mode = Database::Mode::read_write)
      : database_(Database::open(folder.path() / "db", mode).value()),
        ledger_(Ledger::open(*database_, mode, std::move(rules), std::move(guards), clock, health, counters).value()) {}

  Ledger* operator->() { return ledger_.get(); }
  Ledger& operator*() { return *ledger_; }

  void observe(std::vector<Observation> targets, std::vector<NeverObservation> never = {}) {
    ledger_->observe(std::move(targets), std::move(never));
    ASSERT_TRUE(ledger_->settle(std::chrono::seconds(10)));
  }

  std::vector<std::string> published() {
    std::vector<std::string> texts;
    const auto generation = ledger_->current();  // held: the writer may replace it while we read
    for (const IpAddress& address : generation->profiles.at("chat")) texts.push_back(address.text());
    return texts;
  }

  LedgerEntry entry(std::string_view address) { return ledger_->find(ip(address)).at(0); }

  ManualClock clock{at(0)};
  Health health;
  Counters counters;

 private:
  std::unique_ptr<Database> database_;
  std::unique_ptr<Ledger> ledger_;
};

}  // namespace sinkfeed::ledger_test
