// Many subscribers that poll one feed, each once, on a connection of its own, evenly over a time: prints one line of
// JSON with how many got which status, and how long they waited from connecting to the end of the answer.
//
//   subscriber_load PORT PATH ETAG TOKENS COUNT SECONDS
//
// On loopback, each from an address of its own in 127/8. TOKENS: a file of bearer tokens, a line each, which are taken
// in turn; "-" for none. One thread that sleeps between its subscribers: what runs beside it on its core keeps the
// core.
#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr auto kPatience = std::chrono::seconds(20);  // after the last has begun

struct Subscriber {
  Clock::time_point began;
  std::string start_of_answer;  // as far as the status
  bool has_asked = false;
};

struct Load {
  sockaddr_in server{};
  std::string before_token, after_token;
  std::vector<std::string> tokens;
  int epoll = epoll_create1(0);
  std::vector<Subscriber> subscribers;
  std::vector<int> sockets;
  std::vector<double> waits_ms;
  std::map<std::string, int> statuses;

  void begin(std::size_t number) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sockets[number] = socket;
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(static_cast<std::uint32_t>(0x7F010001 + number));
    subscribers[number].began = Clock::now();
    epoll_event event{EPOLLOUT, {.u64 = number}};
    if (socket < 0 || bind(socket, reinterpret_cast<sockaddr*>(&own), sizeof own) < 0 ||
        (connect(socket, reinterpret_cast<sockaddr*>(&server), sizeof server) < 0 && errno != EINPROGRESS) ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) < 0)
      end(number, std::strerror(errno));
  }

  void end(std::size_t number, const std::string& status) {
    waits_ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - subscribers[number].began).count());
    statuses[status]++;
    if (sockets[number] >= 0) close(sockets[number]);
    sockets[number] = -1;
  }

  void ask(std::size_t number) {
    const std::string request = before_token + (tokens.empty() ? "" : tokens[number % tokens.size()]) + after_token;
    // A request is far smaller than what a socket holds.
    if (send(sockets[number], request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
      return end(number, std::strerror(errno));
    subscribers[number].has_asked = true;
    epoll_event event{EPOLLIN, {.u64 = number}};
    epoll_ctl(epoll, EPOLL_CTL_MOD, sockets[number], &event);
  }

  void read(std::size_t number) {
    static std::array<char, 1 << 18> bytes;
    const ssize_t count = recv(sockets[number], bytes.data(), bytes.size(), 0);
    if (count < 0) return errno == EAGAIN ? void() : end(number, std::strerror(errno));
    std::string& start = subscribers[number].start_of_answer;
    if (count == 0) return end(number, start.size() < 12 ? "none" : start.substr(9, 3));
    if (start.size() < 12) start.append(bytes.data(), std::min<std::size_t>(static_cast<std::size_t>(count), 12));
  }

  void run(double seconds) {
    const auto start = Clock::now();
    const auto due = [&](std::size_t number) {
      return start + std::chrono::duration_cast<Clock::duration>(
                         Seconds(seconds * static_cast<double>(number) / static_cast<double>(subscribers.size())));
    };
    const auto give_up = due(subscribers.size()) + kPatience;
    std::array<epoll_event, 256> events;
    for (std::size_t next = 0; waits_ms.size() < subscribers.size() && Clock::now() < give_up;) {
      const auto wait =
          next < subscribers.size() ? due(next) - Clock::now() : Clock::duration(std::chrono::milliseconds(100));
      const auto nanoseconds = std::max<std::int64_t>(std::chrono::nanoseconds(wait).count(), 0);
      const timespec timeout{nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
      const int count = epoll_pwait2(epoll, events.data(), events.size(), &timeout, nullptr);
      for (int i = 0; i < count; i++) {
        const std::size_t number = events[i].data.u64;
        subscribers[number].has_asked ? read(number) : ask(number);
      }
      while (next < subscribers.size() && due(next) <= Clock::now()) begin(next++);
    }
    for (std::size_t number = 0; number < subscribers.size(); number++)
      if (sockets[number] >= 0) end(number, "none");
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) return std::fputs("usage: subscriber_load PORT PATH ETAG TOKENS COUNT SECONDS\n", stderr), 2;
  Load load;
  load.server.sin_family = AF_INET;
  load.server.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[1])));
  load.server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (std::strcmp(argv[4], "-") != 0) {
    std::ifstream in(argv[4]);
    for (std::string token; in >> token;) load.tokens.push_back(token);
    if (load.tokens.empty()) return std::fprintf(stderr, "subscriber_load: no tokens in %s\n", argv[4]), 2;
  }
  load.before_token = std::string("GET ") + argv[2] + " HTTP/1.1\r\nHost: bench\r\nIf-None-Match: " + argv[3] +
                      "\r\nConnection: close\r\n" + (load.tokens.empty() ? "" : "Authorization: Bearer ");
  load.after_token = load.tokens.empty() ? "\r\n" : "\r\n\r\n";
  load.subscribers.resize(static_cast<std::size_t>(std::max(std::atoi(argv[5]), 1)));
  load.sockets.assign(load.subscribers.size(), -1);
  load.run(std::atof(argv[6]));
  std::sort(load.waits_ms.begin(), load.waits_ms.end());
  const auto quantile = [&](double q) {
    return load.waits_ms[static_cast<std::size_t>(q * static_cast<double>(load.waits_ms.size() - 1))];
  };
  std::string statuses;
  for (const auto& [status, count] : load.statuses)
    statuses += (statuses.empty() ? "\"" : ", \"") + status + "\": " + std::to_string(count);
  std::printf("{\"statuses\": {%s}, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"longest_ms\": %.3f}\n", statuses.c_str(),
              quantile(0.5), quantile(0.99), load.waits_ms.back());
}
