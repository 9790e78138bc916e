#include "store/history_ring_mapping.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <system_error>

namespace sinkfeed {

using namespace ring_format;

namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int operator*() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

Problem cannot(std::string_view what, const std::filesystem::path& file, int error) {
  return Problem{
      fmt::format("cannot {} the history ring {}: {}", what, file.string(), std::generic_category().message(error))};
}

std::uint64_t header_checksum(const Header& header) { return XXH3_64bits(&header, offsetof(Header, checksum)); }

}  // namespace

Result<void> make_ring_file(const std::filesystem::path& file, std::uint64_t capacity) {
  const std::filesystem::path draft = file.string() + ".new";
  const Descriptor fd{::open(draft.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640)};
  if (!fd) return cannot("make", file, errno);
  const auto fail = [&](int error) {
    unlink(draft.c_str());
    return cannot(fmt::format("reserve {} bytes for", kHeaderBytes + capacity), file, error);
  };
  if (const int error = posix_fallocate(*fd, 0, static_cast<off_t>(kHeaderBytes + capacity))) return fail(error);
  Header header{};
  header.magic = kMagic;
  header.version = kVersion;
  header.capacity = capacity;
  if (getrandom(header.id.data(), header.id.size(), 0) != static_cast<ssize_t>(header.id.size())) return fail(errno);
  header.checksum = header_checksum(header);
  if (pwrite(*fd, &header, sizeof header, 0) != static_cast<ssize_t>(sizeof header)) return fail(errno);
  if (fsync(*fd) != 0) return fail(errno);
  if (rename(draft.c_str(), file.c_str()) != 0) return fail(errno);
  return {};
}

HistoryRing::Mapping::~Mapping() { munmap(header, size); }

Result<std::unique_ptr<HistoryRing::Mapping>> HistoryRing::Mapping::map(const std::filesystem::path& file,
                                                                        bool writable) {
  const Descriptor fd{::open(file.c_str(), (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC)};
  if (!fd) return cannot("open", file, errno);
  struct stat status {};
  if (fstat(*fd, &status) != 0) return cannot("read", file, errno);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const auto damaged = [&](std::string_view why) {
    return Problem{
        fmt::format("the history ring {} is damaged: {}; move it away to start a new one", file.string(), why)};
  };
  if (size < kHeaderBytes + kLeastCapacity) return damaged("it is too short");
  // Populated at once: the worker shall not meet a page fault for each page of its first lap.
  void* const at =
      mmap(nullptr, size, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED | (writable ? MAP_POPULATE : 0), *fd, 0);
  if (at == MAP_FAILED) return cannot("map", file, errno);
  const auto& header = *static_cast<const Header*>(at);
  const std::uint64_t written = header.written.load(), released = header.released.load();
  std::string_view why;
  if (header.magic != kMagic || header.checksum != header_checksum(header)) {
    why = "its header is not that of a ring";
  } else if (header.version != kVersion) {
    why = "it is of another version";
  } else if (!std::has_single_bit(header.capacity) || header.capacity > kMostCapacity ||
             size != kHeaderBytes + header.capacity) {
    why = "its size is not what its header says";
  } else if (released > written || written - released > header.capacity || written % 8 != 0 || released % 8 != 0) {
    why = "its positions contradict each other";
  }
  if (!why.empty()) {
    munmap(at, size);
    return damaged(why);
  }
  return std::make_unique<Mapping>(at, size, writable);
}

bool HistoryRing::Mapping::read_one(std::uint64_t& position, std::uint64_t end, RecordBody& body,
                                    const char*& texts) const {
  const std::uint64_t offset = position & mask, to_end = mask + 1 - offset, left = end - position;
  const char* const at = data + offset;
  RecordHead head;
  std::memcpy(&head, at, sizeof head);
  texts = nullptr;
  if (head.length == kWrap) {
    if (head.checksum != wrap_checksum(position) || to_end > left) return false;
    position += to_end;
    return true;
  }
  if (head.length < kShortestRecord || padded(head.length) > std::min(to_end, left)) return false;
  if (checksum(at + sizeof head, head.length - sizeof head, position) != head.checksum) return false;
  std::memcpy(&body, at + sizeof head, sizeof body);
  const std::size_t tail = (body.bits & kGap) != 0 ? sizeof(Loss)
                                                   : client_size(body.bits) + upstream_size(body.bits) +
                                                         body.name_length + body.rule_length + body.answers_length;
  if (kShortestRecord + tail != head.length) return false;
  if (body.verdict > static_cast<std::uint8_t>(Verdict::local) ||
      body.origin > static_cast<std::uint8_t>(Origin::policy)) {
    return false;
  }
  texts = at + kShortestRecord;
  position += padded(head.length);
  return true;
}

bool HistoryRing::Mapping::sync(std::uint64_t first, std::uint64_t last) const {
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  const std::uint64_t begin = first / page * page;
  return first == last || msync(data + begin, last - begin, MS_SYNC) == 0;
}

}  // namespace sinkfeed
