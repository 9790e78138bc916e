// How RocksDB merges the records of the `names` column and drops old ones: for database_open.cpp alone.
#pragma once

#include <rocksdb/compaction_filter.h>
#include <rocksdb/merge_operator.h>

#include <atomic>
#include <cstdint>
#include <memory>

namespace sinkfeed {

std::shared_ptr<rocksdb::MergeOperator> names_merge_operator();
// Drops what was last seen before `cut` (µs since 1970), as it is at the time.
std::shared_ptr<rocksdb::CompactionFilterFactory> names_filter_factory(std::shared_ptr<std::atomic<std::int64_t>> cut);

}  // namespace sinkfeed
