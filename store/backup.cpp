#include "store/backup.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <mutex>
#include <system_error>

namespace sinkfeed {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDraft = ".being-made";

std::error_code sync_to_disk(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fsync(fd) != 0) {
    const std::error_code error(errno, std::generic_category());
    if (fd >= 0) close(fd);
    return error;
  }
  close(fd);
  return {};
}

std::error_code copy_rings(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_directories(to, error);
  for (fs::directory_iterator at(from, error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() != ".ring") continue;
    const fs::path copy = to / at->path().filename();
    fs::copy_file(at->path(), copy, error);
    // A worker that has gone takes its ring with it; all of that is in the database then.
    if (error == std::errc::no_such_file_or_directory)
      error.clear();
    else if (!error)
      error = sync_to_disk(copy);
    if (error) break;
  }
  return error ? error : sync_to_disk(to);
}

Result<void> make(const fs::path& store, const Database& database, const fs::path& draft) {
  // The rings first: a record that goes from a ring into a block meanwhile is then in both, and the ring's position in
  // the database says so. The other way round it would be in neither.
  if (const std::error_code error = copy_rings(store / "rings", draft / "rings"))
    return Problem{fmt::format("cannot copy the history rings to {}: {}", draft.string(), error.message())};
  return database.checkpoint(draft / "db");
}

}  // namespace

Result<fs::path> back_up(const fs::path& store, const Database& database, WallTime now) {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  const fs::path folder = store / "backups";
  const fs::path backup =
      folder / fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(now)));
  const fs::path draft = folder / kDraft;
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) fs::remove_all(draft, error);
  int backups = 0;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) backups++;
  if (error) return Problem{fmt::format("cannot make a backup in {}: {}", folder.string(), error.message())};
  if (backups >= kMostBackups)
    return Problem{
        fmt::format("{} has {} backups already: take away those that are kept elsewhere", folder.string(), backups)};
  if (fs::exists(backup)) return Problem{fmt::format("{} has just been made", backup.string())};
  if (auto made = make(store, database, draft); !made) {
    fs::remove_all(draft, error);
    return made.error();
  }
  fs::rename(draft, backup, error);
  if (!error) error = sync_to_disk(folder);
  if (error) return Problem{fmt::format("cannot finish the backup {}: {}", backup.string(), error.message())};
  return {boost::system::in_place_value, backup};
}

}  // namespace sinkfeed
