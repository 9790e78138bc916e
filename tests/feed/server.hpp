// A store with the routes and a server on a free port.
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "../store/history_samples.hpp"
#include "feed/api.hpp"
#include "feed/http_server.hpp"

namespace sinkfeed::test {

struct Server : testing::Test {
  Server() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sinkfeed-feed-XXXXXX").string();
    folder = mkdtemp(pattern.data());
    configuration = load_configuration(std::filesystem::path(SINKFEED_SOURCE) / "config/sinkfeed.toml").value();
    configuration.settings.store.path = folder;
    start_up();
  }
  void start_up() {
    store = Store::open(configuration, Database::Mode::read_write, 1, clock).value();
    snapshots = std::make_unique<Snapshots>(store->ledger->current(), entries_of(*store->ledger));
    store->ledger->subscribe(*snapshots);
    events = std::make_unique<FeedEvents>(*store, kHeartbeat);
    store->ledger->subscribe(*events);
    routes = std::make_unique<Routes>(
        *store, *snapshots, *events,
        DaemonCalls{[this] { return reload(); }, [this] { return settings_check; },
                    [](const DnsName& name, std::uint16_t type) { return query(name, type); }});
    server = HttpServer::open({{Endpoint{IpAddress::parse("127.0.0.1").value(), 0}}}, *routes).value();
    server->start();
  }
  void shut_down() {
    server.reset();
    events->stop();
    routes.reset();
    store.reset();
  }
  void restart() {
    shut_down();
    start_up();
  }
  ~Server() override {
    shut_down();
    std::filesystem::remove_all(folder);
  }

  int connect(int receive_buffer = 0) const {
    const int client = socket(AF_INET, SOCK_STREAM, 0);
    if (receive_buffer) setsockopt(client, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(server->endpoints().at(0).port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(client, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    const timeval patience{30, 0};
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return client;
  }
  // What the server sends until it closes, or for half a minute.
  static std::string all_of(int client) {
    std::string text;
    char buffer[4096];
    for (ssize_t n; (n = recv(client, buffer, sizeof buffer, 0)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
    close(client);
    return text;
  }
  std::string exchange(const std::string& request) const {
    const int client = connect();
    EXPECT_EQ(send(client, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
    return all_of(client);
  }
  std::string get(const std::string& target, const std::string& method = "GET") const {
    return exchange(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  }
  std::string post(const std::string& target, const std::string& body, const std::string& headers = "") const {
    return exchange(
        fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n"
                    "Content-Type: application/json\r\n{}\r\n{}",
                    target, body.size(), headers, body));
  }
  // The answer to another machine that shows this token.
  HttpAnswer ask_with(const std::string& token, const std::string& path, const std::string& body = "") const {
    HttpRequest request;
    request.method = body.empty() ? "GET" : "POST";
    request.path = path;
    request.body = body;
    request.content_type = "application/json; charset=utf-8";
    if (!token.empty()) request.authorization = "Bearer " + token;
    request.client = IpAddress::parse("10.1.2.3").value();
    request.server = IpAddress::parse("10.1.2.1").value();
    return routes->answer(request);
  }
  // The status of an answer to this client, without a connection.
  unsigned ask(const std::string& path, std::string_view client, std::string_view at = "192.0.2.1") const {
    HttpRequest request;
    request.method = "GET";
    request.path = path;
    request.client = IpAddress::parse(client).value();
    request.server = IpAddress::parse(at).value();
    return routes->answer(request).status;
  }
  void see(std::string_view address, std::string_view name) {
    const DnsName target = DnsName::parse(name).value();
    store->ledger->observe({{"google-talk",
                             target,
                             target,
                             IpAddress::parse(address).value(),
                             {VantageKind::upstream, "192.0.2.53:53"},
                             clock.wall()}},
                           {});
    ASSERT_TRUE(store->ledger->settle(std::chrono::seconds(5)));
  }
  bool push(QueryRecord record, int second) {
    record.time = clock.wall() + std::chrono::seconds(second);
    return store->history->ring(0).push(entry_of(record));
  }
  // What the daemon would do on POST /api/v1/reload.
  Result<std::vector<std::string>> reload() {
    if (!refusal.empty()) return Problem{refusal};
    return std::vector<std::string>{"dns", "profile google-talk"};
  }
  // What the daemon would ask itself over DNS.
  static Result<boost::json::object> query(const DnsName& name, std::uint16_t type) {
    if (name.text() == "silent.example") return Problem{"no answer from 127.0.0.1:53"};
    return boost::json::object{{"name", name.text()}, {"type", type_name(type)}};
  }
  boost::json::value call(std::string_view what, const Parameters& parameters = {}) {
    const ApiAnswer answer = call_api(*store, what, parameters);
    EXPECT_EQ(answer.status, 200u);
    return answer.body;
  }

  std::filesystem::path folder;
  Configuration configuration;
  ManualClock clock{WallTime{std::chrono::seconds{1'800'000'000}}};
  std::unique_ptr<Store> store;
  std::string refusal;
  SettingsCheck settings_check{"sinkfeed.toml", {"google-talk"}, {"dns"}, ""};
  std::unique_ptr<Snapshots> snapshots;
  static constexpr std::chrono::milliseconds kHeartbeat{200};
  std::unique_ptr<FeedEvents> events;
  std::unique_ptr<Routes> routes;
  std::unique_ptr<HttpServer> server;
};

}  // namespace sinkfeed::test
