#include "feed/uuid.hpp"

#include <gtest/gtest.h>

namespace sinkfeed {
namespace {

TEST(Uuid, IsThatOfTheStandard) {
  // RFC 9562 A.4, in the namespace of DNS names (6.6).
  const Uuid dns{0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};
  EXPECT_EQ(uuid_text(dns), "6ba7b810-9dad-11d1-80b4-00c04fd430c8");
  EXPECT_EQ(uuid_text(name_uuid(dns, "www.example.com")), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

TEST(Uuid, OfSinkfeedItselfStaysWhatItIs) {
  EXPECT_EQ(own_uuid("stix/identity"), "a3337840-8981-5e2d-a551-232c5c963502");
  EXPECT_NE(own_uuid("misp/event/a"), own_uuid("misp/event/b"));
}

}  // namespace
}  // namespace sinkfeed
