// What the tests that need the kernel share.
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "bpf/libbpf_log.hpp"
#include "bpf/load.hpp"

namespace gadgetry::bpf::testing {

struct CloseObject {
  void operator()(bpf_object* object) const { bpf_object__close(object); }
};
using ObjectHandle = std::unique_ptr<bpf_object, CloseObject>;

inline std::string object_path(const std::string& name) {
  return std::string(GADGETRY_BINARY_DIR) + "/tests/run_objects/" + name + ".bpf.o";
}

inline ObjectHandle open_object(const std::string& name) {
  LibbpfLog log;
  ObjectHandle object(bpf_object__open_file(object_path(name).c_str(), nullptr));
  EXPECT_NE(object, nullptr) << object_path(name) << ": " << log.text();
  return object;
}

inline int map_fd(const ObjectHandle& object, const char* name) {
  return bpf_object__find_map_fd_by_name(object.get(), name);
}

inline int program_fd(const ObjectHandle& object, const char* name) {
  return bpf_program__fd(bpf_object__find_program_by_name(object.get(), name));
}

// Runs a raw tracepoint program once, with these arguments; its result, or a negative error number.
inline int run_program(const ObjectHandle& object, const char* name,
                       std::initializer_list<uint64_t> arguments) {
  std::array<uint64_t, 12> context{};
  std::copy(arguments.begin(), arguments.begin() + std::min(arguments.size(), context.size()), context.begin());
  bpf_test_run_opts options{};
  options.sz = sizeof(options);
  options.ctx_in = context.data();
  options.ctx_size_in = static_cast<uint32_t>(context.size() * sizeof(uint64_t));
  if (int code = bpf_prog_test_run_opts(program_fd(object, name), &options); code != 0) return -errno;
  return static_cast<int>(options.retval);
}

// A map of its own, for tests without programs.
inline base::Fd make_map(bpf_map_type type, uint32_t key_size, uint32_t value_size, uint32_t entries) {
  return base::Fd(bpf_map_create(type, "test", key_size, value_size, entries, nullptr));
}

}  // namespace gadgetry::bpf::testing

#define GADGETRY_NEEDS_ROOT() \
  if (geteuid() != 0) GTEST_SKIP() << "needs root: loads programs into the kernel"
