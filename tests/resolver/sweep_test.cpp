// The sweep against servers that do as they are told: what it asks, in which order, and what of the answers comes into
// the ledger.
#include "resolver/sweep.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <map>

#include "resolver/client_subnet.hpp"
#include "tests/resolver/fake_server.hpp"

namespace sinkfeed {
namespace {

using namespace std::chrono_literals;
using test::Bytes;
using test::FakeServer;
using test::Rr;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

DnsName name(std::string_view text) { return DnsName::parse(text).value(); }
Network network(std::string_view text) { return Network::parse(text).value(); }

// A question as the server saw it.
struct Asked {
  std::string name;
  std::uint16_t type = 0;
  std::string subnet;  // empty: without the option
};

// What the server says to it.
struct Reply {
  unsigned rcode = 0;
  std::vector<Rr> answers;
  int scope = -1;            // none: no option
  std::string other_subnet;  // in the place of the one that was asked for
};

class Sweeps : public testing::Test {
 protected:
  Sweeps() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sinkfeed-sweep-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    profile_.name = profile_.title = "chat";
    profile_.ports = {5222};
    profile_.names = {{name("talk.example"), Match::suffix, Tier::core, "login", ""}};
  }
  ~Sweeps() override {
    sweep_.reset();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  Configuration configuration() {
    Configuration made;
    made.settings.store.path = folder_;
    made.settings.upstream.servers = {server_.endpoint()};
    made.settings.upstream.timeout = 500ms;
    made.settings.sweep.rate = 500;
    for (const std::string& text : subnets_) made.settings.sweep.subnets.push_back(network(text));
    made.catalogue = std::make_shared<const Catalogue>(std::vector{profile_}, std::vector{Tier::core});
    return made;
  }
  void adopt() {
    const Configuration next = configuration();
    sweep_->adopt(std::make_shared<const Plan>(next, cache_, ++plans_),
                  sweep_->open_upstream(next.settings.upstream).value());
  }
  void start() {
    store_ = Store::open(configuration(), Database::Mode::read_write, 0, clock_).value();
    sweep_ = std::make_unique<Sweep>(*store_);
    adopt();
    sweep_->start();
  }
  // Until nothing has been asked for a while.
  void settle() {
    std::size_t last = 0;
    for (int quiet = 0; quiet < 8; quiet++) {
      std::this_thread::sleep_for(50ms);
      const std::size_t now = asked().size();
      if (now != std::exchange(last, now)) quiet = 0;
    }
    ASSERT_TRUE(store_->ledger->settle(5s));
  }
  std::vector<Asked> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  // The subnets that were asked for of a name's type, in order; a plain question is "".
  std::vector<std::string> subnets_of(std::string_view of, std::uint16_t type) const {
    std::vector<std::string> list;
    for (const Asked& one : asked()) {
      if (one.name == of && one.type == type) list.push_back(one.subnet);
    }
    return list;
  }
  // "address vantage" of everything in the ledger.
  std::vector<std::string> ledger() const {
    std::vector<std::string> lines;
    for (const LedgerEntry& entry : store_->ledger->entries()) {
      for (const Evidence& evidence : entry.evidence)
        lines.push_back(entry.address.text() + " " + evidence.vantage.detail);
    }
    return lines;
  }
  std::string from(const std::string& address, const std::string& place = "") const {
    return address + " " + server_.endpoint().text() + (place.empty() ? "" : " for " + place);
  }

  std::function<Reply(const Asked&)> reply_ = [](const Asked&) { return Reply{}; };
  std::vector<std::string> subnets_;
  Profile profile_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Sweep> sweep_;

 private:
  std::vector<Bytes> serve(const FakeServer::Question& question) {
    Asked one{
        DnsName::from_wire({reinterpret_cast<const std::uint8_t*>(question.packet.data()) + 12, question.name_size()})
            .text(),
        question.type(), ""};
    for (char& c : one.name) c = static_cast<char>(std::tolower(c));
    const auto subnet = client_subnet_of(question.packet).subnet;
    if (subnet) one.subnet = subnet->source.text();
    if (one.type != dns::TXT && one.name != ".") {
      const std::lock_guard lock(mutex_);
      asked_.push_back(one);
    }
    const Reply reply = reply_(one);
    Bytes message = test::response(one.name, one.type, reply.rcode, reply.answers);
    // ID and question as they came.
    std::copy_n(question.packet.begin(), 2, message.begin());
    std::copy_n(question.packet.begin() + 12, question.name_size(), message.begin() + 12);
    if (subnet && reply.scope >= 0) {
      std::array<std::uint8_t, kMaxClientSubnetOption> option{};
      const std::size_t size =
          write_client_subnet(reply.other_subnet.empty() ? subnet->source : network(reply.other_subnet), option);
      option[7] = static_cast<std::uint8_t>(reply.scope);
      message[11]++;
      test::put16(message, 0), message.pop_back();
      test::put16(message, 41), test::put16(message, 1232), test::put32(message, 0);
      test::put16(message, static_cast<unsigned>(size));
      message.insert(message.end(), option.begin(), option.begin() + static_cast<std::ptrdiff_t>(size));
    }
    return {message};
  }

  std::filesystem::path folder_;
  SystemClock clock_;
  std::shared_ptr<Cache> cache_ = std::make_shared<Cache>(1 << 20);
  std::uint32_t plans_ = 0;
  mutable std::mutex mutex_;
  std::vector<Asked> asked_;
  FakeServer server_{[this](const FakeServer::Question& question) { return serve(question); }};
};

Rr address(const Asked& to, const std::string& quad, std::uint32_t ttl = 300) {
  return {to.name, dns::A, ttl, test::a(quad)};
}

TEST_F(Sweeps, Rfc7871_7_1_WithoutSubnetsNoOptionIsSent) {
  start();
  settle();
  EXPECT_THAT(subnets_of("talk.example", dns::A), ElementsAre(""));
}

TEST_F(Sweeps, Rfc7871_7_1_ThePlainQuestionGoesFirstAndEachSubnetIsRecordedAsItsVantage) {
  subnets_ = {"100.64.1.0/24", "100.64.2.0/24"};
  reply_ = [](const Asked& to) {
    if (to.type != dns::A) return Reply{0, {}, 0, ""};
    return Reply{0,
                 {address(to, to.subnet.empty()              ? "198.18.0.1"
                              : to.subnet == "100.64.1.0/24" ? "198.18.0.2"
                                                             : "198.18.0.3")},
                 24,
                 ""};
  };
  start();
  settle();
  const auto order = subnets_of("talk.example", dns::A);
  EXPECT_THAT(order, testing::UnorderedElementsAre("", "100.64.1.0/24", "100.64.2.0/24"));
  EXPECT_EQ(order.front(), "");
  EXPECT_THAT(ledger(), IsSupersetOf({from("198.18.0.1"), from("198.18.0.2", "100.64.1.0/24"),
                                      from("198.18.0.3", "100.64.2.0/24")}));
  EXPECT_EQ(subnets_of("talk.example", dns::AAAA).size(), 2u) << "scope 0: once for all";
}

TEST_F(Sweeps, Rfc7871_7_3_AnAnswerForAnotherSubnetIsDropped) {
  subnets_ = {"100.64.1.0/24"};
  reply_ = [](const Asked& to) {
    return Reply{0, {address(to, to.subnet.empty() ? "198.18.0.1" : "198.18.0.66")}, 24, "100.64.9.0/24"};
  };
  start();
  settle();
  EXPECT_THAT(ledger(), Not(Contains(HasSubstr("198.18.0.66"))));
  EXPECT_GE(store_->counters.sweep_mismatches.load(), 1u);
}

TEST_F(Sweeps, Rfc7871_7_3_AServerThatDoesNotKnowSubnetsIsAskedForOneOnly) {
  subnets_ = {"100.64.1.0/24", "100.64.2.0/24", "2001:db8::/48"};
  profile_.names.push_back({name("other.example"), Match::exact, Tier::core, "login", ""});
  reply_ = [](const Asked& to) { return Reply{0, {address(to, "198.18.0.1")}, -1, ""}; };
  start();
  settle();
  // Those that were on their way when it said so, one for each type, and none after them.
  EXPECT_LE(store_->counters.sweep_subnet_questions.load(), 6u);
  EXPECT_THAT(ledger(), Not(Contains(HasSubstr(" for "))));
}

TEST_F(Sweeps, Rfc7871_7_AServerThatRefusesSubnetsIsAskedPlainlyOnly) {
  for (const unsigned rcode : {1u, 5u}) {
    subnets_ = {"100.64.1.0/24", "100.64.2.0/24"};
    reply_ = [rcode](const Asked& to) {
      if (!to.subnet.empty()) return Reply{rcode, {}, 0, ""};
      return Reply{0, {address(to, "198.18.0.1")}, -1, ""};
    };
    start();
    settle();
    EXPECT_LE(store_->counters.sweep_subnet_questions.load(), 3u) << rcode;
    EXPECT_THAT(ledger(), Contains(from("198.18.0.1")));
    sweep_.reset(), store_.reset();
  }
}

TEST_F(Sweeps, Rfc7871_7_3_1_OneQuestionForEachScope) {
  for (int i = 0; i < 64; i++)
    subnets_.push_back("100." + std::to_string(64 + i / 16) + "." + std::to_string(i) + ".0/24");
  reply_ = [](const Asked& to) { return Reply{0, {address(to, "198.18.0.1")}, 16, ""}; };
  start();
  settle();
  EXPECT_EQ(subnets_of("talk.example", dns::A).size(), 1 + 4u);
}

TEST_F(Sweeps, ANameThatIsNotThereIsAskedForNoSubnet) {
  subnets_ = {"100.64.1.0/24"};
  reply_ = [](const Asked&) { return Reply{3, {}, 0, ""}; };
  start();
  settle();
  EXPECT_EQ(store_->counters.sweep_subnet_questions.load(), 0u);
}

TEST_F(Sweeps, NeverListedNamesAreLookedUpInAllPlacesAfterThePlainRounds) {
  subnets_ = {"100.64.1.0/24"};
  profile_.never = {{name("mail.example"), Match::exact, "mail"}};
  reply_ = [](const Asked& to) {
    return Reply{0, {address(to, to.subnet.empty() ? "74.125.10.1" : "74.125.10.2")}, 24, ""};
  };
  start();
  settle();
  EXPECT_THAT(subnets_of("mail.example", dns::A), ElementsAre("", "100.64.1.0/24"));
  bool subnet_seen = false;
  for (const Asked& one : asked()) {
    subnet_seen = subnet_seen || !one.subnet.empty();
    EXPECT_FALSE(subnet_seen && one.subnet.empty()) << one.name;
  }
  for (const LedgerEntry& entry : store_->ledger->entries())
    EXPECT_THAT(entry.reason, HasSubstr("mail.example")) << entry.address.text();
}

TEST_F(Sweeps, AReloadChangesTheSubnetsAndKeepsWhatWasSeen) {
  subnets_ = {"100.64.1.0/24"};
  reply_ = [](const Asked& to) { return Reply{0, {address(to, "198.18.0.1")}, 24, ""}; };
  start();
  settle();
  const auto before = store_->estimates.targets();
  ASSERT_EQ(before.size(), 1u);
  subnets_ = {"100.64.7.0/24"};
  adopt();
  settle();
  EXPECT_THAT(subnets_of("talk.example", dns::A), ElementsAre("", "100.64.1.0/24", "", "100.64.7.0/24"));
  EXPECT_GT(store_->estimates.targets().at(0).pool.answers, before[0].pool.answers);
}

// Without knowing the place, one address; with it, one for each: the estimate counts them all.
TEST_F(Sweeps, EstimatesWhatIsSeenOfATargetAndOfItsProfile) {
  for (int i = 0; i < 10; i++) subnets_.push_back("100.64." + std::to_string(i) + ".0/24");
  reply_ = [](const Asked& to) {
    if (to.type != dns::A) return Reply{0, {}, 0, ""};
    const std::string place = to.subnet.empty() ? "99" : to.subnet.substr(7, to.subnet.find('.', 7) - 7);
    return Reply{0, {address(to, "198.18.0." + place)}, 24, ""};
  };
  start();
  settle();
  const auto targets = store_->estimates.targets();
  ASSERT_EQ(targets.size(), 1u);
  EXPECT_EQ(targets[0].name, name("talk.example"));
  EXPECT_EQ(targets[0].pool.seen, 11u);
  EXPECT_EQ(targets[0].pool.answers, 11u);
  EXPECT_GT(targets[0].pool.estimated, 11u);
  for (int i = 0; i < 100 && store_->estimates.profiles()["chat"].seen < 11; i++) std::this_thread::sleep_for(50ms);
  EXPECT_EQ(store_->estimates.profiles()["chat"].seen, 11u);
}

TEST_F(Sweeps, Rfc9460_7_3_HintsOfAHostsHttpsRecordAreFound) {
  reply_ = [](const Asked& to) {
    // Priority 1, the owner itself, ipv4hint.
    const std::string data = std::string("\0\1\0\0\4\0\4", 7) + test::a("198.18.0.9");
    return Reply{0, to.type == dns::HTTPS ? std::vector<Rr>{{to.name, dns::HTTPS, 300, data}} : std::vector<Rr>{}, -1,
                 ""};
  };
  start();
  settle();
  EXPECT_THAT(ledger(), Contains(from("198.18.0.9")));
}

TEST_F(Sweeps, Rfc9460_2_4_HostsThatACoveredNamesHttpsRecordNamesAreFound) {
  reply_ = [](const Asked& to) {
    if (to.name == "talk.example" && to.type == dns::HTTPS)
      return Reply{0, {{to.name, dns::HTTPS, 300, std::string("\0\0", 2) + test::wire("front.other.example")}}, -1, ""};
    if (to.name == "front.other.example" && to.type == dns::A) return Reply{0, {address(to, "198.18.0.10")}, -1, ""};
    return Reply{};
  };
  start();
  settle();
  EXPECT_THAT(ledger(), Contains(from("198.18.0.10")));
}

TEST_F(Sweeps, Rfc2782_HostsOfASrvRecordThatAClientAskedForAreFound) {
  reply_ = [](const Asked& to) {
    if (to.name == "_xmpp-client._tcp.talk.example" && to.type == dns::SRV)
      return Reply{0, {{to.name, dns::SRV, 300, test::srv(5, 0, 5222, "host.other.example")}}, -1, ""};
    if (to.name == "host.other.example" && to.type == dns::A) return Reply{0, {address(to, "198.18.0.11")}, -1, ""};
    return Reply{};
  };
  start();
  const DnsName owner = name("_xmpp-client._tcp.talk.example");
  sweep_->watch({owner, owner, "chat"});
  settle();
  EXPECT_THAT(ledger(), Contains(from("198.18.0.11")));
}

TEST_F(Sweeps, HostsThatAForeignNameNamesAreNot) {
  reply_ = [](const Asked& to) {
    if (to.name == "evil.example" && to.type == dns::HTTPS)
      return Reply{0, {{to.name, dns::HTTPS, 300, std::string("\0\0", 2) + test::wire("bank.example")}}, -1, ""};
    if (to.name == "bank.example" && to.type == dns::A) return Reply{0, {address(to, "198.18.0.12")}, -1, ""};
    return Reply{};
  };
  start();
  sweep_->watch({name("evil.example"), name("talk.example"), "chat"});
  settle();
  EXPECT_EQ(subnets_of("evil.example", dns::HTTPS).size(), 1u);
  EXPECT_TRUE(subnets_of("bank.example", dns::A).empty());
}

}  // namespace
}  // namespace sinkfeed
