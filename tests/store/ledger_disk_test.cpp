// A full disk stops publishing and nothing else, and the ledger recovers from it by itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <fstream>

#include "tests/store/fixture.hpp"

namespace sinkfeed {
namespace {

using ledger_test::Folder;
using ledger_test::OpenLedger;
using ledger_test::seen;
using testing::HasSubstr;

// A file system that can be filled.
class SmallDisk {
 public:
  SmallDisk() { mounted_ = mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=64m") == 0; }
  ~SmallDisk() {
    if (mounted_) umount2(folder_.path().c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  const Folder& folder() const { return folder_; }
  void fill() {
    std::ofstream file(folder_.path() / "ballast", std::ios::binary);
    const std::string block(1 << 20, 'x');
    for (int i = 0; i < 128 && file.write(block.data(), static_cast<std::streamsize>(block.size())).flush(); i++) {
    }
  }
  void free() { std::filesystem::remove(folder_.path() / "ballast"); }

 private:
  Folder folder_;
  bool mounted_ = false;
};

TEST(Ledger, AFullDiskStopsNothingButPublishingAndLosesNothing) {
  SmallDisk disk;
  ASSERT_TRUE(disk.mounted()) << "this test mounts a tmpfs and needs root";
  OpenLedger ledger(disk.folder());
  disk.fill();
  // RocksDB reserves room for its log ahead of time: it takes some megabytes of addresses until it notices.
  int number = 0;
  while (ledger.health.problems().empty() && number < 400000) {
    std::vector<Observation> batch;
    for (int i = 0; i < 5000; i++, number++)
      batch.push_back(seen("74." + std::to_string(number / 62500) + "." + std::to_string(number / 250 % 250) + "." +
                           std::to_string(number % 250)));
    ledger->observe(std::move(batch), {});
    ledger->settle(std::chrono::milliseconds(1500));
  }
  EXPECT_THAT(ledger.health.problems()["store"], HasSubstr("No space left on device"));
  EXPECT_EQ(ledger->entries().size(), static_cast<std::size_t>(number) + 1) << "what was found is remembered";
  disk.free();
  EXPECT_TRUE(ledger->settle(std::chrono::seconds(30)));
  EXPECT_TRUE(ledger.health.problems().empty());
  EXPECT_EQ(ledger.published().size(), static_cast<std::size_t>(number) + 1);
}

}  // namespace
}  // namespace sinkfeed
