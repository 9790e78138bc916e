// The page as files, and what the API has for it alone: who asks, the live state, what happened over time.
#include <boost/json/parse.hpp>

#include "feed/api_status.hpp"
#include "feed/live_status.hpp"
#include "feed/own_site.hpp"
#include "feed/passive_dns.hpp"
#include "feed/web_files.hpp"
#include "server.hpp"

namespace sinkfeed {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct Page : test::Server {
  std::string with(const std::string& target, const std::string& fields) const {
    return exchange("GET " + target + " HTTP/1.1\r\nConnection: close\r\n" + fields + "\r\n");
  }
};

TEST_F(Page, IsForThoseWhoReadHtml) {
  const std::string page = with("/", "Host: localhost\r\nAccept: text/html,*/*\r\n");
  EXPECT_THAT(page, AllOf(HasSubstr("200 OK"), HasSubstr("Content-Type: text/html"), HasSubstr("<!doctype html>")));
  EXPECT_THAT(page, AllOf(HasSubstr("default-src 'none'"), HasSubstr("frame-ancestors 'none'"), HasSubstr("nosniff")));
  EXPECT_THAT(page, Not(HasSubstr("unsafe-inline")));
  EXPECT_THAT(get("/"), AllOf(HasSubstr("Content-Type: text/plain"), HasSubstr("/feed/google-talk.FORMAT")));
}

TEST_F(Page, EveryFileOfItIsThereWithItsTypeAndItsTag) {
  EXPECT_NE(find_web_file("index.html"), nullptr);
  EXPECT_NE(find_web_file("chart.js"), nullptr);
  EXPECT_EQ(find_web_file("openapi.json"), nullptr);
  for (const WebFile& file : web_files()) {
    EXPECT_EQ(find_web_file(file.path), &file);
    const std::string path = "/page/" + std::string(file.path);
    const std::string answer = get(path);
    EXPECT_THAT(answer, HasSubstr("200 OK")) << path;
    EXPECT_THAT(answer, Not(HasSubstr("octet-stream"))) << path;
    const std::size_t tag = answer.find("ETag: ") + 6;
    const std::string etag = answer.substr(tag, answer.find('\r', tag) - tag);
    EXPECT_THAT(with(path, "Host: localhost\r\nIf-None-Match: " + etag + "\r\n"), HasSubstr("304 Not Modified"))
        << path;
  }
  EXPECT_THAT(get("/page/../routes.cpp"), HasSubstr("404"));
  EXPECT_THAT(get("/page/nothing.js"), HasSubstr("404"));
}

TEST_F(Page, IsPackedForThoseWhoTakeIt) {
  const std::string plain = get("/page/chart.js"),
                    packed = with("/page/chart.js", "Host: localhost\r\nAccept-Encoding: gzip\r\n");
  EXPECT_THAT(packed, HasSubstr("Content-Encoding: gzip"));
  EXPECT_LT(packed.size() * 2, plain.size());
}

TEST_F(Page, NeedsANetworkAndTheApiATokenBesides) {
  EXPECT_EQ(ask("/page/app.js", "10.1.2.3"), 200u);
  EXPECT_EQ(ask("/page/app.js", "198.51.100.1"), 403u);
  EXPECT_EQ(ask("/api/v1/whoami", "10.1.2.3"), 401u);
}

TEST_F(Page, KnowsWhoAsks) {
  const auto body = [](const std::string& answer) {
    return boost::json::parse(answer.substr(answer.find("\r\n\r\n") + 4));
  };
  const boost::json::value here = body(get("/api/v1/whoami"));
  EXPECT_EQ(here.at("how").as_string(), "machine");
  EXPECT_EQ(here.at("scopes").as_array().size(), 4u);
  EXPECT_TRUE(here.at("tokens").as_bool());
  const std::string token = *store->tokens->create("wall", {Scope::read, Scope::feed}, {}, "root").value();
  const boost::json::value there = boost::json::parse(*ask_with(token, "/api/v1/whoami").body);
  EXPECT_EQ(there.at("who").as_string(), "token wall");
  EXPECT_EQ(there.at("scopes"), boost::json::parse(R"(["feed","read"])"));
  EXPECT_FALSE(there.at("tokens").as_bool());
}

// DNS rebinding: a page of another site whose name was made to lead here.
TEST_F(Page, OfAnotherNameReadsNothing) {
  for (const char* host : {"localhost", "localhost:8053", "LOCALHOST", "127.0.0.1:8053", "[::1]:8053", "192.0.2.7"})
    EXPECT_THAT(with("/api/v1/status", std::string("Host: ") + host + "\r\n"), HasSubstr("200 OK")) << host;
  for (const char* host :
       {"evil.example", "evil.example:8053", "localhost.evil.example", "127.0.0.1.evil.example:80"}) {
    EXPECT_THAT(with("/api/v1/status", std::string("Host: ") + host + "\r\n"), HasSubstr("403 Forbidden")) << host;
    EXPECT_THAT(
        exchange(std::string("POST /api/v1/reload HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\nHost: ") +
                 host + "\r\n\r\n"),
        HasSubstr("403 Forbidden"))
        << host;
  }
  const std::string token = *store->tokens->create("wall", {Scope::read}, {}, "root").value();
  EXPECT_THAT(with("/api/v1/status", "Host: dns.example.com\r\nAuthorization: Bearer " + token + "\r\n"),
              HasSubstr("200 OK"))
      << "a page does not know the token";
}

TEST_F(Page, FollowsTheStateAsItChanges) {
  const int client = connect();
  const std::string request = "GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
  ASSERT_EQ(send(client, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  std::string text;
  char buffer[4096];
  const auto read_until = [&](const std::string& words) {
    while (text.find(words) == std::string::npos) {
      const ssize_t n = recv(client, buffer, sizeof buffer, 0);
      if (n <= 0) return false;
      text.append(buffer, static_cast<std::size_t>(n));
    }
    return true;
  };
  ASSERT_TRUE(read_until("event: status\ndata: {"));
  EXPECT_THAT(text, HasSubstr("Content-Type: text/event-stream"));
  see("74.125.140.125", "talk.google.com");
  const std::string generation = "\"generation\":" + std::to_string(store->ledger->current()->number);
  EXPECT_TRUE(read_until(generation));
  routes->stop();
  EXPECT_TRUE(read_until("\r\n0\r\n\r\n")) << "the stream ends whole";
  close(client);
}

TEST_F(Page, SeesWhatHappenedOverTime) {
  WorkerCounters& worker = store->counters.workers[0];
  WorkerCounters::add(worker.queries[query_place(Verdict::sinkhole, Transport::udp, 1)], 3);
  WorkerCounters::add(worker.latencies[latency_place(150)], 3);
  store->timeline->note(store->now());
  const boost::json::value body = call("timeline", {{"since", "1h"}});
  ASSERT_EQ(body.at("points").as_array().size(), 1u);
  const boost::json::value& point = body.at("points").at(0);
  EXPECT_EQ(point.at("queries").at("sinkhole").to_number<int>(), 3);
  EXPECT_EQ(point.at("latency_us").at("p50").to_number<int>(), 150);
  EXPECT_EQ(body.at("step").to_number<int>(), 60);
  EXPECT_EQ(call("timeline", {{"since", "30d"}}).at("step").to_number<int>(), 4 * 3600);
  EXPECT_EQ(call_api(*store, "timeline", {{"points", "1001"}}).status, 400u);
  EXPECT_EQ(call_api(*store, "timeline", {{"since", "1h"}, {"until", "2h"}}).status, 400u);
}

TEST_F(Page, SeesTheUpstreamServers) {
  const Endpoint upstream = store->configuration()->settings.upstream.servers.at(0);
  EXPECT_EQ(call("upstreams").at("upstreams").at(0).at("state").as_string(), "unknown");
  store->upstreams.of(upstream)->answered(1500);
  EXPECT_EQ(call("upstreams").at("upstreams").at(0).at("state").as_string(), "ok");
  EXPECT_EQ(call("upstreams").at("upstreams").at(0).at("latency_us").to_number<int>(), 1500);
  for (int i = 0; i < 2; i++) store->upstreams.of(upstream)->failed();
  EXPECT_EQ(call("upstreams").at("upstreams").at(0).at("state").as_string(), "avoided");
  EXPECT_THAT(get("/metrics"), AllOf(HasSubstr("sinkfeed_upstream_up{server=\"" + upstream.text() + "\"} 0"),
                                     HasSubstr("sinkfeed_upstream_server_failures_total{server=\"" + upstream.text())));
}

TEST_F(Page, FindsAddressesByNameAndNetwork) {
  see("74.125.140.125", "talk.google.com");
  see("74.125.141.125", "talk.l.google.com");
  const auto found = [&](const Parameters& parameters) {
    std::vector<std::string> addresses;
    const boost::json::value page = call("ips", parameters);
    for (const auto& entry : page.at("entries").as_array()) addresses.emplace_back(entry.at("address").as_string());
    return addresses;
  };
  EXPECT_THAT(found({{"name", "talk.google.com"}}), testing::ElementsAre("74.125.140.125"));
  EXPECT_THAT(found({{"name", "*.l.google.com"}}), testing::ElementsAre("74.125.141.125"));
  EXPECT_THAT(found({{"network", "74.125.141.0/24"}}), testing::ElementsAre("74.125.141.125"));
  EXPECT_EQ(call_api(*store, "ips", {{"network", "74.125.141.1/24"}}).status, 400u);
}

TEST_F(Page, AsksForGenerationsPageByPage) {
  see("74.125.140.125", "talk.google.com");
  see("74.125.141.125", "talk.google.com");
  std::vector<std::int64_t> numbers;
  for (Parameters parameters{{"limit", "1"}};;) {
    const boost::json::value page = call("generations", parameters);
    for (const auto& one : page.at("generations").as_array())
      numbers.push_back(one.at("number").to_number<std::int64_t>());
    if (!page.as_object().contains("next")) break;
    parameters["cursor"] = std::string(page.at("next").as_string());
  }
  EXPECT_EQ(numbers, (std::vector<std::int64_t>{3, 2, 1}));
}

TEST_F(Page, PassiveDnsIsALineForEachNameAndAddress) {
  see("74.125.140.125", "talk.google.com");
  see("74.125.140.125", "talk.google.com");
  see("2a00:1450::8b", "talk.google.com");
  const auto told = [&](const std::string& question) { return std::get<std::string>(passive_dns(*store, question)); };
  const std::string lines = told("talk.google.com");
  EXPECT_THAT(
      lines,
      StartsWith(
          R"({"rrname":"talk.google.com","rrtype":"A","rdata":"74.125.140.125","time_first":1800000000,"time_last":1800000000,"count":2,"sensor_id":"sinkfeed"})"
          "\n"));
  EXPECT_THAT(lines, HasSubstr(R"("rrtype":"AAAA","rdata":"2a00:1450::8b")"));
  EXPECT_EQ(told("*.google.com"), lines);
  EXPECT_EQ(told("google.com"), "");
  EXPECT_THAT(told("74.125.140.125"), HasSubstr("talk.google.com"));
  for (const char* wrong : {"", "74.125.0.0/16", "*talk*", "a..b"})
    EXPECT_TRUE(std::holds_alternative<ApiAnswer>(passive_dns(*store, wrong))) << wrong;
  EXPECT_THAT(get("/api/v1/passive-dns?q=talk.google.com"), HasSubstr("Content-Type: application/x-ndjson"));
  EXPECT_THAT(get("/api/v1/passive-dns?q="), HasSubstr("400 Bad Request"));
}

TEST_F(Page, LooksAtAFeedWithoutSubscribing) {
  see("74.125.140.125", "talk.google.com");
  EXPECT_THAT(with("/feed/google-talk.txt", "Host: localhost\r\nSinkfeed-Preview: 1\r\n"), HasSubstr("74.125.140.125"));
  EXPECT_EQ(call("subscribers").at("subscribers").as_array().size(), 0u);
  get("/feed/google-talk.txt");
  EXPECT_EQ(call("subscribers").at("subscribers").as_array().size(), 1u);
}

TEST_F(Page, AnswersOfTheApiArePackedForOtherMachines) {
  const std::string token = *store->tokens->create("wall", {Scope::read, Scope::feed}, {}, "root").value();
  HttpRequest request;
  request.method = "GET";
  request.path = "/api/v1/formats";
  request.authorization = "Bearer " + token;
  request.accept_encoding = "gzip";
  request.client = IpAddress::parse("10.1.2.3").value();
  request.server = IpAddress::parse("10.1.2.1").value();
  const HttpAnswer packed = routes->answer(request);
  EXPECT_THAT(packed.headers, testing::Contains(testing::Pair("Content-Encoding", "gzip")));
  request.accept_encoding = "";
  EXPECT_LT(packed.body->size() * 2, routes->answer(request).body->size());
}

TEST_F(Page, MetricsCountHowLongAnswersTook) {
  WorkerCounters::add(store->counters.workers[0].latencies[latency_place(150)], 2);
  WorkerCounters::add(store->counters.workers[1].latencies[latency_place(9'000'000)]);
  const std::string text = get("/metrics");
  EXPECT_THAT(text, HasSubstr("sinkfeed_response_seconds_bucket{le=\"0.0001\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("sinkfeed_response_seconds_bucket{le=\"0.0002\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("sinkfeed_response_seconds_bucket{le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("sinkfeed_build_info{version=\"" SINKFEED_VERSION "\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("sinkfeed_ips{profile=\"google-talk\",state=\"published\",family=\"4\"}"));
}

}  // namespace
}  // namespace sinkfeed
