// Questions that wait: found by what they ask, each asker once and in order, counts that come back to nothing.
#include "resolver/waiting_questions.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "resolver/cache_keys.hpp"
#include "tests/resolver/messages.hpp"

namespace sinkfeed {
namespace {

using test::Bytes;
using test::query;

class Nobody final : public AnswerSender {
 public:
  void send(const Peer&, std::span<const std::uint8_t>) override {}
};

class Waiting : public testing::Test {
 protected:
  static Query parsed(const Bytes& packet) {
    Query query;
    parse_query(packet, query);
    return query;
  }
  Client client(std::string_view address) {
    Client made;
    made.address = IpAddress::parse(address).value();
    made.sender = sender.get();
    return made;
  }
  std::shared_ptr<Nobody> sender = std::make_shared<Nobody>();
  WaitingQuestions waiting;
};

TEST_F(Waiting, IsFoundByAllThatAnAnswerDependsOn) {
  const Bytes packet = query("a.test", dns::A);
  const Query asked = parsed(packet);
  CacheKey key = cache_key_of(asked);
  WaitingQuestions::Question& question = waiting.add(key, 7, {});
  EXPECT_EQ(waiting.find(key, 7), &question);
  EXPECT_EQ(waiting.find(key, 8), nullptr) << "another hash";
  for (const auto& change : std::vector<std::function<void(CacheKey&)>>{
           [](CacheKey& k) { k.type = dns::AAAA; }, [](CacheKey& k) { k.klass = 3; },
           [](CacheKey& k) { k.dnssec_ok = true; }, [](CacheKey& k) { k.checking_disabled = true; },
           [](CacheKey& k) { k.name.remove_prefix(2); }}) {
    CacheKey other = key;
    change(other);
    EXPECT_EQ(waiting.find(other, 7), nullptr);
  }
  waiting.forget(question);
  EXPECT_EQ(waiting.find(key, 7), nullptr);
  EXPECT_FALSE(question.is_open());
}

TEST_F(Waiting, KeepsOfAQueryWhatShapesItsAnswer) {
  test::QueryShape shape;
  shape.edns = true;
  const Bytes packet = query("MiXeD.Test", dns::HTTPS, shape);
  const Query asked = parsed(packet);
  WaitingQuestions::Question& question = waiting.add(cache_key_of(asked), 1, {});
  waiting.join(question, asked, client("192.0.2.7"), {});
  const Query kept = parsed({question.first_asker()->packet().begin(), question.first_asker()->packet().end()});
  EXPECT_EQ(kept.kind, QueryKind::query);
  EXPECT_EQ(kept.id, asked.id);
  EXPECT_EQ(kept.header, asked.header);
  EXPECT_EQ(kept.type, asked.type);
  EXPECT_EQ(kept.edns, asked.edns);
  EXPECT_EQ(kept.dnssec_ok, asked.dnssec_ok);
  EXPECT_EQ(kept.udp_size, asked.udp_size);
  EXPECT_EQ(Bytes(question.first_asker()->packet().begin() + 12,
                  question.first_asker()->packet().begin() + 12 + static_cast<std::ptrdiff_t>(asked.sent_name.size())),
            Bytes(asked.sent_name.begin(), asked.sent_name.end()))
      << "in the client's case";
}

TEST_F(Waiting, APlaceThatIsUsedAgainIsAnotherQuestion) {
  const Bytes packet = query("a.test", dns::A);
  const Query asked = parsed(packet);
  WaitingQuestions::Question& first = waiting.add(cache_key_of(asked), 1, {});
  const std::uint64_t number = first.number();
  waiting.join(first, asked, client("192.0.2.7"), {});
  waiting.give_back(first);
  EXPECT_EQ(waiting.askers(), 0u) << "those that it still had are forgotten with it";
  WaitingQuestions::Question& second = waiting.add(cache_key_of(asked), 1, {});
  EXPECT_EQ(&first, &second);
  EXPECT_NE(second.number(), number);
  EXPECT_EQ(second.first_asker(), nullptr);
}

// Against a model: random questions come, are joined, forgotten and answered.
TEST_F(Waiting, CountsAndOrderHoldWhateverHappens) {
  struct Model {
    WaitingQuestions::Question* question;
    bool open = true;
    std::vector<std::pair<std::uint16_t, std::string>> askers;  // ID and address
  };
  std::mt19937 random(3);
  std::vector<Model> model;
  const std::vector<std::string> addresses{"192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2", "2001:db8:1::1"};
  for (int step = 0; step < 20000; step++) {
    const auto name = "n" + std::to_string(random() % 40) + ".test";
    const auto id = static_cast<std::uint16_t>(step);
    test::QueryShape shape;
    shape.id = id;
    const Bytes packet = query(name, dns::A, shape);
    const Query asked = parsed(packet);
    const auto hash = static_cast<std::uint32_t>(std::hash<std::string>{}(name) % 8);  // many collide
    const auto key = cache_key_of(asked);
    const auto known = std::find_if(model.begin(), model.end(),
                                    [&](const Model& m) { return m.open && m.question->key().name == key.name; });
    WaitingQuestions::Question* found = waiting.find(key, hash);
    ASSERT_EQ(found, known == model.end() ? nullptr : known->question);
    if (random() % 8 == 0 && !model.empty()) {
      const auto gone = model.begin() + static_cast<std::ptrdiff_t>(random() % model.size());
      if (random() % 2 && gone->open) {
        waiting.forget(*gone->question);
        gone->open = false;
      } else {
        const auto askers = waiting.take_askers(*gone->question);
        std::size_t i = 0;
        for (const auto* asker = askers.first(); asker; asker = asker->next(), i++) {
          ASSERT_LT(i, gone->askers.size());
          EXPECT_EQ(dns::read16(asker->packet().data()), gone->askers[i].first);
          EXPECT_EQ(asker->client.address.text(), gone->askers[i].second);
        }
        EXPECT_EQ(i, gone->askers.size());
        waiting.give_back(*gone->question);
        model.erase(gone);
      }
    } else {
      if (!found) model.push_back({found = &waiting.add(key, hash, {}), true, {}});
      const auto& address = addresses[random() % addresses.size()];
      waiting.join(*found, asked, client(address), {});
      std::find_if(model.begin(), model.end(), [&](const Model& m) {
        return m.question == found;
      })->askers.emplace_back(id, address);
    }
    std::size_t askers = 0, open = 0, of_second = 0;
    for (const Model& m : model) {
      askers += m.askers.size();
      open += m.open;
      for (const auto& [ignored, address] : m.askers) of_second += address == "2001:db8::1" || address == "2001:db8::2";
    }
    ASSERT_EQ(waiting.askers(), askers);
    ASSERT_EQ(waiting.questions(), open);
    ASSERT_EQ(waiting.askers_of(IpAddress::parse("2001:db8::2").value()), of_second) << "one network, one client";
  }
}

}  // namespace
}  // namespace sinkfeed
