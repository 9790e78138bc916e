#include "config/port_holder.hpp"

#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <system_error>

namespace sinkfeed {

namespace {

constexpr std::string_view kTcpListening = "0A", kUdpBound = "07";

// The socket inodes bound to `port`, from /proc/net/{tcp,tcp6,udp,udp6}: "sl local_address rem_address st … inode".
std::set<std::string> sockets_on(bool tcp, std::uint16_t port) {
  std::set<std::string> inodes;
  for (const char* suffix : {"", "6"}) {
    std::ifstream table(std::string("/proc/net/") + (tcp ? "tcp" : "udp") + suffix);
    std::string line;
    std::getline(table, line);  // the heading
    while (std::getline(table, line)) {
      std::istringstream fields(line);
      std::string slot, local, remote, state, queues, timer, retransmits, user, timeout, inode;
      fields >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> user >> timeout >> inode;
      const std::size_t colon = local.rfind(':');
      if (colon == std::string::npos || state != (tcp ? kTcpListening : kUdpBound)) continue;
      unsigned number = 0;
      std::from_chars(local.data() + colon + 1, local.data() + local.size(), number, 16);
      if (number == port) inodes.insert("socket:[" + inode + "]");
    }
  }
  return inodes;
}

std::string process_name(const std::filesystem::path& process) {
  std::ifstream file(process / "comm");
  std::string name;
  std::getline(file, name);
  return name;
}

}  // namespace

std::string port_holder(bool tcp, std::uint16_t port) {
  const std::set<std::string> sockets = sockets_on(tcp, port);
  if (sockets.empty()) return "";
  std::error_code error;
  for (const auto& process : std::filesystem::directory_iterator("/proc", error)) {
    const std::string id = process.path().filename().string();
    if (id.find_first_not_of("0123456789") != std::string::npos) continue;
    // Processes come and go, and others' descriptors may not be read: both are passed over.
    for (std::filesystem::directory_iterator descriptor(process.path() / "fd", error), end; !error && descriptor != end;
         descriptor.increment(error)) {
      std::error_code unreadable;
      const std::filesystem::path target = std::filesystem::read_symlink(descriptor->path(), unreadable);
      if (!unreadable && sockets.contains(target.string()))
        return process_name(process.path()) + " (process " + id + ")";
    }
  }
  return "";
}

}  // namespace sinkfeed
