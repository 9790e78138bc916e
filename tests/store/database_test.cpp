// The database's promises: what is written stays, and each way in which opening can fail is one clear sentence.
#include "store/database.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <map>

#include "store/records.pb.h"
#include "tests/store/fixture.hpp"

namespace sinkfeed {
namespace {

using ledger_test::Folder;
using ledger_test::OpenLedger;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string problem_of_opening(const std::filesystem::path& path, Database::Mode mode = Database::Mode::read_write) {
  const auto opened = Database::open(path, mode);
  return opened ? "" : opened.error().what;
}

std::vector<std::string> keys_of(const Database& database, Column column, std::string_view from, std::string_view to,
                                 bool descending = false) {
  std::vector<std::string> keys;
  const auto scanned = database.scan(
      column, from, to,
      [&](std::string_view key, std::string_view) {
        keys.emplace_back(key);
        return true;
      },
      descending);
  EXPECT_TRUE(scanned.has_value());
  return keys;
}

TEST(Database, ASecondDaemonOnTheSameFolderIsToldWhoHasIt) {
  const Folder folder;
  OpenLedger first(folder);
  const auto second = Database::open(folder.path() / "db", Database::Mode::read_write);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().what, HasSubstr("is open in another sinkfeed"));
}

TEST(Database, AStoreOfANewerSchemaIsRefusedAndLeftAlone) {
  const Folder folder;
  {
    const auto database = Database::open(folder.path() / "db", Database::Mode::read_write).value();
    records::Schema schema;
    schema.set_version(7);
    Database::Batch batch;
    batch.put(Column::meta, "schema", schema.SerializeAsString());
    ASSERT_TRUE(database->write(batch).has_value());
  }
  const auto newer = Database::open(folder.path() / "db", Database::Mode::read_write);
  ASSERT_FALSE(newer);
  EXPECT_THAT(newer.error().what, HasSubstr("schema 7; this one knows 2"));
}

TEST(Database, ReadingAStoreThatIsNotThereSaysSo) {
  const Folder folder;
  const auto database = Database::open(folder.path() / "db", Database::Mode::read_only);
  ASSERT_FALSE(database);
  EXPECT_THAT(database.error().what, HasSubstr("there is no store here"));
}

TEST(Database, DropsARangeOfKeys) {
  const Folder folder;
  const auto database = Database::open(folder.path() / "db", Database::Mode::read_write).value();
  Database::Batch batch;
  for (const char* key : {"a", "b", "c", "d"}) batch.put(Column::history, key, "value");
  ASSERT_TRUE(database->write(batch).has_value());
  ASSERT_TRUE(database->drop_range(Column::history, "a", "c").has_value());
  std::string left;
  ASSERT_TRUE(database
                  ->scan(Column::history, "", "",
                         [&](std::string_view key, std::string_view) {
                           left += key;
                           return true;
                         })
                  .has_value());
  EXPECT_EQ(left, "cd");
}

TEST(Database, NamesTheProcessThatHasItOpen) {
  const Folder folder;
  const auto path = folder.path() / "blocked-by-lock" / "db";
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    // A bare lock as RocksDB takes it: nothing of RocksDB runs in the fork.
    std::filesystem::create_directories(path);
    std::ofstream(path / "CURRENT") << "MANIFEST-000001\n";
    const int file = open((path / "LOCK").c_str(), O_RDWR | O_CREAT, 0644);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    const char state = fcntl(file, F_SETLK, &lock) == 0 ? 'y' : 'n';
    if (write(ready[1], &state, 1) == 1) pause();
    _exit(0);
  }
  char state = 0;
  ASSERT_EQ(read(ready[0], &state, 1), 1);
  ASSERT_EQ(state, 'y');
  const std::string problem = problem_of_opening(path);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(ready[0]);
  close(ready[1]);
  EXPECT_THAT(problem, HasSubstr("is open in another sinkfeed"));
  EXPECT_THAT(problem, HasSubstr("(process " + std::to_string(child) + ")"));
  EXPECT_THAT(problem_of_opening(path), Not(HasSubstr("another sinkfeed"))) << "a path with the word lock in it";
}

TEST(Database, AStoreOfANewerSchemaWithUnknownColumnsIsRefusedForItsSchema) {
  const Folder folder;
  const auto path = folder.path() / "db";
  {
    const auto database = Database::open(path, Database::Mode::read_write).value();
    records::Schema schema;
    schema.set_version(7);
    Database::Batch batch;
    batch.put(Column::meta, "schema", schema.SerializeAsString());
    ASSERT_TRUE(database->write(batch).has_value());
  }
  {
    std::vector<std::string> names;
    ASSERT_TRUE(rocksdb::DB::ListColumnFamilies({}, path.string(), &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> columns;
    for (const std::string& name : names) columns.emplace_back(name, rocksdb::ColumnFamilyOptions());
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* opened = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open({}, path.string(), columns, &handles, &opened).ok());
    const std::unique_ptr<rocksdb::DB> database(opened);
    rocksdb::ColumnFamilyHandle* more = nullptr;
    ASSERT_TRUE(database->CreateColumnFamily({}, "of-the-future", &more).ok());
    handles.push_back(more);
    for (rocksdb::ColumnFamilyHandle* handle : handles) database->DestroyColumnFamilyHandle(handle);
  }
  for (const auto mode : {Database::Mode::read_write, Database::Mode::read_only})
    EXPECT_THAT(problem_of_opening(path, mode), HasSubstr("schema 7; this one knows 2"));
}

TEST(Database, AStoreThatLostItsCurrentFileIsNotMadeAnewOverItsFiles) {
  const Folder folder;
  const auto path = folder.path() / "db";
  { OpenLedger ledger(folder); }
  std::filesystem::remove(path / "CURRENT");
  EXPECT_THAT(problem_of_opening(path), HasSubstr("CURRENT is missing"));
}

TEST(Database, ADamagedManifestIsCalledDamage) {
  const Folder folder;
  const auto path = folder.path() / "db";
  { OpenLedger ledger(folder); }
  for (const auto& file : std::filesystem::directory_iterator(path)) {
    if (file.path().filename().string().starts_with("MANIFEST"))
      std::ofstream(file.path(), std::ios::binary | std::ios::trunc) << std::string(200, 'x');
  }
  EXPECT_THAT(problem_of_opening(path), HasSubstr("the store is damaged"));
}

TEST(Database, AFolderThatCannotBeMadeSaysWhy) {
  const Folder folder;
  std::ofstream(folder.path() / "file") << "not a folder";
  EXPECT_THAT(problem_of_opening(folder.path() / "file" / "db"), HasSubstr("cannot make the store's folder"));
}

TEST(Database, WithoutPermissionItSaysSo) {
  const Folder folder;
  { OpenLedger ledger(folder); }
  ASSERT_EQ(geteuid(), 0u) << "this test gives up root's rights in a child and needs to be root";
  for (const auto mode : {Database::Mode::read_write, Database::Mode::read_only}) {
    int told[2];
    ASSERT_EQ(pipe(told), 0);
    std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
    const pid_t child = fork();
    if (child == 0) {
      if (setgid(65534) != 0 || setuid(65534) != 0) _exit(1);
      const std::string problem = problem_of_opening(folder.path() / "db", mode);
      _exit(write(told[1], problem.data(), problem.size()) > 0 ? 0 : 1);
    }
    close(told[1]);
    std::string problem(1000, '\0');
    problem.resize(static_cast<std::size_t>(std::max<ssize_t>(read(told[0], problem.data(), problem.size()), 0)));
    close(told[0]);
    waitpid(child, nullptr, 0);
    EXPECT_THAT(problem, HasSubstr("ermission")) << "as the system says it or as we do";
    EXPECT_THAT(problem, Not(HasSubstr("there is no store")));
  }
}

TEST(Database, ReadingLeavesTheStoresFilesAsTheyAre) {
  const Folder folder;
  { OpenLedger ledger(folder); }
  const auto files = [&] {
    std::map<std::string, std::filesystem::file_time_type> found;
    for (const auto& file : std::filesystem::directory_iterator(folder.path() / "db"))
      found[file.path().filename().string()] = file.last_write_time();
    return found;
  };
  const auto before = files();
  EXPECT_EQ(problem_of_opening(folder.path() / "db", Database::Mode::read_only), "");
  EXPECT_EQ(files(), before) << "a running daemon's log must not be moved away under it";
}

TEST(Database, ScansARangeInBothDirections) {
  const Folder folder;
  const auto database = Database::open(folder.path() / "db", Database::Mode::read_write).value();
  Database::Batch batch;
  for (const char* key : {"a", "b", "c", "d"}) batch.put(Column::meta, key, "value");
  ASSERT_TRUE(database->write(batch).has_value());
  EXPECT_THAT(keys_of(*database, Column::meta, "b", "d"), ElementsAre("b", "c"));
  EXPECT_THAT(keys_of(*database, Column::meta, "b", "d", true), ElementsAre("c", "b"));
  EXPECT_THAT(keys_of(*database, Column::meta, "c", "e"), ElementsAre("c", "d"));
  EXPECT_THAT(keys_of(*database, Column::ledger, "", ""), ElementsAre());
}

TEST(Database, ABatchOfSeveralColumnsIsThereAfterReopening) {
  const Folder folder;
  {
    const auto database = Database::open(folder.path() / "db", Database::Mode::read_write).value();
    Database::Batch batch;
    batch.put(Column::ledger, "key", "one");
    batch.put(Column::changes, "key", "two");
    batch.put(Column::names, "gone", "three");
    batch.remove(Column::names, "gone");
    ASSERT_TRUE(database->write(batch).has_value());
  }
  const auto database = Database::open(folder.path() / "db", Database::Mode::read_only).value();
  EXPECT_EQ(database->get(Column::ledger, "key").value(), "one");
  EXPECT_EQ(database->get(Column::changes, "key").value(), "two");
  EXPECT_EQ(database->get(Column::names, "gone").value(), std::nullopt);
}

}  // namespace
}  // namespace sinkfeed
