// CSV, JSON of the Elastic Common Schema, CEF and LEEF: whole events of known records, and what hostile ones may not
// do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "feed/out/cef_event.hpp"
#include "feed/out/csv_rows.hpp"
#include "feed/out/ecs_event.hpp"
#include "feed/out/event_facts.hpp"
#include "feed/out/leef_event.hpp"
#include "feed/out/syslog_message.hpp"
#include "tests/feed/out/events_sample.hpp"

namespace sinkfeed {
namespace {

using namespace out_test;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string csv_of(const QueryRecord& record) {
  std::string row;
  append_csv_row(row, record);
  return row;
}

TEST(HistoryCsv, ARowHasWhatTheHeaderNames) {
  EXPECT_EQ(
      csv_header(),
      "kind,time,client,port,transport,name,type,verdict,rule,rcode,ede,answers,origin,upstream,latency_us,lost\r\n");
  EXPECT_EQ(csv_of(sunk()),
            "query,2026-09-21T14:13:20.123456Z,10.0.0.7,5353,udp,talk.google.com,A,sinkhole,google-talk: suffix "
            "talk.google.com (core),NOERROR,15,192.0.2.1,policy,,42,\r\n");
  EXPECT_EQ(csv_of(passed()),
            "query,2026-09-21T14:13:20.123456Z,2001:db8::7,5353,tcp,www.example,A,pass,,NOERROR,,\"CNAME l.example.; "
            "198.51.100.1; 198.51.100.2\",upstream,192.0.2.53,42,\r\n");
  EXPECT_EQ(csv_of(gap()), "gap,2026-09-21T14:13:20.123456Z,,,,,,,,,,,,,,17\r\n");
}

TEST(HistoryCsv, NoSpreadsheetTakesANameForAFormula) {
  for (const char* hostile : {"=cmd|' /c calc'!a1.example", "+1.example", "-1.example", "@sum.example"}) {
    QueryRecord r = sunk();
    r.name = name(hostile);
    EXPECT_THAT(csv_of(r), HasSubstr(",'" + std::string(1, hostile[0]))) << hostile;
  }
  QueryRecord r = sunk();
  r.name = name("a\\,b\\\"c\\010d.example");
  EXPECT_THAT(csv_of(r), HasSubstr(",\"a,b\"\"c\\010d.example\",")) << "one cell, and no end of line within it";
}

TEST(Ecs, AnEventHasTheSchemasFields) {
  const auto event = boost::json::parse(ecs_event(passed(), 100));
  EXPECT_EQ(event.at("@timestamp").as_string(), "2026-09-21T14:13:20.123456Z");
  EXPECT_EQ(event.at_pointer("/dns/question/name").as_string(), "www.example");
  EXPECT_EQ(event.at_pointer("/dns/question/type").as_string(), "A");
  EXPECT_EQ(event.at_pointer("/dns/response_code").as_string(), "NOERROR");
  EXPECT_EQ(event.at_pointer("/dns/answers/0/type").as_string(), "CNAME");
  EXPECT_EQ(event.at_pointer("/dns/answers/0/data").as_string(), "l.example.");
  EXPECT_EQ(event.at_pointer("/dns/answers/2/data").as_string(), "198.51.100.2");
  EXPECT_EQ(event.at_pointer("/dns/resolved_ip/0").as_string(), "198.51.100.1");
  EXPECT_EQ(event.at_pointer("/client/ip").as_string(), "2001:db8::7");
  EXPECT_EQ(event.at_pointer("/client/port").to_number<int>(), 5353);
  EXPECT_EQ(event.at_pointer("/event/duration").to_number<std::uint64_t>(), 42'000U);
  EXPECT_EQ(event.at_pointer("/event/type/1").as_string(), "allowed");
  EXPECT_EQ(event.at_pointer("/network/transport").as_string(), "tcp");
  const auto blocked = boost::json::parse(ecs_event(sunk(), 100));
  EXPECT_EQ(blocked.at_pointer("/event/type/1").as_string(), "denied");
  EXPECT_EQ(blocked.at_pointer("/rule/name").as_string(), "google-talk: suffix talk.google.com (core)");
  EXPECT_EQ(blocked.at_pointer("/sinkfeed/ede").to_number<int>(), 15);
  const auto lost = boost::json::parse(ecs_event(gap(), 100));
  EXPECT_EQ(lost.at_pointer("/event/kind").as_string(), "pipeline_error");
  EXPECT_EQ(lost.at_pointer("/sinkfeed/lost").to_number<int>(), 17);
}

TEST(Cef, AnEventIsAsArcSightReadsIt) {
  EXPECT_EQ(
      cef_event(sunk(), 100),
      "CEF:0|sinkfeed|sinkfeed|" SINKFEED_VERSION "|dns-sinkhole|DNS query, sinkhole|6|rt=1790000000123 externalId=" +
          event_id(sunk()) +
          " src=10.0.0.7 spt=5353 proto=UDP app=DNS act=sinkhole dhost=talk.google.com cs1=A cs1Label=QueryType "
          "cs2=NOERROR cs2Label=ResponseCode cs3=192.0.2.1 cs3Label=Answers cs4=google-talk: suffix talk.google.com "
          "(core) cs4Label=Rule cs5=policy cs5Label=Origin cn1=42 cn1Label=LatencyMicroseconds cn2=15 "
          "cn2Label=ExtendedError");
  EXPECT_THAT(cef_event(passed(), 100), HasSubstr(" c6a2=2001:db8::7 c6a2Label=Source IPv6 Address "));
  EXPECT_THAT(cef_event(gap(), 100), HasSubstr("|records-lost|Records are missing|7|"));
}

TEST(Cef, NoValueEndsBeforeItsEnd) {
  QueryRecord r = sunk();
  r.name = name("a=b\\|c\\\\d\\010e.example");
  r.rule = "one=1\ntwo\r|\\";
  const std::string event = cef_event(r, 100);
  EXPECT_THAT(event, HasSubstr("dhost=a\\=b|c\\\\\\\\d\\\\010e.example "));
  EXPECT_THAT(event, HasSubstr("cs4=one\\=1\\ntwo\\r|\\\\ "));
  EXPECT_THAT(event, Not(HasSubstr("\n")));
}

TEST(Leef, AnEventIsAsQRadarReadsIt) {
  EXPECT_EQ(leef_event(sunk(), 100),
            "LEEF:2.0|sinkfeed|sinkfeed|" SINKFEED_VERSION "|dns-sinkhole|x09|devTime=1790000000123\tsev=6\tid=" +
                event_id(sunk()) +
                "\tcat=sinkhole\tsrc=10.0.0.7\tsrcPort=5353\tproto=UDP\tquery=talk.google.com\t"
                "queryType=A\tresponseCode=NOERROR\tanswers=192.0.2.1\tpolicy=google-talk: suffix "
                "talk.google.com (core)\torigin=policy\tede=15\tlatencyUs=42");
  QueryRecord r = sunk();
  r.rule = "a\tsrc=1.2.3.4\nb";
  EXPECT_THAT(leef_event(r, 100), HasSubstr("\tpolicy=a src=1.2.3.4 b\t"));
}

TEST(Syslog, AMessageIsOfRfc5424) {
  const SyslogWriter writer(EventFormat::leef, "ns 1.example", 812);
  EXPECT_THAT(writer.datagram(sunk()),
              StartsWith("<133>1 2026-09-21T14:13:20.123456Z ns_1.example sinkfeed 812 dns-sinkhole - LEEF:2.0|"));
  EXPECT_THAT(SyslogWriter(EventFormat::ecs, "", 1).datagram(passed()),
              StartsWith("<134>1 2026-09-21T14:13:20.123456Z - sinkfeed 1 dns-pass - {"));
  EXPECT_THAT(writer.datagram(gap()), StartsWith("<132>1 "));
  std::string framed;
  writer.append_framed(framed, sunk());
  writer.append_framed(framed, gap());
  const std::size_t first = std::stoul(framed);
  EXPECT_EQ(framed.substr(framed.find(' ') + 1, first), writer.datagram(sunk()));
  EXPECT_EQ(std::stoul(framed.substr(framed.find(' ') + 1 + first)), writer.datagram(gap()).size());
}

TEST(Syslog, ADatagramIsAWholeEventHoweverLongTheRecord) {
  for (const EventFormat format : {EventFormat::ecs, EventFormat::cef, EventFormat::leef}) {
    const SyslogWriter writer(format, std::string(300, 'h'), 4'194'304);
    const std::string text = writer.datagram(monstrous());
    EXPECT_LE(text.size(), SyslogWriter::kDatagram) << event_format_name(format);
    if (format == EventFormat::ecs) {
      const auto event = boost::json::parse(text.substr(text.find('{')));
      EXPECT_TRUE(event.at_pointer("/dns/answers").as_array().empty());
      EXPECT_GT(event.at_pointer("/sinkfeed/answers_left_out").to_number<int>(), 90);
    }
    std::string framed;
    writer.append_framed(framed, monstrous());
    EXPECT_GT(framed.size(), 3000U) << "over TCP nothing is left out";
  }
  QueryRecord many = passed();
  for (int i = 0; i < 100; ++i) add_address(many, "198.51.100.3");
  const std::string text = SyslogWriter(EventFormat::ecs, "h", 1).datagram(many);
  const auto event = boost::json::parse(text.substr(text.find('{')));
  const std::size_t kept = event.at_pointer("/dns/answers").as_array().size();
  EXPECT_GT(kept, 5U) << "as many as there is room for";
  EXPECT_EQ(kept + event.at_pointer("/sinkfeed/answers_left_out").to_number<std::size_t>(), 103U);
}

TEST(EventId, IsTheSameForTheSameQueryAlone) {
  EXPECT_EQ(event_id(sunk()), event_id(sunk()));
  QueryRecord later = sunk();
  later.time += std::chrono::microseconds(1);
  EXPECT_NE(event_id(later), event_id(sunk()));
  EXPECT_NE(event_id(passed()), event_id(sunk()));
}

}  // namespace
}  // namespace sinkfeed
