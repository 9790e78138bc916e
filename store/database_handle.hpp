// RocksDB itself, open: for database.cpp and database_open.cpp alone.
#pragma once

#include <rocksdb/db.h>

#include <array>
#include <filesystem>
#include <memory>

#include "store/database.hpp"

namespace sinkfeed {

// Closed with the last one who uses it.
struct Database::Handle {
  std::unique_ptr<rocksdb::DB> database;
  std::array<rocksdb::ColumnFamilyHandle*, kColumns> columns{};  // null: not there (read-only)
  rocksdb::ColumnFamilyHandle* default_column = nullptr;

  static Result<std::shared_ptr<Handle>> open(const std::filesystem::path& path, Mode mode, const NamesCut& names_cut);

  ~Handle() {
    if (!database) return;
    for (rocksdb::ColumnFamilyHandle* column : columns) {
      if (column) database->DestroyColumnFamilyHandle(column);
    }
    database->DestroyColumnFamilyHandle(default_column);
    // After a failed write this fails too, and says nothing new: what was promised is on disk.
    static_cast<void>(database->Close());
  }
};

}  // namespace sinkfeed
