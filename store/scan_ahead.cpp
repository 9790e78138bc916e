#include "store/scan_ahead.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace sinkfeed {

namespace {

constexpr std::size_t kBlockBytes = 1 << 20, kBlocks = 4;

// Rows one after the other, each with the lengths of its key and value before it.
struct Block {
  std::string bytes;
  void append(std::string_view key, std::string_view value) {
    for (const std::size_t size : {key.size(), value.size()})
      bytes.append(reinterpret_cast<const char*>(&size), sizeof size);
    bytes.append(key).append(value);
  }
  // False if `visit` wants no more.
  bool visit_all(const Database::Visit& visit) const {
    for (std::string_view rest = bytes; !rest.empty();) {
      std::size_t sizes[2];
      rest.copy(reinterpret_cast<char*>(sizes), sizeof sizes);
      rest.remove_prefix(sizeof sizes);
      if (!visit(rest.substr(0, sizes[0]), rest.substr(sizes[0], sizes[1]))) return false;
      rest.remove_prefix(sizes[0] + sizes[1]);
    }
    return true;
  }
};

class Blocks {
 public:
  // False: nobody wants more.
  bool push(Block block) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return blocks_.size() < kBlocks || closed_; });
    if (closed_) return false;
    blocks_.push_back(std::move(block));
    changed_.notify_all();
    return true;
  }
  // False: there are no more.
  bool pop(Block& block) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !blocks_.empty() || ended_; });
    if (blocks_.empty()) return false;
    block = std::move(blocks_.front());
    blocks_.pop_front();
    changed_.notify_all();
    return true;
  }
  void end() { set(ended_); }
  void close() { set(closed_); }

 private:
  void set(bool& what) {
    const std::lock_guard lock(mutex_);
    what = true;
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Block> blocks_;
  bool ended_ = false, closed_ = false;
};

}  // namespace

Result<void> scan_ahead(const Database& database, Column column, const Database::Visit& visit) {
  Blocks blocks;
  Result<void> scanned;
  std::jthread reader([&] {
    Block block;
    scanned = database.scan(column, "", "", [&](std::string_view key, std::string_view value) {
      block.append(key, value);
      return block.bytes.size() < kBlockBytes || blocks.push(std::exchange(block, {}));
    });
    if (!block.bytes.empty()) blocks.push(std::move(block));
    blocks.end();
  });
  Block block;
  while (blocks.pop(block) && block.visit_all(visit)) {
  }
  blocks.close();
  reader.join();
  return scanned;
}

}  // namespace sinkfeed
