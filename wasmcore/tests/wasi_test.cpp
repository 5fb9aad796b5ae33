// SPDX-License-Identifier: Apache-2.0
// WASI: arguments, streams, clocks, random bytes, waiting, bad pointers, the end of a program.
#include "wasmcore_wasi.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>

#include "wasi_guest.hpp"

namespace wasmcore {
namespace {

constexpr const char* kProbe = "probe.wasm";
constexpr uint32_t kBad = 0xfffffff0;  // nowhere in the memory of 128 KiB

struct Pipe {
  Pipe() { EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0); }
  ~Pipe() {
    for (int end : ends) ::close(end);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  int ends[2] = {-1, -1};
};

TEST(Wasi, ArgumentsAndEnvironment) {
  Guest guest;
  guest.args({"prog", "", "\xc3\xa4 b"}, {"A=1", "EMPTY="});
  guest.start(kProbe);
  ASSERT_EQ(guest.call("args_sizes_get", {0, 4}), kOk);
  EXPECT_EQ(guest.u32(0), 3u);
  EXPECT_EQ(guest.u32(4), 11u);
  ASSERT_EQ(guest.call("args_get", {101, 203}), kOk) << "addresses need no alignment";
  EXPECT_EQ(guest.u32(101), 203u);
  EXPECT_EQ(guest.u32(105), 208u);
  EXPECT_EQ(guest.u32(109), 209u);
  EXPECT_EQ(guest.text(203, 11), std::string("prog\0\0\xc3\xa4 b\0", 11));
  ASSERT_EQ(guest.call("environ_sizes_get", {0, 4}), kOk);
  EXPECT_EQ(guest.u32(0), 2u);
  EXPECT_EQ(guest.u32(4), 11u);
  ASSERT_EQ(guest.call("environ_get", {100, 200}), kOk);
  EXPECT_EQ(guest.text(200, 11), std::string("A=1\0EMPTY=\0", 11));
}

TEST(Wasi, NothingGivenIsNothing) {
  Guest guest;
  guest.start(kProbe);
  ASSERT_EQ(guest.call("args_sizes_get", {0, 4}), kOk);
  EXPECT_EQ(guest.u32(0), 0u);
  EXPECT_EQ(guest.u32(4), 0u);
  EXPECT_EQ(guest.call("args_get", {0, 0}), kOk);
  EXPECT_EQ(guest.call("fd_prestat_get", {3, 0}), kBadf);
  EXPECT_EQ(guest.read(0, 10), kOk);
  EXPECT_EQ(guest.u32(Guest::kResult), 0u) << "the end of the file";
  EXPECT_EQ(guest.write(1, "vanishes"), kOk);
  EXPECT_EQ(guest.u32(Guest::kResult), 8u);
}

TEST(Wasi, FixedClockStepsAndSleepMovesIt) {
  Guest guest;
  guest.options().clock_fixed = true;
  guest.options().clock_start = 1'700'000'000'000'000'000;
  guest.options().clock_step = 1000;
  guest.start(kProbe);
  ASSERT_EQ(guest.call("clock_time_get", {0, 0, 8}), kOk);
  EXPECT_EQ(guest.u64(8), 1'700'000'000'000'000'000u);
  ASSERT_EQ(guest.call("clock_time_get", {1, 0, 8}), kOk);
  EXPECT_EQ(guest.u64(8), 1000u);
  ASSERT_EQ(guest.call("clock_res_get", {1, 8}), kOk);
  EXPECT_EQ(guest.u64(8), 1000u);
  // sleeps an hour
  guest.put(2048, std::string(48, 0));
  guest.put64(2048, 77);
  guest.put32(2064, 1);
  guest.put64(2072, 3600'000'000'000);
  ASSERT_EQ(guest.call("poll_oneoff", {2048, 4096, 1, 8}), kOk);
  EXPECT_EQ(guest.u32(8), 1u);
  EXPECT_EQ(guest.u64(4096), 77u);
  ASSERT_EQ(guest.call("clock_time_get", {1, 0, 8}), kOk);
  EXPECT_EQ(guest.u64(8), 3600'000'002'000u);
}

TEST(Wasi, RealClocks) {
  Guest guest;
  guest.start(kProbe);
  auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                 std::chrono::system_clock::now().time_since_epoch())
                 .count();
  ASSERT_EQ(guest.call("clock_time_get", {0, 0, 8}), kOk);
  EXPECT_NEAR(static_cast<double>(guest.u64(8)), static_cast<double>(now), 10e9);
  for (uint64_t id : {1u, 2u, 3u}) EXPECT_EQ(guest.call("clock_time_get", {id, 0, 8}), kOk);
  EXPECT_EQ(guest.call("clock_time_get", {4, 0, 8}), kInval);
  EXPECT_EQ(guest.call("clock_res_get", {4, 8}), kInval);
}

TEST(Wasi, RandomBytes) {
  auto bytes = [](bool seeded, uint64_t seed) {
    Guest guest;
    guest.options().random_seeded = seeded;
    guest.options().random_seed = seed;
    guest.start(kProbe);
    EXPECT_EQ(guest.call("random_get", {1001, 37}), kOk);
    return guest.text(1001, 37);
  };
  EXPECT_EQ(bytes(true, 5), bytes(true, 5));
  EXPECT_NE(bytes(true, 5), bytes(true, 6));
  EXPECT_NE(bytes(false, 0), bytes(false, 0));
  EXPECT_NE(bytes(true, 5).substr(32), std::string(5, 0)) << "the last ones, too";
}

TEST(Wasi, StreamsOfTheHost) {
  Pipe in, out;
  Guest guest;
  guest.options().in = in.ends[0];
  guest.options().out = out.ends[1];
  guest.start(kProbe);
  ASSERT_EQ(::write(in.ends[1], "hello", 5), 5);
  ASSERT_EQ(guest.read(0, 100), kOk);
  EXPECT_EQ(guest.got(), "hello");
  // three buffers, one of them empty
  guest.put(3000, "abc");
  for (uint32_t i = 0; i < 3; i++) {
    guest.put32(513 + i * 8, 3000 + i);
    guest.put32(517 + i * 8, i == 1 ? 0 : 1);
  }
  ASSERT_EQ(guest.call("fd_write", {1, 513, 3, 129}), kOk);
  EXPECT_EQ(guest.u32(129), 2u);
  char got[8] = {};
  EXPECT_EQ(::read(out.ends[0], got, sizeof(got)), 2);
  EXPECT_STREQ(got, "ac");
  EXPECT_EQ(guest.write(0, "x"), kNotCapable);
  EXPECT_EQ(guest.read(1, 1), kNotCapable);
  EXPECT_EQ(guest.call("fd_seek", {0, 0, 0, 8}), kSpipe);
  // what is lent stays open and keeps its settings
  EXPECT_EQ(guest.call("fd_fdstat_set_flags", {0, 4}), kOk);
  EXPECT_EQ(::fcntl(in.ends[0], F_GETFL) & O_NONBLOCK, 0);
  EXPECT_EQ(guest.read(0, 1), kAgain);
  EXPECT_EQ(guest.call("fd_fdstat_get", {0, 64}), kOk);
  EXPECT_EQ(guest.get<uint16_t>(66), 4u);
  EXPECT_EQ(guest.call("fd_close", {0}), kOk);
  EXPECT_GE(::fcntl(in.ends[0], F_GETFD), 0);
  EXPECT_EQ(guest.read(0, 1), kBadf);
}

TEST(Wasi, WriteCallback) {
  std::string out;
  Guest guest;
  guest.options().write_user = &out;
  guest.options().write = [](void* user, int stream, const void* bytes, size_t size) -> ptrdiff_t {
    if (size > 100) return -28;  // ENOSPC
    size_t taken = size < 3 ? size : 3;
    static_cast<std::string*>(user)
        ->append(std::to_string(stream))
        .append(static_cast<const char*>(bytes), taken);
    return static_cast<ptrdiff_t>(taken);
  };
  guest.start(kProbe);
  EXPECT_EQ(guest.write(1, "abcdef"), kOk);
  EXPECT_EQ(guest.u32(Guest::kResult), 3u);
  EXPECT_EQ(guest.write(2, "x"), kOk);
  EXPECT_EQ(out, "1abc2x");
  EXPECT_EQ(guest.write(1, std::string(101, 'x')), 51u);  // ENOSPC
}

TEST(Wasi, BuffersAreBoundedAndChecked) {
  Guest guest;
  guest.start(kProbe);
  guest.put(8192, std::string(8200, 0));
  EXPECT_EQ(guest.call("fd_write", {1, 8192, 1024, 128}), kOk);
  EXPECT_EQ(guest.call("fd_write", {1, 8192, 1025, 128}), kInval);
  EXPECT_EQ(guest.call("fd_write", {1, 0, 0xffffffff, 128}), kFault);
  guest.put32(512, 131071);
  guest.put32(516, 2);
  EXPECT_EQ(guest.call("fd_write", {1, 512, 1, 128}), kFault) << "the end is outside";
  guest.put32(512, 0xffffffff);
  guest.put32(516, 0xffffffff);
  EXPECT_EQ(guest.call("fd_write", {1, 512, 1, 128}), kFault) << "the sum wraps around";
  guest.put32(512, 131072);
  guest.put32(516, 0);
  EXPECT_EQ(guest.call("fd_write", {1, 512, 1, 128}), kOk) << "nothing at the very end is inside";
}

// Every function that takes an address, with one that is outside; other arguments are fine.
TEST(Wasi, BadPointersAreEfault) {
  HostFolder folder;
  folder.write("file", "text");
  Guest guest;
  guest.dir(folder.path(), "/", false);
  guest.start(kProbe);
  guest.put(100, "file");
  ASSERT_EQ(guest.open(3, "file", 0, ~0ull), kOk);
  const uint32_t file = guest.opened();
  struct Call {
    const char* name;
    std::initializer_list<uint64_t> args;
  };
  const Call calls[] = {
      {"args_sizes_get", {kBad, 0}},
      {"args_sizes_get", {0, kBad}},
      {"args_get", {kBad, 0}},
      {"environ_sizes_get", {0, kBad}},
      {"environ_get", {0, kBad}},
      {"clock_res_get", {0, kBad}},
      {"clock_time_get", {0, 0, kBad}},
      {"fd_fdstat_get", {1, kBad}},
      {"fd_filestat_get", {file, kBad}},
      {"fd_pread", {file, kBad, 1, 0, 0}},
      {"fd_pread", {file, 0, 0, 0, kBad}},
      {"fd_prestat_get", {3, kBad}},
      {"fd_prestat_dir_name", {3, kBad, 10}},
      {"fd_pwrite", {file, kBad, 1, 0, 0}},
      {"fd_read", {file, kBad, 1, 0}},
      {"fd_read", {file, 0, 0, kBad}},
      {"fd_readdir", {3, kBad, 10, 0, 0}},
      {"fd_readdir", {3, 0, 10, 0, kBad}},
      {"fd_seek", {file, 0, 0, kBad}},
      {"fd_tell", {file, kBad}},
      {"fd_write", {1, kBad, 1, 0}},
      {"fd_write", {1, 0, 0, kBad}},
      {"path_create_directory", {3, kBad, 4}},
      {"path_filestat_get", {3, 0, kBad, 4, 0}},
      {"path_filestat_get", {3, 0, 100, 4, kBad}},
      {"path_filestat_set_times", {3, 0, kBad, 4, 0, 0, 0}},
      {"path_link", {3, 0, kBad, 4, 3, 100, 4}},
      {"path_link", {3, 0, 100, 4, 3, kBad, 4}},
      {"path_open", {3, 0, kBad, 4, 0, 0, 0, 0, 0}},
      {"path_open", {3, 0, 100, 4, 0, 0, 0, 0, kBad}},
      {"path_readlink", {3, kBad, 4, 0, 10, 0}},
      {"path_readlink", {3, 100, 4, kBad, 10, 0}},
      {"path_readlink", {3, 100, 4, 0, 10, kBad}},
      {"path_remove_directory", {3, kBad, 4}},
      {"path_rename", {3, kBad, 4, 3, 100, 4}},
      {"path_rename", {3, 100, 4, 3, kBad, 4}},
      {"path_symlink", {kBad, 4, 3, 100, 4}},
      {"path_symlink", {100, 4, 3, kBad, 4}},
      {"path_unlink_file", {3, kBad, 4}},
      {"poll_oneoff", {kBad, 0, 1, 0}},
      {"poll_oneoff", {0, kBad, 1, 0}},
      {"poll_oneoff", {0, 0, 1, kBad}},
      {"poll_oneoff", {0, 0, 0xffffffff, 0}},
      {"random_get", {kBad, 32}},
      {"random_get", {0, 0xffffffff}},
  };
  for (const Call& one : calls) {
    EXPECT_EQ(guest.call(one.name, one.args), kFault) << one.name;
    EXPECT_EQ(guest.trap(), WASMCORE_TRAP_NONE) << one.name;
  }
  EXPECT_EQ(folder.read("file"), "text");
}

TEST(Wasi, BadDescriptorsAreEbadf) {
  Guest guest;
  guest.start(kProbe);
  for (uint64_t fd : {3u, 63u, 64u, 0xffffffffu}) {
    for (const char* name : {"fd_close", "fd_sync", "fd_datasync"})
      EXPECT_EQ(guest.call(name, {fd}), kBadf) << name;
    EXPECT_EQ(guest.call("fd_fdstat_get", {fd, 0}), kBadf);
    EXPECT_EQ(guest.call("fd_renumber", {fd, 1}), kBadf);
    EXPECT_EQ(guest.call("fd_renumber", {1, fd}), kBadf);
    EXPECT_EQ(guest.on_path("path_unlink_file", static_cast<uint32_t>(fd), "x"), kBadf);
    EXPECT_EQ(guest.call("sock_shutdown", {fd, 0}), kBadf);
  }
}

TEST(Wasi, WhatIsNotOfferedSaysSo) {
  Guest guest;
  guest.start(kProbe);
  EXPECT_EQ(guest.call("sock_accept", {0, 0, 0}), kNotSup);
  EXPECT_EQ(guest.call("sock_recv", {0, 0, 0, 0, 0, 0}), kNotSup);
  EXPECT_EQ(guest.call("sock_send", {1, 0, 0, 0, 0}), kNotSup);
  EXPECT_EQ(guest.call("proc_raise", {9}), kNoSys);
  EXPECT_EQ(guest.call("sched_yield", {}), kOk);
}

// A subscription of poll_oneoff at `at`.
void subscribe(Guest& guest, uint32_t at, uint64_t userdata, uint8_t type, uint32_t id,
               uint64_t timeout = 0) {
  guest.put(at, std::string(48, 0));
  guest.put64(at, userdata);
  guest.put(at + 8, std::string(1, static_cast<char>(type)));
  guest.put32(at + 16, id);
  guest.put64(at + 24, timeout);
}

TEST(Wasi, PollWaitsForTheFirst) {
  Pipe in;
  Guest guest;
  guest.options().in = in.ends[0];
  guest.start(kProbe);
  subscribe(guest, 2048, 11, 1, 0);              // stdin
  subscribe(guest, 2096, 22, 0, 1, 20'000'000);  // 20 ms
  subscribe(guest, 2144, 33, 0, 1, 20'000'000'000);
  auto begin = std::chrono::steady_clock::now();
  ASSERT_EQ(guest.call("poll_oneoff", {2048, 4096, 3, 8}), kOk);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(20));
  EXPECT_EQ(guest.u32(8), 1u);
  EXPECT_EQ(guest.u64(4096), 22u);
  ASSERT_EQ(::write(in.ends[1], "x", 1), 1);
  ASSERT_EQ(guest.call("poll_oneoff", {2048, 4096, 3, 8}), kOk);
  EXPECT_EQ(guest.u32(8), 1u);
  EXPECT_EQ(guest.u64(4096), 11u);
  EXPECT_EQ(guest.get<uint8_t>(4096 + 10), 1u);
}

TEST(Wasi, PollReportsErrorsAsEvents) {
  Guest guest;
  guest.start(kProbe);
  subscribe(guest, 2048, 1, 1, 50);  // no such descriptor
  subscribe(guest, 2096, 2, 0, 9);   // no such clock
  subscribe(guest, 2144, 3, 7, 0);   // no such type
  subscribe(guest, 2192, 4, 2, 1);   // stdout: ready
  ASSERT_EQ(guest.call("poll_oneoff", {2048, 4096, 4, 8}), kOk);
  EXPECT_EQ(guest.u32(8), 4u);
  EXPECT_EQ(guest.get<uint16_t>(4096 + 8), kBadf);
  EXPECT_EQ(guest.get<uint16_t>(4128 + 8), kInval);
  EXPECT_EQ(guest.get<uint16_t>(4160 + 8), kInval);
  EXPECT_EQ(guest.get<uint16_t>(4192 + 8), kOk);
  EXPECT_EQ(guest.call("poll_oneoff", {2048, 4096, 0, 8}), kInval);
  EXPECT_EQ(guest.call("poll_oneoff", {0, 0, 257, 8}), kInval);
}

TEST(Wasi, ProgramEndsWithItsStatus) {
  Pipe out;
  Guest guest;
  guest.options().out = out.ends[1];
  guest.args({"prog", "hello"}, {});
  guest.start("command.wasm");
  uint32_t code = 7;
  EXPECT_FALSE(wasmcore_wasi_exit_code(guest.wasi(), &code));
  EXPECT_EQ(guest.run("_start"), WASMCORE_TRAP_EXIT);
  EXPECT_TRUE(wasmcore_wasi_exit_code(guest.wasi(), &code));
  EXPECT_EQ(code, 42u);
  char got[16] = {};
  EXPECT_EQ(::read(out.ends[0], got, sizeof(got)), 6);
  EXPECT_STREQ(got, "hello\n");
}

TEST(Wasi, AFolderThatIsNotThereIsNamed) {
  wasmcore_wasi_options options;
  wasmcore_wasi_options_init(&options);
  wasmcore_wasi_dir dir = {-1, "/no/such/folder", "/", false};
  options.dirs = &dir;
  options.ndirs = 1;
  char message[128] = "";
  EXPECT_EQ(wasmcore_wasi_new(&options, message, sizeof(message)), nullptr);
  EXPECT_STREQ(message, "directory for the guest /no/such/folder: No such file or directory");
  dir.host = "/etc/hostname";
  EXPECT_EQ(wasmcore_wasi_new(&options, message, sizeof(message)), nullptr);
  EXPECT_EQ(wasmcore_wasi_new(&options, nullptr, 0), nullptr);
}

}  // namespace
}  // namespace wasmcore
