// SPDX-License-Identifier: Apache-2.0
// WASI: files below the directories that the guest was given, and no way out of them.
#include <sys/stat.h>
#include <unistd.h>

#include <set>

#include "wasi_guest.hpp"

namespace wasmcore {
namespace {

constexpr const char* kProbe = "probe.wasm";
constexpr uint32_t kCreat = 1, kDirectory = 2, kExcl = 4, kTrunc = 8;
constexpr uint64_t kRead = 1u << 1, kSeek = 1u << 2, kTell = 1u << 5, kWrite = 1u << 6, kAll = ~0ull;
constexpr uint32_t kDir = 3;

// tree/ is the guest's; secret is beside it.
class WasiFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_ / "tree/sub");
    folder_.write("secret", "secret");
    folder_.write("tree/file", "0123456789");
    folder_.write("tree/sub/inner", "inner");
    std::filesystem::create_symlink("../secret", folder_ / "tree/up");
    std::filesystem::create_symlink("/etc/hostname", folder_ / "tree/absolute");
    std::filesystem::create_symlink("..", folder_ / "tree/parent");
    std::filesystem::create_symlink("sub/inner", folder_ / "tree/inside");
    std::filesystem::create_symlink("/proc/self/root/etc/hostname", folder_ / "tree/magic");
  }
  void start(bool read_only = false) {
    guest_.dir(folder_ / "tree", "/data", read_only);
    guest_.start(kProbe);
  }

  HostFolder folder_;
  Guest guest_;
};

TEST_F(WasiFiles, PreopenedDirectoriesAreNamed) {
  start();
  ASSERT_EQ(guest_.call("fd_prestat_get", {kDir, 8}), kOk);
  EXPECT_EQ(guest_.u32(8), 0u);
  EXPECT_EQ(guest_.u32(12), 5u);
  ASSERT_EQ(guest_.call("fd_prestat_dir_name", {kDir, 101, 5}), kOk);
  EXPECT_EQ(guest_.text(101, 5), "/data");
  EXPECT_EQ(guest_.call("fd_prestat_dir_name", {kDir, 101, 4}), kNameTooLong);
  EXPECT_EQ(guest_.call("fd_prestat_get", {1, 8}), kBadf);
  EXPECT_EQ(guest_.call("fd_prestat_get", {4, 8}), kBadf);
}

TEST_F(WasiFiles, NoPathLeadsOut) {
  start();
  for (const char* path : {"../secret", "sub/../../secret", "/etc/hostname", "up", "absolute",
                           "parent/secret", "magic", "..", "parent", "sub/../..", "./../tree/file"}) {
    EXPECT_EQ(guest_.open(kDir, path, 0, kRead), kNotCapable) << path;
    EXPECT_EQ(guest_.open(kDir, path, kCreat | kTrunc, kRead | kWrite), kNotCapable) << path;
    EXPECT_EQ(guest_.stat(kDir, path), kNotCapable) << path;
  }
  for (const char* path : {"../new", "sub/../../new", "/tmp/new", "parent/new"}) {
    EXPECT_EQ(guest_.on_path("path_create_directory", kDir, path), kNotCapable) << path;
    EXPECT_EQ(guest_.open(kDir, path, kCreat, kWrite), kNotCapable) << path;
    EXPECT_EQ(guest_.rename(kDir, "file", kDir, path), kNotCapable) << path;
    EXPECT_EQ(guest_.link(kDir, "file", kDir, path), kNotCapable) << path;
    EXPECT_EQ(guest_.symlink("file", kDir, path), kNotCapable) << path;
  }
  for (const char* path : {"../secret", "parent/secret", "/etc/hostname", ".."}) {
    EXPECT_EQ(guest_.on_path("path_unlink_file", kDir, path), kNotCapable) << path;
    EXPECT_EQ(guest_.on_path("path_remove_directory", kDir, path), kNotCapable) << path;
    EXPECT_EQ(guest_.rename(kDir, path, kDir, "mine"), kNotCapable) << path;
    EXPECT_EQ(guest_.link(kDir, path, kDir, "mine"), kNotCapable) << path;
  }
  EXPECT_EQ(guest_.symlink("/etc/hostname", kDir, "mine"), kNotCapable);
  EXPECT_EQ(folder_.read("secret"), "secret");
  EXPECT_FALSE(folder_.exists("new"));
  EXPECT_EQ(folder_.read("tree/file"), "0123456789");
}

TEST_F(WasiFiles, AGuestsOwnLinkLeadsNowhereElse) {
  start();
  ASSERT_EQ(guest_.symlink("../secret", kDir, "mine"), kOk);
  EXPECT_EQ(guest_.open(kDir, "mine", 0, kRead), kNotCapable);
  ASSERT_EQ(guest_.open(kDir, "sub", kDirectory, kAll), kOk);
  uint32_t sub = guest_.opened();
  EXPECT_EQ(guest_.open(sub, "inner", 0, kRead), kOk);
  EXPECT_EQ(guest_.open(sub, "../file", 0, kRead), kNotCapable) << "a directory is the root of what it opens";
}

TEST_F(WasiFiles, LinksInsideAreFollowedIfAsked) {
  start();
  ASSERT_EQ(guest_.open(kDir, "inside", 0, kRead), kOk);
  ASSERT_EQ(guest_.read(guest_.opened(), 100), kOk);
  EXPECT_EQ(guest_.got(), "inner");
  EXPECT_EQ(guest_.open(kDir, "inside", 0, kRead, 0), kLoop);
  ASSERT_EQ(guest_.stat(kDir, "inside", 0), kOk);
  EXPECT_EQ(guest_.get<uint8_t>(256 + 16), 7u) << "a symbolic link";
  ASSERT_EQ(guest_.stat(kDir, "inside", 1), kOk);
  EXPECT_EQ(guest_.get<uint8_t>(256 + 16), 4u) << "a file";
  Guest::Place p = guest_.path("up");
  ASSERT_EQ(guest_.call("path_readlink", {kDir, p.address, p.size, 1024, 100, Guest::kResult}), kOk);
  EXPECT_EQ(guest_.got(), "../secret");
  ASSERT_EQ(guest_.call("path_readlink", {kDir, p.address, p.size, 1024, 2, Guest::kResult}), kOk);
  EXPECT_EQ(guest_.got(), "..");
  p = guest_.path("file");
  EXPECT_EQ(guest_.call("path_readlink", {kDir, p.address, p.size, 1024, 100, Guest::kResult}), kInval);
}

TEST_F(WasiFiles, StrangePaths) {
  start();
  EXPECT_EQ(guest_.open(kDir, "", 0, kRead), kNoEnt);
  EXPECT_EQ(guest_.open(kDir, std::string_view("fi\0le", 5), 0, kRead), kInval);
  EXPECT_EQ(guest_.open(kDir, std::string(4097, 'x'), 0, kRead), kNameTooLong);
  EXPECT_EQ(guest_.on_path("path_create_directory", kDir, std::string(300, 'x')), kNameTooLong);
  EXPECT_EQ(guest_.on_path("path_create_directory", kDir, "with/slash/"), kNoEnt);
  EXPECT_EQ(guest_.on_path("path_create_directory", kDir, "slash//"), kOk);
  EXPECT_TRUE(folder_.exists("tree/slash"));
  EXPECT_EQ(guest_.on_path("path_unlink_file", kDir, "file/"), kNotDir);
  EXPECT_EQ(guest_.on_path("path_unlink_file", kDir, "slash/"), kIsDir);
  EXPECT_EQ(guest_.on_path("path_unlink_file", kDir, "slash"), kIsDir);
  EXPECT_EQ(guest_.on_path("path_remove_directory", kDir, "slash/"), kOk);
  EXPECT_EQ(guest_.on_path("path_remove_directory", kDir, "."), kInval);
  EXPECT_EQ(guest_.on_path("path_unlink_file", 1, "file"), kNotCapable) << "not a directory";
  ASSERT_EQ(guest_.open(kDir, ".", kDirectory, kAll), kOk);
}

TEST_F(WasiFiles, ReadOnlyDirectoriesStayAsTheyAre) {
  start(true);
  EXPECT_EQ(guest_.open(kDir, "file", 0, kRead | kWrite), kRofs);
  EXPECT_EQ(guest_.open(kDir, "file", kTrunc, kRead), kRofs);
  EXPECT_EQ(guest_.open(kDir, "new", kCreat, kRead), kRofs);
  for (const char* name : {"path_create_directory", "path_unlink_file", "path_remove_directory"}) {
    EXPECT_EQ(guest_.on_path(name, kDir, "file"), kRofs) << name;
  }
  EXPECT_EQ(guest_.rename(kDir, "file", kDir, "new"), kRofs);
  EXPECT_EQ(guest_.link(kDir, "file", kDir, "new"), kRofs);
  EXPECT_EQ(guest_.symlink("file", kDir, "new"), kRofs);
  Guest::Place p = guest_.path("file");
  EXPECT_EQ(guest_.call("path_filestat_set_times", {kDir, 0, p.address, p.size, 0, 0, 10}), kRofs);
  ASSERT_EQ(guest_.open(kDir, "file", 0, kAll & ~(kWrite | (1ull << 8) | (1ull << 22))), kOk);
  uint32_t file = guest_.opened();
  EXPECT_EQ(guest_.write(file, "x"), kRofs);
  EXPECT_EQ(guest_.call("fd_filestat_set_size", {file, 0}), kRofs);
  EXPECT_EQ(guest_.call("fd_filestat_set_times", {file, 0, 0, 10}), kRofs);
  EXPECT_EQ(guest_.call("fd_allocate", {file, 0, 100}), kRofs);
  ASSERT_EQ(guest_.read(file, 4), kOk);
  EXPECT_EQ(guest_.got(), "0123");
  ASSERT_EQ(guest_.open(kDir, "sub", kDirectory, kAll), kOk);
  EXPECT_EQ(guest_.on_path("path_unlink_file", guest_.opened(), "inner"), kRofs) << "and everything below";
  EXPECT_EQ(folder_.read("tree/file"), "0123456789");
}

TEST_F(WasiFiles, NothingWritableIsMadeOfAReadOnlyFile) {
  guest_.dir(folder_ / "tree/sub", "/rw", false);
  start(true);  // the second directory: descriptor 4
  EXPECT_EQ(guest_.link(4, "file", kDir, "mine"), kRofs);
  EXPECT_EQ(guest_.rename(4, "file", kDir, "mine"), kRofs);
  EXPECT_EQ(guest_.rename(kDir, "inner", 4, "mine"), kRofs);
}

TEST_F(WasiFiles, WritesReadsAndPositions) {
  start();
  ASSERT_EQ(guest_.open(kDir, "new", kCreat | kExcl, kAll), kOk);
  uint32_t file = guest_.opened();
  EXPECT_EQ(guest_.open(kDir, "new", kCreat | kExcl, kAll), kExist);
  ASSERT_EQ(guest_.write(file, "hello world"), kOk);
  ASSERT_EQ(guest_.call("fd_tell", {file, 8}), kOk);
  EXPECT_EQ(guest_.u64(8), 11u);
  ASSERT_EQ(guest_.call("fd_seek", {file, static_cast<uint64_t>(-5), 2, 8}), kOk);
  EXPECT_EQ(guest_.u64(8), 6u);
  ASSERT_EQ(guest_.read(file, 100), kOk);
  EXPECT_EQ(guest_.got(), "world");
  EXPECT_EQ(guest_.call("fd_seek", {file, static_cast<uint64_t>(-1), 0, 8}), kInval);
  EXPECT_EQ(guest_.call("fd_seek", {file, 0, 3, 8}), kInval);
  guest_.put(1024, "HE");
  guest_.put32(516, 2);
  ASSERT_EQ(guest_.call("fd_pwrite", {file, 512, 1, 0, Guest::kResult}), kOk);
  guest_.put32(516, 5);
  ASSERT_EQ(guest_.call("fd_pread", {file, 512, 1, 0, Guest::kResult}), kOk);
  EXPECT_EQ(guest_.got(), "HEllo");
  EXPECT_EQ(guest_.call("fd_pread", {file, 512, 1, 1ull << 63, Guest::kResult}), kInval);
  ASSERT_EQ(guest_.call("fd_filestat_set_size", {file, 4}), kOk);
  ASSERT_EQ(guest_.call("fd_allocate", {file, 0, 6}), kOk);
  EXPECT_EQ(guest_.call("fd_filestat_set_size", {file, 1ull << 63}), kInval);
  EXPECT_EQ(guest_.call("fd_advise", {file, 0, 6, 1}), kOk);
  EXPECT_EQ(guest_.call("fd_advise", {file, 0, 6, 6}), kInval);
  EXPECT_EQ(guest_.call("fd_sync", {file}), kOk);
  EXPECT_EQ(guest_.call("fd_datasync", {file}), kOk);
  ASSERT_EQ(guest_.call("fd_filestat_get", {file, 257}), kOk);
  EXPECT_EQ(guest_.get<uint8_t>(257 + 16), 4u);
  EXPECT_EQ(guest_.u64(257 + 32), 6u);
  ASSERT_EQ(guest_.call("fd_close", {file}), kOk);
  EXPECT_EQ(folder_.read("tree/new"), std::string("HEll\0\0", 6));
}

TEST_F(WasiFiles, AppendAndFlags) {
  start();
  Guest::Place p = guest_.path("file");
  ASSERT_EQ(guest_.call("path_open", {kDir, 0, p.address, p.size, 0, kAll, 0, 1, Guest::kResult}), kOk);
  uint32_t file = guest_.opened();
  ASSERT_EQ(guest_.write(file, "+"), kOk);
  EXPECT_EQ(folder_.read("tree/file"), "0123456789+");
  ASSERT_EQ(guest_.call("fd_fdstat_get", {file, 64}), kOk);
  EXPECT_EQ(guest_.get<uint8_t>(64), 4u);
  EXPECT_EQ(guest_.get<uint16_t>(66), 1u);
  EXPECT_EQ(guest_.call("fd_fdstat_set_flags", {file, 4}), kOk);
  EXPECT_EQ(guest_.call("fd_fdstat_set_flags", {file, 16}), kNotSup);
  EXPECT_EQ(guest_.call("fd_fdstat_set_flags", {file, 32}), kInval);
  ASSERT_EQ(guest_.call("fd_fdstat_get", {file, 64}), kOk);
  EXPECT_EQ(guest_.get<uint16_t>(66), 4u);
}

TEST_F(WasiFiles, RightsOnlyShrink) {
  start();
  ASSERT_EQ(guest_.open(kDir, "file", 0, kRead | kSeek | kTell), kOk);
  uint32_t file = guest_.opened();
  EXPECT_EQ(guest_.write(file, "x"), kNotCapable);
  ASSERT_EQ(guest_.call("fd_fdstat_set_rights", {file, kRead, 0}), kOk);
  EXPECT_EQ(guest_.call("fd_seek", {file, 0, 0, 8}), kNotCapable);
  EXPECT_EQ(guest_.call("fd_fdstat_set_rights", {file, kRead | kSeek, 0}), kNotCapable);
  EXPECT_EQ(guest_.read(file, 1), kOk);
  ASSERT_EQ(guest_.call("fd_fdstat_get", {kDir, 64}), kOk);
  uint64_t base = guest_.u64(72), inheriting = guest_.u64(80);
  ASSERT_EQ(guest_.call("fd_fdstat_set_rights", {kDir, base, inheriting & ~kWrite}), kOk);
  EXPECT_EQ(guest_.open(kDir, "file", 0, kRead | kWrite), kNotCapable);
  EXPECT_EQ(guest_.open(kDir, "file", 0, kRead), kOk);
}

// All names of a directory, read with a buffer of `size` bytes.
std::multiset<std::string> list(Guest& guest, uint32_t dir, uint32_t size) {
  std::multiset<std::string> names;
  uint64_t cookie = 0;
  for (int calls = 0; calls < 100; calls++) {
    EXPECT_EQ(guest.call("fd_readdir", {dir, 1025, size, cookie, 8}), kOk);
    uint32_t used = guest.u32(8), at = 0;
    while (at + 24 <= used) {
      uint32_t length = guest.u32(1025 + at + 16);
      if (at + 24 + length > used) break;
      names.insert(guest.text(1025 + at + 24, length));
      cookie = guest.u64(1025 + at);
      at += 24 + length;
    }
    if (used < size) return names;
  }
  ADD_FAILURE() << "no end";
  return names;
}

TEST_F(WasiFiles, DirectoriesAreListedInPieces) {
  start();
  for (int i = 0; i < 20; i++) folder_.write("tree/sub/" + std::to_string(i), "");
  ASSERT_EQ(guest_.open(kDir, "sub", kDirectory, kAll), kOk);
  uint32_t sub = guest_.opened();
  auto names = list(guest_, sub, 4096);
  EXPECT_EQ(names.size(), 23u);
  EXPECT_EQ(names.count("inner"), 1u);
  EXPECT_EQ(names, list(guest_, sub, 64));
  EXPECT_EQ(names, list(guest_, sub, 31));
  ASSERT_EQ(guest_.open(kDir, "file", 0, kAll), kOk);
  EXPECT_EQ(guest_.call("fd_readdir", {guest_.opened(), 1024, 100, 0, 8}), kNotCapable);
}

TEST_F(WasiFiles, EntriesAreMadeMovedAndRemoved) {
  start();
  ASSERT_EQ(guest_.on_path("path_create_directory", kDir, "a"), kOk);
  EXPECT_EQ(guest_.on_path("path_create_directory", kDir, "a"), kExist);
  ASSERT_EQ(guest_.rename(kDir, "file", kDir, "a/moved"), kOk);
  ASSERT_EQ(guest_.link(kDir, "a/moved", kDir, "linked"), kOk);
  EXPECT_EQ(folder_.read("tree/linked"), "0123456789");
  Guest::Place p = guest_.path("linked");
  EXPECT_EQ(guest_.call("path_link", {kDir, 1, p.address, p.size, kDir, p.address, p.size}), kInval);
  EXPECT_EQ(guest_.link(kDir, "linked/", kDir, "x"), kNotDir);
  EXPECT_EQ(guest_.rename(kDir, "linked/", kDir, "x"), kNotDir);
  ASSERT_EQ(
      guest_.call("path_filestat_set_times", {kDir, 0, p.address, p.size, 1'500'000'000, 2'000'000'001, 5}),
      kOk);
  ASSERT_EQ(guest_.stat(kDir, "linked"), kOk);
  EXPECT_EQ(guest_.u64(256 + 40), 1'500'000'000u);
  EXPECT_EQ(guest_.u64(256 + 48), 2'000'000'001u);
  EXPECT_EQ(guest_.call("path_filestat_set_times", {kDir, 0, p.address, p.size, 0, 0, 3}), kInval);
  ASSERT_EQ(guest_.on_path("path_unlink_file", kDir, "a/moved"), kOk);
  ASSERT_EQ(guest_.on_path("path_remove_directory", kDir, "a"), kOk);
  EXPECT_FALSE(folder_.exists("tree/a"));
  EXPECT_EQ(guest_.on_path("path_unlink_file", kDir, "a"), kNoEnt);
  // a link itself, not what it names
  ASSERT_EQ(guest_.on_path("path_unlink_file", kDir, "up"), kOk);
  EXPECT_TRUE(folder_.exists("secret"));
}

TEST_F(WasiFiles, DescriptorsAreBoundedAndReused) {
  start();
  uint32_t opened = 0;
  while (opened < 100 && guest_.open(kDir, "file", 0, kRead) == kOk) opened++;
  EXPECT_EQ(opened, 60u);
  EXPECT_EQ(guest_.open(kDir, "new", kCreat, kWrite), kMfile);
  EXPECT_FALSE(folder_.exists("tree/new"));
  ASSERT_EQ(guest_.call("fd_close", {10}), kOk);
  ASSERT_EQ(guest_.open(kDir, "file", 0, kRead), kOk);
  EXPECT_EQ(guest_.opened(), 10u);
}

TEST_F(WasiFiles, Renumber) {
  start();
  ASSERT_EQ(guest_.open(kDir, "file", 0, kRead), kOk);
  ASSERT_EQ(guest_.open(kDir, "sub/inner", 0, kRead), kOk);
  ASSERT_EQ(guest_.call("fd_renumber", {5, 4}), kOk);
  EXPECT_EQ(guest_.read(5, 1), kBadf);
  ASSERT_EQ(guest_.read(4, 100), kOk);
  EXPECT_EQ(guest_.got(), "inner");
  EXPECT_EQ(guest_.call("fd_renumber", {4, 4}), kOk);
  EXPECT_EQ(guest_.call("fd_renumber", {4, kDir}), kNotSup);
  EXPECT_EQ(guest_.call("fd_renumber", {kDir, 4}), kNotSup);
  EXPECT_EQ(guest_.call("fd_renumber", {4, 1}), kOk);
  EXPECT_EQ(guest_.read(1, 1), kOk) << "at the end of the file, but a file";
}

}  // namespace
}  // namespace wasmcore
