#include "store/database.hpp"

#include <fcntl.h>
#include <rocksdb/convenience.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "store/database_handle.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kReadAhead = 1 << 20;  // of a column that is gone through as a whole
constexpr off_t kRoomToResume = 16 << 20;
constexpr auto kReaderPoll = std::chrono::milliseconds(5);
constexpr auto kReaderPatience = std::chrono::seconds(5);

constexpr std::size_t at(Column column) { return static_cast<std::size_t>(column); }

Problem problem(const char* doing, const std::filesystem::path& path, const rocksdb::Status& status) {
  return {std::string("cannot ") + doing + " " + path.string() + ": " +
          (status.IsNoSpace() ? "No space left on device" : status.ToString())};
}

// Whether a write buffer's worth of data fits: with less, the next write would soon fail again.
bool has_room(const std::filesystem::path& path) {
  const std::string probe = (path / "room").string();
  const int file = ::open(probe.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0) return false;
  const bool fits = posix_fallocate(file, 0, kRoomToResume) == 0;
  ::close(file);
  ::unlink(probe.c_str());
  return fits;
}

}  // namespace

Database::Database(std::filesystem::path path, Mode mode, NamesCut names_cut, std::shared_ptr<Handle> handle)
    : path_(std::move(path)), mode_(mode), names_cut_(std::move(names_cut)), handle_(std::move(handle)) {}

Database::~Database() = default;

void Database::Batch::put(Column column, std::string key, std::string value) {
  operations_.push_back({Kind::put, column, std::move(key), std::move(value)});
}

void Database::Batch::remove(Column column, std::string key) {
  operations_.push_back({Kind::remove, column, std::move(key), {}});
}

void Database::Batch::merge(Column column, std::string key, std::string value) {
  operations_.push_back({Kind::merge, column, std::move(key), std::move(value)});
}

Result<std::shared_ptr<Database::Handle>> Database::handle() const {
  const std::lock_guard lock(mutex_);
  if (!handle_) return Problem{"the store " + path_.string() + " is being opened again after an error; try again soon"};
  return handle_;
}

Problem Database::broken(Problem problem) {
  const std::lock_guard lock(mutex_);
  broken_ = true;
  return problem;
}

Result<void> Database::write(const Batch& batch) {
  const auto handle = this->handle();
  if (!handle) return handle.error();
  {
    const std::lock_guard lock(mutex_);
    if (broken_) return Problem{"cannot write to " + path_.string() + ": an earlier write failed"};
  }
  rocksdb::WriteBatch writes;
  for (const Batch::Operation& operation : batch.operations_) {
    rocksdb::ColumnFamilyHandle* column = (*handle)->columns[at(operation.column)];
    const rocksdb::Status status =
        operation.kind == Batch::Kind::put     ? writes.Put(column, operation.key, operation.value)
        : operation.kind == Batch::Kind::merge ? writes.Merge(column, operation.key, operation.value)
                                               : writes.Delete(column, operation.key);
    if (!status.ok()) return problem("prepare a write to", path_, status);
  }
  rocksdb::WriteOptions options;
  options.sync = true;
  if (const rocksdb::Status status = (*handle)->database->Write(options, &writes); !status.ok())
    return broken(problem("write to", path_, status));
  return {};
}

Result<void> Database::resume() {
  const std::lock_guard one_at_a_time(resuming_);
  {
    const std::lock_guard lock(mutex_);
    if (!broken_ && handle_) return {};
  }
  if (!has_room(path_)) return Problem{"cannot write to " + path_.string() + ": No space left on device"};
  // RocksDB's lock on the folder goes with the last reader of the old handle.
  std::weak_ptr<Handle> old;
  {
    const std::lock_guard lock(mutex_);
    old = handle_;
    handle_.reset();
  }
  for (auto waited = std::chrono::milliseconds(0); !old.expired(); waited += kReaderPoll) {
    if (waited >= kReaderPatience) {
      const std::lock_guard lock(mutex_);
      if ((handle_ = old.lock())) return Problem{"cannot open " + path_.string() + " again while it is being read"};
    }
    std::this_thread::sleep_for(kReaderPoll);
  }
  auto opened = Handle::open(path_, mode_, names_cut_);
  if (!opened) return opened.error();
  const std::lock_guard lock(mutex_);
  handle_ = std::move(*opened);
  broken_ = false;
  return {};
}

Result<std::optional<std::string>> Database::get(Column column, std::string_view key) const {
  const auto handle = this->handle();
  if (!handle) return handle.error();
  if (!(*handle)->columns[at(column)]) return std::optional<std::string>{};
  std::string value;
  const rocksdb::Status status =
      (*handle)->database->Get({}, (*handle)->columns[at(column)], {key.data(), key.size()}, &value);
  if (status.IsNotFound()) return std::optional<std::string>{};
  if (!status.ok()) return problem("read", path_, status);
  return std::optional<std::string>{std::move(value)};
}

Result<void> Database::scan(Column column, std::string_view from, std::string_view to, const Visit& visit,
                            bool descending) const {
  const auto handle = this->handle();
  if (!handle) return handle.error();
  if (!(*handle)->columns[at(column)]) return {};
  rocksdb::ReadOptions options;
  options.fill_cache = false;  // what is gone through once must not drive out what is asked for again and again
  if (from.empty() && to.empty() && !descending) options.readahead_size = kReadAhead;
  const rocksdb::Slice lower(from.data(), from.size()), upper(to.data(), to.size());
  if (!from.empty()) options.iterate_lower_bound = &lower;
  if (!to.empty()) options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> iterator(
      (*handle)->database->NewIterator(options, (*handle)->columns[at(column)]));
  for (descending ? iterator->SeekToLast() : iterator->SeekToFirst(); iterator->Valid();
       descending ? iterator->Prev() : iterator->Next()) {
    if (!visit({iterator->key().data(), iterator->key().size()}, {iterator->value().data(), iterator->value().size()}))
      return {};
  }
  if (!iterator->status().ok()) return problem("read", path_, iterator->status());
  return {};
}

Result<void> Database::drop_range(Column column, std::string_view from, std::string_view to) {
  const auto handle = this->handle();
  if (!handle) return handle.error();
  const rocksdb::Slice lower(from.data(), from.size()), upper(to.data(), to.size());
  rocksdb::ColumnFamilyHandle* family = (*handle)->columns[at(column)];
  rocksdb::Status status = rocksdb::DeleteFilesInRange((*handle)->database.get(), family, &lower, &upper, false);
  if (status.ok()) status = (*handle)->database->DeleteRange({}, family, lower, upper);
  if (!status.ok()) return broken(problem("drop old records of", path_, status));
  return {};
}

Result<bool> Database::drop_some(Column column, std::string_view from, std::string_view to, std::size_t most_files) {
  std::string last;  // of the files that go now
  {
    const auto handle = this->handle();
    if (!handle) return handle.error();
    rocksdb::ColumnFamilyHandle* family = (*handle)->columns[at(column)];
    rocksdb::ColumnFamilyMetaData files;
    (*handle)->database->GetColumnFamilyMetaData(family, &files);
    std::vector<std::string> ends;
    for (const auto& level : files.levels) {
      if (level.level == 0) continue;  // those stay, as they may hold anything
      for (const auto& file : level.files) {
        if (file.smallestkey >= from && file.largestkey < to && !file.being_compacted) ends.push_back(file.largestkey);
      }
    }
    if (ends.size() > most_files) {
      std::nth_element(ends.begin(), ends.begin() + static_cast<std::ptrdiff_t>(most_files) - 1, ends.end());
      last = ends[most_files - 1] + '\0';
      const rocksdb::Slice lower(from.data(), from.size()), upper(last);
      const rocksdb::Status status =
          rocksdb::DeleteFilesInRange((*handle)->database.get(), family, &lower, &upper, false);
      if (!status.ok()) return broken(problem("drop old records of", path_, status));
      return false;
    }
  }
  if (auto dropped = drop_range(column, from, to); !dropped) return dropped.error();
  return true;
}

Result<void> Database::checkpoint(const std::filesystem::path& to) const {
  const auto handle = this->handle();
  if (!handle) return handle.error();
  rocksdb::Checkpoint* made = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create((*handle)->database.get(), &made);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  if (status.ok()) status = checkpoint->CreateCheckpoint(to.string());
  if (!status.ok()) return problem("copy the database to", to, status);
  return {};
}

Result<void> Database::compact(Column column) {
  const auto handle = this->handle();
  if (!handle) return handle.error();
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  const rocksdb::Status status =
      (*handle)->database->CompactRange(options, (*handle)->columns[at(column)], nullptr, nullptr);
  if (!status.ok()) return broken(problem("compact", path_, status));
  return {};
}

std::uint64_t Database::bytes_on_disk() const {
  std::uint64_t sum = 0;
  for (int column = 0; column < kColumns; column++) sum += bytes_on_disk(static_cast<Column>(column));
  return sum;
}

std::uint64_t Database::bytes_on_disk(Column column) const {
  const auto handle = this->handle();
  std::uint64_t bytes = 0;
  if (!handle) return 0;
  if (!(*handle)->columns[at(column)]) return 0;
  (*handle)->database->GetIntProperty((*handle)->columns[at(column)], rocksdb::DB::Properties::kTotalSstFilesSize,
                                      &bytes);
  return bytes;
}

}  // namespace sinkfeed
