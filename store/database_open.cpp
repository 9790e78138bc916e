// Opens the store, or says in a sentence why it cannot be opened.
#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <fstream>
#include <limits>
#include <sstream>
#include <system_error>

#include "store/database_handle.hpp"
#include "store/name_merge.hpp"
#include "store/records.pb.h"

namespace sinkfeed {

namespace {

constexpr std::array<const char*, kColumns> kColumnNames{"ledger",        "changes", "names",         "history",
                                                         "history_index", "meta",    "history_names", "chain"};
constexpr std::size_t kBlockCache = 32 << 20;
constexpr std::size_t kWriteBuffer = 8 << 20;
constexpr std::size_t kUnusedWriteBuffer = 64 << 10;
constexpr int kOpenFiles = 256;

// RocksDB's own log, which would be a file on the disk that may be full: only errors are told, to the program's log.
class Log final : public rocksdb::Logger {
 public:
  Log() : rocksdb::Logger(rocksdb::InfoLogLevel::ERROR_LEVEL) {}
  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    char line[512];
    if (std::vsnprintf(line, sizeof line, format, arguments) > 0) spdlog::error("store: RocksDB: {}", line);
  }
};

// Recovery is ours (Database::resume): RocksDB's own does not bring a broken log writer back.
class NoRecovery final : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* automatic) override {
    *automatic = false;
  }
};

rocksdb::Options options_for_database() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.paranoid_checks = true;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.max_open_files = kOpenFiles;
  options.max_background_jobs = 2;
  options.max_total_wal_size = 16 << 20;
  options.info_log = std::make_shared<Log>();
  options.listeners.push_back(std::make_shared<NoRecovery>());
  // Flushing and compacting can wait; clients cannot.
  for (const auto pool : {rocksdb::Env::Priority::LOW, rocksdb::Env::Priority::HIGH})
    options.env->LowerThreadPoolCPUPriority(pool, rocksdb::CpuPriority::kLow);
  return options;
}

rocksdb::ColumnFamilyOptions options_for(Column column, const std::shared_ptr<rocksdb::Cache>& cache,
                                         const std::shared_ptr<std::atomic<std::int64_t>>& names_cut) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = kWriteBuffer;
  // Blocks of history are compressed already; the ledger is read as a whole at each start, and LZ4 unpacks faster.
  options.compression = column == Column::history  ? rocksdb::kNoCompression
                        : column == Column::ledger ? rocksdb::kLZ4Compression
                                                   : rocksdb::kZSTD;
  if (column == Column::history_names) {
    // A filter is a few hundred kilobytes in pieces that stand all over the column: with the usual sizes of levels
    // every fourth would have all of them written again.
    options.compression = rocksdb::kNoCompression;  // there is nothing to gain
    options.max_bytes_for_level_base = 8 << 20;
    options.target_file_size_base = 2 << 20;
  }
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  if (column == Column::names) {
    options.merge_operator = names_merge_operator();
    options.compaction_filter_factory = names_filter_factory(names_cut);
  }
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

// Who holds RocksDB's lock file, as " (process N)"; empty if the kernel does not say.
std::string lock_holder(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat((path / "LOCK").c_str(), &status) != 0) return "";
  // As in proc(5): device major and minor in hexadecimal, inode in decimal.
  const std::string file = fmt::format("{:02x}:{:02x}:{}", major(status.st_dev), minor(status.st_dev), status.st_ino);
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    std::istringstream fields(line);
    std::string number, kind, mode, access, process, where;
    if (fields >> number >> kind >> mode >> access >> process >> where && where == file)
      return " (process " + process + ")";
  }
  return "";
}

bool says(const rocksdb::Status& status, std::string_view words) {
  return status.ToString().find(words) != std::string::npos;
}

Problem open_problem(const std::filesystem::path& path, const rocksdb::Status& status) {
  const std::string where = path.string() + ": ";
  if (status.IsNoSpace()) return {where + "no space left on device; free some and start again"};
  // RocksDB has no code of its own for a lock that is held, only these words (env/fs_posix.cc).
  if (says(status, "While lock file") || says(status, "lock hold by current process"))
    return {where + "is open in another sinkfeed" + lock_holder(path) +
            "; stop that one, or give this one its own folder with --state"};
  if (says(status, "Permission denied"))
    return {where + "no permission to open this store; run as the user who owns it, or give another --state"};
  if (status.IsCorruption())
    return {where + "the store is damaged (" + status.ToString() +
            "); restore a backup, or move the folder away to start anew"};
  return {where + "cannot open the store: " + status.ToString()};
}

// Looks whether there is a store. True: there is; false: the folder holds none.
Result<bool> find_store(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::exists(path / "CURRENT", error)) return true;
  if (error) return Problem{path.string() + ": cannot look for a store here: " + error.message()};
  if (!std::filesystem::exists(path, error)) return false;
  // RocksDB would make an empty store over the files of one that has lost its CURRENT, and delete them.
  for (std::filesystem::directory_iterator file(path, error), end; !error && file != end; file.increment(error)) {
    const std::string kind = file->path().extension().string();
    if (kind == ".sst" || kind == ".log")
      return Problem{path.string() +
                     ": the store is damaged (its file CURRENT is missing); restore a backup, or move the folder away "
                     "to start anew"};
  }
  if (error) return Problem{path.string() + ": cannot look for a store here: " + error.message()};
  return false;
}

// The schema record alone, read without writing anything and without knowing the store's other columns: a newer store
// may have more of them. Nothing to say if it cannot be read this way: opening in full tells why.
std::optional<Problem> newer_schema(const std::filesystem::path& path) {
  rocksdb::Options options;
  options.max_open_files = kOpenFiles;
  std::vector<rocksdb::ColumnFamilyHandle*> columns;
  rocksdb::DB* opened = nullptr;
  if (!rocksdb::DB::OpenForReadOnly(options, path.string(), {{rocksdb::kDefaultColumnFamilyName, {}}, {"meta", {}}},
                                    &columns, &opened)
           .ok())
    return std::nullopt;
  const std::unique_ptr<rocksdb::DB> database(opened);
  std::string value;
  records::Schema schema;
  const bool is_read = database->Get({}, columns[1], "schema", &value).ok() && schema.ParseFromString(value);
  for (rocksdb::ColumnFamilyHandle* column : columns) database->DestroyColumnFamilyHandle(column);
  if (!is_read || schema.version() <= kSchemaVersion) return std::nullopt;
  return Problem{path.string() + ": this store was written by a newer sinkfeed (schema " +
                 std::to_string(schema.version()) + "; this one knows " + std::to_string(kSchemaVersion) +
                 "). Run the newer version, or give another --state"};
}

}  // namespace

Result<std::shared_ptr<Database::Handle>> Database::Handle::open(const std::filesystem::path& path, Mode mode,
                                                                 const NamesCut& names_cut) {
  const auto cache = rocksdb::NewLRUCache(kBlockCache);
  // RocksDB wants a default column; nothing is kept in it.
  rocksdb::ColumnFamilyOptions unused;
  unused.write_buffer_size = kUnusedWriteBuffer;
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors{{rocksdb::kDefaultColumnFamilyName, unused}};
  // What an older release has not made yet cannot be made by who only reads: it is empty for him.
  std::vector<std::string> there(kColumnNames.begin(), kColumnNames.end());
  if (mode == Mode::read_only) {
    const rocksdb::Status listed = rocksdb::DB::ListColumnFamilies(options_for_database(), path.string(), &there);
    if (!listed.ok()) return open_problem(path, listed);
  }
  std::vector<int> numbers;
  for (int i = 0; i < kColumns; i++) {
    if (std::find(there.begin(), there.end(), kColumnNames[i]) == there.end()) continue;
    descriptors.emplace_back(kColumnNames[i], options_for(static_cast<Column>(i), cache, names_cut));
    numbers.push_back(i);
  }
  std::vector<rocksdb::ColumnFamilyHandle*> columns;
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status =
      mode == Mode::read_write
          ? rocksdb::DB::Open(options_for_database(), path.string(), descriptors, &columns, &opened)
          : rocksdb::DB::OpenForReadOnly(options_for_database(), path.string(), descriptors, &columns, &opened);
  if (!status.ok()) return open_problem(path, status);
  auto handle = std::make_shared<Handle>();
  handle->database.reset(opened);
  handle->default_column = columns[0];
  for (std::size_t i = 0; i < numbers.size(); i++) handle->columns[numbers[i]] = columns[i + 1];
  return handle;
}

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& path, Mode mode) {
  if (mode == Mode::read_write) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) return Problem{path.string() + ": cannot make the store's folder: " + error.message()};
    if (access(path.c_str(), W_OK) != 0)
      return Problem{path.string() +
                     ": no permission to write here; run as the user who owns it, or give another --state"};
  }
  const auto found = find_store(path);
  if (!found) return found.error();
  if (mode == Mode::read_only && !*found)
    return Problem{path.string() + ": there is no store here; has the daemon run with this --state?"};
  if (*found) {
    if (auto newer = newer_schema(path)) return *std::move(newer);
  }
  auto names_cut = std::make_shared<std::atomic<std::int64_t>>(std::numeric_limits<std::int64_t>::min());
  auto handle = Handle::open(path, mode, names_cut);
  if (!handle) return handle.error();
  std::unique_ptr<Database> database(new Database(path, mode, std::move(names_cut), std::move(*handle)));

  const auto stored = database->get(Column::meta, "schema");
  if (!stored) return stored.error();
  records::Schema schema;
  if (*stored) {
    if (!schema.ParseFromString(**stored))
      return Problem{path.string() + ": the store's schema record is damaged; restore a backup"};
  }
  if (mode == Mode::read_write && schema.version() < kSchemaVersion) {
    schema.set_version(kSchemaVersion);
    schema.set_written_by(SINKFEED_VERSION);
    Batch batch;
    batch.put(Column::meta, "schema", schema.SerializeAsString());
    if (const auto written = database->write(batch); !written) return written.error();
  }
  return database;
}

}  // namespace sinkfeed
