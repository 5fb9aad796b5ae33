// SPDX-License-Identifier: Apache-2.0
// For the WASI tests: a guest with a WASI context, and a folder of the host that goes away with the test.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "wasmcore.h"
#include "wasmcore_hosted.h"
#include "wasmcore_wasi.h"

namespace wasmcore {

// Numbers of the interface.
constexpr uint32_t kOk = 0, kBadf = 8, kAgain = 6, kExist = 20, kFault = 21, kInval = 28, kIsDir = 31,
                   kLoop = 32, kMfile = 33, kNameTooLong = 37, kNoEnt = 44, kNoSys = 52, kNotDir = 54,
                   kNotSup = 58, kRofs = 69, kSpipe = 70, kNotCapable = 76;

class HostFolder {
 public:
  HostFolder() {
    char path[] = "/tmp/wasmcore-wasi-XXXXXX";
    if (mkdtemp(path) == nullptr) abort();
    path_ = path;
  }
  ~HostFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  HostFolder(const HostFolder&) = delete;
  HostFolder& operator=(const HostFolder&) = delete;

  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
  const std::string& path() const { return path_; }
  void write(std::string_view name, std::string_view text) const { std::ofstream(*this / name) << text; }
  std::string read(std::string_view name) const {
    std::ifstream file(*this / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  bool exists(std::string_view name) const {
    return std::filesystem::exists(std::filesystem::symlink_status(*this / name));
  }

 private:
  std::string path_;
};

// An instance of a module of tests/wasi. Tests change options(), then start() it.
class Guest {
 public:
  Guest() { wasmcore_wasi_options_init(&options_); }
  ~Guest() {
    wasmcore_free_instance(instance_);
    wasmcore_unload(module_);
    wasmcore_wasi_free(wasi_);
  }
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;

  wasmcore_wasi_options& options() { return options_; }
  void dir(const std::string& host, const char* guest, bool read_only) {
    hosts_.push_back(host);
    dirs_.push_back({-1, nullptr, guest, read_only});
  }
  void args(std::vector<const char*> args, std::vector<const char*> env) {
    args_ = std::move(args);
    env_ = std::move(env);
  }

  void start(const char* name) {
    for (size_t i = 0; i < dirs_.size(); i++) dirs_[i].host = hosts_[i].c_str();
    options_.dirs = dirs_.data();
    options_.ndirs = static_cast<uint32_t>(dirs_.size());
    options_.args = args_.data();
    options_.nargs = static_cast<uint32_t>(args_.size());
    options_.env = env_.data();
    options_.nenv = static_cast<uint32_t>(env_.size());
    char message[256] = "";
    wasi_ = wasmcore_wasi_new(&options_, message, sizeof(message));
    ASSERT_NE(wasi_, nullptr) << message;
    std::ifstream file(std::string(WASMCORE_WASI_GUESTS) + "/" + name, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
    wasmcore_config config{};
    config.allocator = wasmcore_system_allocator();
    wasmcore_error error{};
    ASSERT_EQ(wasmcore_load(bytes_.data(), bytes_.size(), &config, &module_, &error), WASMCORE_OK)
        << error.message;
    wasmcore_options link{};
    link.hosts = wasmcore_wasi_functions(wasi_, &link.nhosts);
    ASSERT_EQ(wasmcore_instantiate(module_, &link, &instance_, &error), WASMCORE_OK) << error.message;
  }

  // Calls an exported function; the result, or a number no error has when it trapped.
  uint32_t call(const char* name, std::initializer_list<uint64_t> args) {
    uint64_t slots[16] = {};
    uint32_t n = 0;
    for (uint64_t arg : args) slots[n++] = arg;
    trap_ = wasmcore_call(wasmcore_find_function(instance_, name), slots, n, 1);
    return trap_ == WASMCORE_TRAP_NONE ? static_cast<uint32_t>(slots[0]) : 1000;
  }
  wasmcore_trap run(const char* name) {
    return wasmcore_call(wasmcore_find_function(instance_, name), nullptr, 0, 0);
  }
  wasmcore_trap trap() const { return trap_; }
  const wasmcore_wasi* wasi() const { return wasi_; }

  // The guest's memory.
  template <typename T>
  T get(uint32_t address) {
    T value{};
    EXPECT_TRUE(wasmcore_read(instance_, address, &value, sizeof(value)));
    return value;
  }
  uint32_t u32(uint32_t address) { return get<uint32_t>(address); }
  uint64_t u64(uint32_t address) { return get<uint64_t>(address); }
  std::string text(uint32_t address, uint32_t size) {
    std::string out(size, 0);
    EXPECT_TRUE(wasmcore_read(instance_, address, out.data(), size));
    return out;
  }
  void put(uint32_t address, std::string_view bytes) {
    EXPECT_TRUE(wasmcore_write(instance_, address, bytes.data(), static_cast<uint32_t>(bytes.size())));
  }
  void put32(uint32_t address, uint32_t value) { EXPECT_TRUE(wasmcore_write(instance_, address, &value, 4)); }
  void put64(uint32_t address, uint64_t value) { EXPECT_TRUE(wasmcore_write(instance_, address, &value, 8)); }

  // Calls with paths: the text is put where nothing else is.
  static constexpr uint32_t kPath = 40000, kPath2 = 50000, kResult = 128;
  struct Place {
    uint64_t address, size;
  };
  Place path(std::string_view text, uint32_t at = kPath) {
    put(at, text);
    return {at, text.size()};
  }
  // path_open with FOLLOW; the new descriptor is at kResult.
  uint32_t open(uint32_t dir, std::string_view name, uint32_t oflags, uint64_t rights, uint32_t lookup = 1) {
    Place p = path(name);
    return call("path_open", {dir, lookup, p.address, p.size, oflags, rights, ~0ull, 0, kResult});
  }
  uint32_t opened() { return u32(kResult); }
  uint32_t on_path(const char* function, uint32_t dir, std::string_view name) {
    Place p = path(name);
    return call(function, {dir, p.address, p.size});
  }
  uint32_t stat(uint32_t dir, std::string_view name, uint32_t lookup = 1) {
    Place p = path(name);
    return call("path_filestat_get", {dir, lookup, p.address, p.size, 256});
  }
  uint32_t rename(uint32_t from_dir, std::string_view from, uint32_t to_dir, std::string_view to) {
    Place p = path(from), q = path(to, kPath2);
    return call("path_rename", {from_dir, p.address, p.size, to_dir, q.address, q.size});
  }
  uint32_t link(uint32_t from_dir, std::string_view from, uint32_t to_dir, std::string_view to) {
    Place p = path(from), q = path(to, kPath2);
    return call("path_link", {from_dir, 0, p.address, p.size, to_dir, q.address, q.size});
  }
  uint32_t symlink(std::string_view target, uint32_t dir, std::string_view name) {
    Place p = path(target), q = path(name, kPath2);
    return call("path_symlink", {p.address, p.size, dir, q.address, q.size});
  }

  // One buffer at 1024, described at 512.
  uint32_t write(uint32_t fd, std::string_view bytes) {
    put(1024, bytes);
    put32(512, 1024);
    put32(516, static_cast<uint32_t>(bytes.size()));
    return call("fd_write", {fd, 512, 1, kResult});
  }
  uint32_t read(uint32_t fd, uint32_t size) {
    put32(512, 1024);
    put32(516, size);
    return call("fd_read", {fd, 512, 1, kResult});
  }
  std::string got() { return text(1024, u32(kResult)); }

 private:
  wasmcore_wasi_options options_{};
  std::vector<wasmcore_wasi_dir> dirs_;
  std::vector<std::string> hosts_;
  std::vector<const char*> args_, env_;
  std::string bytes_;
  wasmcore_wasi* wasi_ = nullptr;
  wasmcore_module* module_ = nullptr;
  wasmcore_instance* instance_ = nullptr;
  wasmcore_trap trap_ = WASMCORE_TRAP_NONE;
};

}  // namespace wasmcore
