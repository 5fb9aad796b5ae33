#include "bpf/cpu_list.hpp"

#include "base/fd.hpp"
#include "base/strings.hpp"

namespace gadgetry::bpf {
namespace {

constexpr uint32_t kMostCpus = 65536;

}  // namespace

base::Result<std::vector<uint32_t>> parse_cpu_list(std::string_view text) {
  std::vector<uint32_t> out;
  for (std::string_view part : base::split(base::trim(text), ',')) {
    size_t dash = part.find('-');
    auto first = base::parse_int<uint32_t>(part.substr(0, dash));
    auto last = dash == std::string_view::npos ? first : base::parse_int<uint32_t>(part.substr(dash + 1));
    if (!first || !last || *last < *first || *last >= kMostCpus) {
      return base::Error("not a list of CPUs: " + base::printable(text.substr(0, 100)));
    }
    for (uint32_t cpu = *first; cpu <= *last; ++cpu) out.push_back(cpu);
  }
  return out;
}

base::Result<std::vector<uint32_t>> online_cpus() {
  GADGETRY_ASSIGN(std::string text, base::read_file("/sys/devices/system/cpu/online", 1u << 16));
  return parse_cpu_list(text);
}

}  // namespace gadgetry::bpf
