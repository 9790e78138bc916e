#include "feed/agent/last_good.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <iterator>
#include <system_error>

namespace sinkfeed {

namespace {

std::string message(int error) { return std::generic_category().message(error); }

// Whole and synced, or errno.
int write_file(const std::string& name, std::string_view bytes) {
  const int file = open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return errno;
  int error = 0;
  while (!bytes.empty() && !error) {
    const ssize_t n = write(file, bytes.data(), bytes.size());
    if (n < 0)
      error = errno;
    else
      bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  if (!error && fsync(file) != 0) error = errno;
  close(file);
  return error;
}

void sync_folder(const std::string& name) {
  const int folder = open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  fsync(folder);
  close(folder);
}

}  // namespace

Result<LastGood> LastGood::open(const std::filesystem::path& folder, const std::string& feed,
                                const std::optional<int>& family) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error && access(folder.c_str(), W_OK) != 0) error = std::error_code(errno, std::generic_category());
  if (error)
    return Problem{fmt::format("the last good list cannot be kept in {}: {}; --state says where", folder.string(),
                               error.message())};
  return LastGood(folder / (feed + (family ? fmt::format(".v{}", *family) : "") + ".list"), feed, family);
}

Result<std::optional<FollowedList>> LastGood::load() const {
  using Found = std::optional<FollowedList>;
  std::ifstream file(file_, std::ios::binary);
  if (!file) return Found();
  std::string head;
  std::getline(file, head);
  const std::string body{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const Problem unusable{fmt::format("{} is damaged, and is not used", file_.string())};
  const auto edition = read_edition(head, feed_);
  auto networks = read_list(body);
  if (!edition || !networks || list_digest(body) != edition->sha256 || networks->size() != edition->entries)
    return unusable;
  if (!check_list(*networks, {family_, std::nullopt})) return unusable;
  return Found(
      FollowedList{feed_, family_, edition->generation, edition->ports, std::move(*networks), edition->sha256});
}

Result<void> LastGood::save(const FollowedList& list) const {
  const boost::json::object head{{"type", "edition"},
                                 {"feed", list.feed},
                                 {"generation", list.generation},
                                 {"ports", boost::json::array(list.ports.begin(), list.ports.end())},
                                 {"entries", list.networks.size()},
                                 {"full_sha256", list.sha256}};
  const std::string next = fmt::format("{}.{}", file_.string(), getpid());
  int error = write_file(next, boost::json::serialize(head) + "\n" + text_of(list.networks));
  if (!error && rename(next.c_str(), file_.c_str()) != 0) error = errno;
  if (error) {
    unlink(next.c_str());
    return Problem{fmt::format("{} cannot be written: {}", file_.string(), message(error))};
  }
  sync_folder(file_.parent_path().string());
  return {};
}

}  // namespace sinkfeed
