// Asks a DNS server on loopback as fast as it answers, with a bounded number of questions under way, and prints one
// line of JSON: answers a second, questions lost, RCODEs, latency, and the CPU time that the server's process used for
// an answer (all its threads, user and system).
//
//   dns_load PORT QUESTIONS SECONDS SOCKETS WINDOW SERVER-PID [RATE]
//
// QUESTIONS: a file of lines "NAME TYPE". WINDOW: questions under way on each socket. RATE: questions a second in all;
// without it as fast as it goes. The first fifth of the time is warm-up and does not count.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr int kBatch = 64;
constexpr auto kGiveUp = std::chrono::milliseconds(300);  // without any answer: what is under way is lost

std::vector<std::string> read_questions(const char* file) {
  const std::map<std::string, std::uint8_t> types{{"A", 1}, {"AAAA", 28}, {"SRV", 33}, {"HTTPS", 65}};
  std::vector<std::string> questions;
  std::ifstream in(file);
  for (std::string name, type; in >> name >> type;) {
    std::string message("\0\0\1\0\0\1\0\0\0\0\0\0", 12);
    std::istringstream labels(name);
    for (std::string label; std::getline(labels, label, '.');) message += static_cast<char>(label.size()) + label;
    message += '\0';
    message += '\0';
    message += static_cast<char>(types.at(type));
    message += std::string("\0\1", 2);
    questions.push_back(message);
  }
  return questions;
}

// User and system time of a process, all threads, in seconds.
double cpu_seconds(int process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string line;
  std::getline(file, line);
  std::istringstream fields(line.substr(line.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; i++) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

struct Flow {
  int socket = -1;
  int under_way = 0;
  std::vector<Clock::time_point> asked = std::vector<Clock::time_point>(65536);  // by ID; zero: not under way
};

struct Load {
  std::vector<std::string> questions;
  std::vector<Flow> flows;
  std::size_t next = 0;
  std::uint16_t id = 0;
  int window = 0;
  double rate = 0;
  Clock::time_point started = Clock::now(), heard = started;
  double sent = 0;
  // Counted since the warm-up.
  long answers = 0, lost = 0;
  std::array<long, 16> rcodes{};
  std::vector<float> latencies_us;

  void ask(Flow& flow) {
    std::array<std::string, kBatch> messages;
    std::array<iovec, kBatch> parts;
    std::array<mmsghdr, kBatch> headers{};
    while (flow.under_way < window) {
      int count = std::min(window - flow.under_way, kBatch);
      if (rate > 0) count = std::min(count, static_cast<int>(Seconds(Clock::now() - started).count() * rate - sent));
      if (count <= 0) return;
      const auto now = Clock::now();
      for (int i = 0; i < count; i++) {
        while (flow.asked[++id] != Clock::time_point{}) {
        }
        messages[i] = questions[next++ % questions.size()];
        messages[i][0] = static_cast<char>(id >> 8), messages[i][1] = static_cast<char>(id);
        flow.asked[id] = now;
        parts[i] = {messages[i].data(), messages[i].size()};
        headers[i].msg_hdr = {nullptr, 0, &parts[i], 1, nullptr, 0, 0};
      }
      const int done = std::max(sendmmsg(flow.socket, headers.data(), static_cast<unsigned>(count), 0), 0);
      for (int i = done; i < count; i++)
        flow.asked[static_cast<std::uint8_t>(messages[i][0]) << 8 | static_cast<std::uint8_t>(messages[i][1])] = {};
      flow.under_way += done;
      sent += done;
      if (done < count) return;
    }
  }

  bool take(Flow& flow) {
    static std::array<std::array<std::uint8_t, 4096>, kBatch> packets;
    std::array<iovec, kBatch> parts;
    std::array<mmsghdr, kBatch> headers{};
    bool any = false;
    for (int count = kBatch; count == kBatch;) {
      for (int i = 0; i < kBatch; i++) {
        parts[i] = {packets[i].data(), packets[i].size()};
        headers[i].msg_hdr = {nullptr, 0, &parts[i], 1, nullptr, 0, 0};
      }
      count = recvmmsg(flow.socket, headers.data(), kBatch, MSG_DONTWAIT, nullptr);
      const auto now = Clock::now();
      for (int i = 0; i < count; i++) {
        Clock::time_point& asked = flow.asked[packets[i][0] << 8 | packets[i][1]];
        if (asked == Clock::time_point{}) continue;
        latencies_us.push_back(std::chrono::duration<float, std::micro>(now - asked).count());
        asked = {};
        flow.under_way--;
        answers++;
        rcodes[packets[i][3] & 15]++;
        any = true;
      }
    }
    return any;
  }

  void give_up() {
    for (Flow& flow : flows) {
      lost += flow.under_way;
      flow.under_way = 0;
      std::fill(flow.asked.begin(), flow.asked.end(), Clock::time_point{});
    }
  }

  void run_until(Clock::time_point end) {
    std::vector<pollfd> polled;
    for (const Flow& flow : flows) polled.push_back({flow.socket, POLLIN, 0});
    while (Clock::now() < end) {
      bool any = false;
      for (Flow& flow : flows) {
        ask(flow);
        any |= take(flow);
      }
      if (any) {
        heard = Clock::now();
        continue;
      }
      poll(polled.data(), polled.size(), rate > 0 ? 0 : 1);
      if (Clock::now() - heard > kGiveUp) give_up(), heard = Clock::now();
    }
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 7)
    return std::fputs("usage: dns_load PORT QUESTIONS SECONDS SOCKETS WINDOW SERVER-PID [RATE]\n", stderr), 2;
  Load load;
  load.questions = read_questions(argv[2]);
  if (load.questions.empty()) return std::fprintf(stderr, "dns_load: no questions in %s\n", argv[2]), 2;
  load.window = std::atoi(argv[5]);
  load.rate = argc > 7 ? std::atof(argv[7]) : 0;
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[1])));
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  load.flows.resize(static_cast<std::size_t>(std::atoi(argv[4])));
  for (Flow& flow : load.flows) {
    flow.socket = socket(AF_INET, SOCK_DGRAM, 0);
    const int buffer = 4 << 20;
    setsockopt(flow.socket, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    if (connect(flow.socket, reinterpret_cast<sockaddr*>(&server), sizeof server) < 0)
      return std::perror("dns_load: connect"), 1;
  }
  const Seconds whole(std::atof(argv[3]));
  const int process = std::atoi(argv[6]);
  load.latencies_us.reserve(4 << 20);
  load.started = load.heard = Clock::now();
  load.run_until(load.started + std::chrono::duration_cast<Clock::duration>(whole * 0.2));
  load.answers = load.lost = 0;
  load.rcodes = {};
  load.latencies_us.clear();
  const double cpu_before = cpu_seconds(process);
  const auto begin = Clock::now();
  load.run_until(begin + std::chrono::duration_cast<Clock::duration>(whole * 0.8));
  const double elapsed = Seconds(Clock::now() - begin).count(), cpu = cpu_seconds(process) - cpu_before;
  std::sort(load.latencies_us.begin(), load.latencies_us.end());
  const auto quantile = [&](double q) {
    return load.latencies_us.empty()
               ? 0.0F
               : load.latencies_us[static_cast<std::size_t>(q * static_cast<double>(load.latencies_us.size() - 1))];
  };
  const long answers = std::max(load.answers, 1L);
  std::printf(
      "{\"rate\": %.0f, \"lost\": %ld, \"cpu_us\": %.3f, \"cores\": %.2f, \"noerror\": %ld, \"nxdomain\": %ld, "
      "\"servfail\": %ld, \"refused\": %ld, "
      "\"p50_us\": %.0f, \"p99_us\": %.0f, \"max_us\": %.0f}\n",
      static_cast<double>(load.answers) / elapsed, load.lost, cpu * 1e6 / static_cast<double>(answers), cpu / elapsed,
      load.rcodes[0], load.rcodes[3], load.rcodes[2], load.rcodes[5], static_cast<double>(quantile(0.5)),
      static_cast<double>(quantile(0.99)), static_cast<double>(quantile(1)));
}
