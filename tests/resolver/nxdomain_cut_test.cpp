#include "resolver/nxdomain_cut.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <new>

#include "resolver/judge.hpp"
#include "tests/resolver/messages.hpp"

namespace {

thread_local std::size_t allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
  allocations++;
  if (void* room = malloc(size)) return room;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  allocations++;
  return malloc(size);
}
void operator delete(void* room) noexcept { free(room); }
void operator delete(void* room, std::size_t) noexcept { free(room); }

namespace sinkfeed {
namespace {

JudgedAnswer missing(std::string_view name, std::string_view zone, std::uint32_t ttl = 300) {
  return judge(test::response(name, dns::A, 3, {}, {{std::string(zone), dns::SOA, ttl, test::soa(ttl)}}),
               test::wire(name), dns::A, dns::IN)
      .value();
}

std::string text(std::string_view message) { return std::string(message); }

TEST(NxdomainCut, Rfc8020_2_IsWhatUpstreamWouldSayOfTheNameBelow) {
  const std::string longest =
      std::string(63, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c') + ".n.test";
  for (const char* zone : {"test", "n.test", ""}) {
    const JudgedAnswer cut = missing("n.test", zone);
    for (const std::string& name : {std::string("n.test"), std::string("x.n.test"), longest}) {
      const NxdomainAnswer made(cut.message, test::wire(name), dns::TXT);
      auto expected = missing(name, zone);
      dns::write16(reinterpret_cast<std::uint8_t*>(expected.message.data()) + 12 + test::wire(name).size(), dns::TXT);
      EXPECT_EQ(text(made.message()), expected.message) << name << " in " << (*zone ? zone : "the root");
      ASSERT_EQ(made.ttl_offsets().size(), 1u);
      EXPECT_EQ(made.ttl_offsets()[0], expected.ttl_offsets[0]);
    }
  }
}

TEST(NxdomainCut, Rfc2308_5_WithoutAnSoaItHasNone) {
  const NxdomainAnswer made(
      judge(test::response("n.test", dns::A, 3, {}), test::wire("n.test"), dns::A, dns::IN)->message,
      test::wire("x.n.test"), dns::A);
  EXPECT_EQ(made.message().size(), 12 + test::wire("x.n.test").size() + 4);
  EXPECT_TRUE(made.ttl_offsets().empty());
}

TEST(NxdomainCut, DamageIsSurvived) {
  const JudgedAnswer cut = missing("n.test", "test");
  for (std::size_t size = 0; size < cut.message.size(); size++) {
    const NxdomainAnswer made(cut.message.substr(0, size), test::wire("x.n.test"), dns::A);
    EXPECT_TRUE(made.ttl_offsets().empty()) << size;
  }
}

TEST(NxdomainCut, AllocatesNothing) {
  const JudgedAnswer cut = missing("n.test", "test");
  const std::string name = test::wire("very.deep.n.test");
  const std::size_t before = allocations;
  const NxdomainAnswer made(cut.message, name, dns::A);
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(made.ttl_offsets().size(), 1u);
}

}  // namespace
}  // namespace sinkfeed
