#include "store/upstream_states.hpp"

#include <gtest/gtest.h>

namespace sinkfeed {
namespace {

TEST(UpstreamStates, AServerIsOneWhoeverAsksIt) {
  const Endpoint one = Endpoint::parse("192.0.2.1:53", 53).value(), other = Endpoint::parse("192.0.2.2:53", 53).value();
  UpstreamStates states;
  EXPECT_EQ(states.find(one), nullptr);
  states.of(one)->answered(800);
  states.of(one)->failed();
  EXPECT_EQ(states.of(one), states.find(one));
  EXPECT_EQ(states.find(one)->answers, 1u);
  EXPECT_EQ(states.find(one)->failures, 1u);
  EXPECT_EQ(states.find(other), nullptr);
}

TEST(UpstreamStates, LatencyIsSmoothedAndTwoFailuresInARowAvoidIt) {
  UpstreamState state;
  state.answered(800);
  EXPECT_EQ(state.latency_us, 800u);
  state.answered(1600);
  EXPECT_EQ(state.latency_us, 900u);
  state.failed();
  EXPECT_FALSE(state.is_avoided());
  state.failed();
  EXPECT_TRUE(state.is_avoided());
  state.answered(900);
  EXPECT_FALSE(state.is_avoided());
}

}  // namespace
}  // namespace sinkfeed
