#include "feed/commands/store_process.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace sinkfeed {

std::string store_process(const std::filesystem::path& store) {
  // RocksDB locks this file of its folder for as long as it is open for writing.
  const int file = ::open((store / "db" / "LOCK").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return "";
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  const bool is_known = fcntl(file, F_GETLK, &lock) == 0;
  ::close(file);
  if (!is_known || lock.l_type == F_UNLCK) return "";
  // A process of another container has no number here.
  return lock.l_pid > 0 ? "process " + std::to_string(lock.l_pid) : "another process";
}

}  // namespace sinkfeed
