// Loops of any length are noticed by a question that only we know.
#include "resolver/loop_probe.hpp"

#include "tests/resolver/handler_lab.hpp"

namespace sinkfeed {
namespace {

TEST(LoopProbe, KnowsItsOwnNamesAndNoOther) {
  const LoopProbe probe, other;
  for (const std::size_t server : {0, 1, 12}) {
    EXPECT_EQ(probe.server_of(probe.name_for(server)), server);
    EXPECT_FALSE(other.server_of(probe.name_for(server))) << "another each time";
  }
  const std::string name = probe.name_for(3);
  EXPECT_FALSE(probe.server_of(std::string_view(name).substr(2))) << "the domain itself";
  EXPECT_FALSE(probe.server_of("\1x" + name.substr(2)));
  EXPECT_FALSE(probe.server_of("\1a" + name)) << "below it";
  EXPECT_FALSE(probe.server_of(test::wire("www.example.org")));
  EXPECT_FALSE(probe.server_of(std::string_view("\0", 1)));
}

class Looped : public test::HandlerLab {
 protected:
  // A question for a name in wire format.
  static test::Bytes question(const std::string& name) {
    test::Bytes packet = test::query("x", dns::TXT);
    packet.erase(packet.begin() + 12, packet.begin() + 15);
    packet.insert(packet.begin() + 12, name.begin(), name.end());
    return packet;
  }
};

TEST_F(Looped, AProbeThatComesBackNamesTheServerAndTheWay) {
  handler();
  const std::string name = current_plan->loop_probe.name_for(0);
  auto reply = ask(question(name), Transport::udp, "10.9.9.9");
  EXPECT_EQ(reply.rcode(), 2u);
  EXPECT_TRUE(upstream.asked.empty()) << "it goes round no more";
  ASSERT_TRUE(health.problems().contains("loop"));
  EXPECT_NE(health.problems()["loop"].find("192.0.2.53"), std::string::npos);
  EXPECT_NE(health.problems()["loop"].find("by way of 10.9.9.9"), std::string::npos);
  later(LoopProbe::kEvery);
  EXPECT_TRUE(health.problems().contains("loop")) << "until the next probe could have come back";
  later(std::chrono::minutes(2));
  EXPECT_FALSE(health.problems().contains("loop"));
}

TEST_F(Looped, AProbeOfNoServerOfOursIsAQuestionLikeAnyOther) {
  handler();
  EXPECT_FALSE(ask(question(current_plan->loop_probe.name_for(7))).came());
  EXPECT_EQ(upstream.asked.size(), 1u);
}

}  // namespace
}  // namespace sinkfeed
