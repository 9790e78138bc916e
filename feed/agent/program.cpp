#include "feed/agent/program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <system_error>

namespace sinkfeed {

namespace {

constexpr int kPatience = 120'000;  // ms
constexpr const char* kFolders[] = {"/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/", "/usr/local/sbin/"};

std::string message(int error) { return std::generic_category().message(error); }

// Memory that is read and written as a file: whatever the sizes are, nobody waits for the other to read.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(memfd_create("sinkfeed-agent", MFD_CLOEXEC)) {}
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  int descriptor() const { return descriptor_; }

  bool fill(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t n = write(descriptor_, bytes.data(), bytes.size());
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return lseek(descriptor_, 0, SEEK_SET) == 0;
  }
  std::string text() const {
    std::string bytes;
    char piece[64 << 10];
    off_t at = 0;
    for (ssize_t n; (n = pread(descriptor_, piece, sizeof piece, at)) > 0; at += n)
      bytes.append(piece, static_cast<std::size_t>(n));
    return bytes;
  }

 private:
  int descriptor_;
};

std::string find(const std::string& name) {
  for (const std::string folder : kFolders) {
    if (access((folder + name).c_str(), X_OK) == 0) return folder + name;
  }
  return "";
}

}  // namespace

Result<ProgramEnd> run_program(const std::vector<std::string>& command, std::string_view input) {
  const std::string program = find(command.front());
  if (program.empty())
    return Problem{fmt::format("{0} is not installed; install the package that has it", command.front())};
  const MemoryFile in, out, err;
  if (in.descriptor() < 0 || out.descriptor() < 0 || err.descriptor() < 0 || !in.fill(input))
    return Problem{fmt::format("there is no memory to run {}", program)};
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  char language[] = "LC_ALL=C";
  char* const environment[] = {language, nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.descriptor(), 0);
  posix_spawn_file_actions_adddup2(&actions, out.descriptor(), 1);
  posix_spawn_file_actions_adddup2(&actions, err.descriptor(), 2);
  pid_t child = 0;
  const int error = posix_spawn(&child, program.c_str(), &actions, nullptr, arguments.data(), environment);
  posix_spawn_file_actions_destroy(&actions);
  if (error) return Problem{fmt::format("{} cannot be run: {}", program, message(error))};
  const int watch = static_cast<int>(syscall(SYS_pidfd_open, child, 0));
  pollfd ended{watch, POLLIN, 0};
  const bool is_late = watch >= 0 && poll(&ended, 1, kPatience) == 0;
  if (watch >= 0) close(watch);
  if (is_late) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (is_late) return Problem{fmt::format("{} did not end within two minutes", program)};
  if (!WIFEXITED(status)) return Problem{fmt::format("{} was killed by signal {}", program, WTERMSIG(status))};
  return ProgramEnd{WEXITSTATUS(status), out.text(), err.text()};
}

}  // namespace sinkfeed
