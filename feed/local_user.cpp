#include "feed/local_user.hpp"

#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>

#include <charconv>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <vector>

namespace sinkfeed {

namespace {

template <class Number>
std::optional<Number> read_number(std::string_view text, int base) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "0100007F:1F75": 32-bit words of the address as this machine holds them, then the port.
std::optional<Endpoint> read_endpoint(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon != 8 && colon != 32) return std::nullopt;
  const auto port = read_number<std::uint16_t>(text.substr(colon + 1), 16);
  in6_addr bytes{};
  for (std::size_t i = 0; i < colon / 8; i++) {
    const auto word = read_number<std::uint32_t>(text.substr(i * 8, 8), 16);
    if (!word) return std::nullopt;
    std::memcpy(bytes.s6_addr + i * 4, &*word, 4);
  }
  if (!port) return std::nullopt;
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = bytes;
  if (colon == 32) return Endpoint{IpAddress::from(reinterpret_cast<const sockaddr&>(address)), *port};
  return Endpoint{IpAddress::v4(std::span<const std::uint8_t, 4>(bytes.s6_addr, 4)), *port};
}

// The user id of the socket from `local` to `remote` in one table: "sl local rem st queues timer retransmits uid
// timeout inode".
std::optional<uid_t> user_in(const char* table, const Endpoint& local, const Endpoint& remote) {
  std::ifstream file(table);
  std::string line;
  std::getline(file, line);  // the heading
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string slot, from, to, state, queues, timer, retransmits, user, timeout, inode;
    fields >> slot >> from >> to >> state >> queues >> timer >> retransmits >> user >> timeout >> inode;
    if (read_endpoint(from) != local || read_endpoint(to) != remote) continue;
    if (inode.empty() || inode == "0") return std::nullopt;  // nobody has it any more
    return read_number<uid_t>(user, 10);
  }
  return std::nullopt;
}

std::string user_name(uid_t id) {
  std::vector<char> buffer(16 << 10);
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(id, &entry, buffer.data(), buffer.size(), &found) == 0 && found) return found->pw_name;
  return "user " + std::to_string(id);
}

}  // namespace

std::string local_user(const Endpoint& client, const Endpoint& server) {
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    if (const auto id = user_in(table, client, server)) return user_name(*id);
  }
  return "";
}

}  // namespace sinkfeed
