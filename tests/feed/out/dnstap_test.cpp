// dnstap: the answer made again from a record, the message around it, the frames around that.
#include <gtest/gtest.h>
#include <ldns/ldns.h>

#include <memory>

#include "feed/out/dns_response.hpp"
#include "feed/out/dnstap.pb.h"
#include "feed/out/dnstap_event.hpp"
#include "feed/out/frame_stream.hpp"
#include "tests/feed/out/events_sample.hpp"

namespace sinkfeed {
namespace {

using namespace out_test;

// As ldns, which knows nothing of ours, shows it.
std::string as_text(const std::string& wire) {
  ldns_pkt* packet = nullptr;
  if (ldns_wire2pkt(&packet, reinterpret_cast<const std::uint8_t*>(wire.data()), wire.size()) != LDNS_STATUS_OK)
    return "no message";
  char* text = ldns_pkt2str(packet);
  std::string shown = text;
  free(text);
  ldns_pkt_free(packet);
  return shown;
}

TEST(DnsResponse, HasQuestionFlagsRcodeAndTheChainOfAnswers) {
  const std::string text = as_text(dns_response(passed()));
  EXPECT_NE(text.find("rcode: NOERROR"), std::string::npos) << text;
  EXPECT_NE(text.find("flags: qr rd ra"), std::string::npos) << text;
  EXPECT_NE(text.find("www.example.\t0\tIN\tCNAME\tl.example."), std::string::npos) << text;
  EXPECT_NE(text.find("l.example.\t0\tIN\tA\t198.51.100.1"), std::string::npos) << "the alias's own: " << text;
  EXPECT_NE(text.find("l.example.\t0\tIN\tA\t198.51.100.2"), std::string::npos) << text;
  QueryRecord refused = sunk();
  refused.rcode = 5;
  refused.answers.clear();
  refused.flags = kFlagTruncated | kFlagCd;
  EXPECT_NE(as_text(dns_response(refused)).find("rcode: REFUSED"), std::string::npos);
  EXPECT_NE(as_text(dns_response(refused)).find("flags: qr tc cd ra"), std::string::npos)
      << as_text(dns_response(refused));
}

TEST(DnsResponse, IsAMessageWhateverTheRecord) {
  QueryRecord r = monstrous();
  r.flags = 0xffff;
  PackedAnswers::append(r.answers, 1, std::string(255, 'x'));  // cut by the history
  EXPECT_NE(as_text(dns_response(r)), "no message");
  QueryRecord alias = passed();
  alias.answers.clear();
  PackedAnswers::append(alias.answers, 5, "no name");
  add_address(alias, "192.0.2.9");
  EXPECT_EQ(dns_response(alias).substr(0, 12).size(), 12U) << "a damaged alias is nobody's owner";
}

TEST(Dnstap, SaysWhoAskedWhenAndWhatWeMadeOfIt) {
  dnstap::Dnstap event;
  ASSERT_TRUE(event.ParseFromString(dnstap_event(sunk())));
  EXPECT_EQ(event.identity(), "sinkfeed");
  EXPECT_EQ(event.type(), dnstap::Dnstap::MESSAGE);
  EXPECT_EQ(event.extra(),
            R"_({"verdict":"sinkhole","origin":"policy","rule":"google-talk: suffix talk.google.com (core)"})_");
  const dnstap::Message& message = event.message();
  EXPECT_EQ(message.type(), dnstap::Message::CLIENT_RESPONSE);
  EXPECT_EQ(message.socket_family(), dnstap::INET);
  EXPECT_EQ(message.socket_protocol(), dnstap::UDP);
  EXPECT_EQ(message.query_address(), std::string("\x0a\x00\x00\x07", 4));
  EXPECT_EQ(message.query_port(), 5353U);
  EXPECT_EQ(message.query_time_sec(), 1'790'000'000U);
  EXPECT_EQ(message.query_time_nsec(), 123'456'000U);
  EXPECT_EQ(message.response_time_nsec(), 123'498'000U);
  EXPECT_EQ(message.response_message(), dns_response(sunk()));
  ASSERT_TRUE(event.ParseFromString(dnstap_event(passed())));
  EXPECT_EQ(event.message().query_address().size(), 16U);
  EXPECT_EQ(event.message().socket_protocol(), dnstap::TCP);
  EXPECT_TRUE(dnstap_event(gap()).empty());
}

TEST(FrameStream, AFileBeginsWithStartAndEndsWithStop) {
  std::string file;
  FrameStream frames(
      "protobuf:x", [&](std::string_view bytes) { return file += bytes, true; }, nullptr);
  ASSERT_TRUE(frames.open());
  ASSERT_TRUE(frames.write("abc"));
  ASSERT_TRUE(frames.close());
  using namespace std::string_literals;
  EXPECT_EQ(file, "\0\0\0\0\0\0\0\x16\0\0\0\x02\0\0\0\x01\0\0\0\x0aprotobuf:x"s + "\0\0\0\x03"s + "abc" +
                      "\0\0\0\0\0\0\0\x04\0\0\0\x03"s);
}

TEST(FrameStream, FailsWhenItsWayDoes) {
  FrameStream frames(
      "protobuf:x", [](std::string_view) { return true; }, [](char*, std::size_t) { return false; });
  EXPECT_FALSE(frames.open()) << "nobody says that he takes it";
}

}  // namespace
}  // namespace sinkfeed
