#include "store/name_merge.hpp"

#include <utility>

#include "store/name_records.hpp"

namespace sinkfeed {

namespace {

class NamesMerge final : public rocksdb::AssociativeMergeOperator {
 public:
  // A damaged record gives way to one that can be read: what it knew is seen again, what it would block is not.
  bool Merge(const rocksdb::Slice&, const rocksdb::Slice* existing, const rocksdb::Slice& value, std::string* merged,
             rocksdb::Logger*) const override {
    Need one, other;
    const bool has_one = existing && decode_need({existing->data(), existing->size()}, one);
    if (!has_one) {
      merged->assign(value.data(), value.size());
    } else if (!decode_need({value.data(), value.size()}, other)) {
      merged->assign(existing->data(), existing->size());
    } else {
      merge_need(one, other);
      *merged = encode_need(one);
    }
    return true;
  }
  const char* Name() const override { return "sinkfeed.names"; }
};

class OldNames final : public rocksdb::CompactionFilter {
 public:
  explicit OldNames(std::int64_t cut) : cut_(cut) {}
  bool Filter(int, const rocksdb::Slice&, const rocksdb::Slice& value, std::string*, bool*) const override {
    return is_old(value);
  }
  // A record that nothing was merged with yet.
  bool FilterMergeOperand(int, const rocksdb::Slice&, const rocksdb::Slice& operand) const override {
    return is_old(operand);
  }
  const char* Name() const override { return "sinkfeed.old-names"; }

 private:
  bool is_old(const rocksdb::Slice& value) const {
    Need need;
    return decode_need({value.data(), value.size()}, need) && need.last_seen.time_since_epoch().count() < cut_;
  }
  const std::int64_t cut_;
};

class OldNamesFactory final : public rocksdb::CompactionFilterFactory {
 public:
  explicit OldNamesFactory(std::shared_ptr<std::atomic<std::int64_t>> cut) : cut_(std::move(cut)) {}
  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context&) override {
    return std::make_unique<OldNames>(*cut_);
  }
  const char* Name() const override { return "sinkfeed.old-names"; }

 private:
  const std::shared_ptr<std::atomic<std::int64_t>> cut_;
};

}  // namespace

std::shared_ptr<rocksdb::MergeOperator> names_merge_operator() { return std::make_shared<NamesMerge>(); }

std::shared_ptr<rocksdb::CompactionFilterFactory> names_filter_factory(std::shared_ptr<std::atomic<std::int64_t>> cut) {
  return std::make_shared<OldNamesFactory>(std::move(cut));
}

}  // namespace sinkfeed
