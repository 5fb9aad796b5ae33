// The host of the benchmark's guests: a record that they read and write.
#pragma once

#include <array>
#include <cstdint>

#include "wasmcore.h"

namespace bench {

struct Record {
  std::array<int64_t, 8> scalars{4711, 1000, 3, 0, 0, 0, 0, 0};
  std::array<char, 32> text{"/usr/share/Zoneinfo/Europe/Berl"};
  std::array<char, 32> out{};
};
extern Record g_record;

// The functions of "env", and as little of WASI as a library without files needs.
const wasmcore_host_function* hosts(uint32_t* count);

}  // namespace bench
