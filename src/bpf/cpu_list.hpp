// Which CPUs there are, as the kernel writes it: "0-3,8".
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gadgetry::bpf {

base::Result<std::vector<uint32_t>> parse_cpu_list(std::string_view text);
// The CPUs that run at this moment.
base::Result<std::vector<uint32_t>> online_cpus();

}  // namespace gadgetry::bpf
