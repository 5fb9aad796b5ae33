// perf_event: runs at a frequency on every CPU (sampling profilers).
#include <cerrno>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "bpf/attach_families.hpp"
#include "bpf/cpu_list.hpp"

namespace gadgetry::bpf {
namespace {

constexpr uint64_t kHighestFrequency = 100000;  // the kernel's own default limit (perf_event_max_sample_rate)

base::Status check(const PerfSettings* perf, const std::string& program) {
  std::string where = "programs." + program;
  if (perf == nullptr || perf->type.empty() || perf->config.empty() || perf->sample_type.empty() ||
      perf->frequency == 0) {
    return base::Error("the metadata does not say how to sample")
        .with_hint("set " + where +
                   ".perf: {type: software, config: count_sw_cpu_clock, sampleType: sample_raw} and " +
                   where + ".sampler: {frequency: 49}");
  }
  auto refuse = [&](const char* key, const std::string& value, const char* known) {
    return base::Error(where + ".perf." + key + ": '" + base::printable(value) + "' is not supported")
        .with_hint(std::string("supported is: ") + known);
  };
  if (perf->type != "software") return refuse("type", perf->type, "software");
  if (perf->config != "count_sw_cpu_clock") return refuse("config", perf->config, "count_sw_cpu_clock");
  if (perf->sample_type != "sample_raw") return refuse("sampleType", perf->sample_type, "sample_raw");
  if (perf->frequency > kHighestFrequency) {
    return base::Error(where + ".sampler.frequency: " + std::to_string(perf->frequency) + " is too high")
        .with_hint("at most " + std::to_string(kHighestFrequency) + " samples a second");
  }
  return {};
}

}  // namespace

base::Result<std::vector<Link>> attach_perf_event(const AttachRequest& request) {
  GADGETRY_TRY(check(request.perf, request.name));
  GADGETRY_ASSIGN(std::vector<uint32_t> cpus, online_cpus());
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.config = PERF_COUNT_SW_CPU_CLOCK;
  attributes.sample_type = PERF_SAMPLE_RAW;
  attributes.freq = 1;
  attributes.sample_freq = request.perf->frequency;
  std::vector<Link> links;
  for (uint32_t cpu : cpus) {
    auto event = open_perf_event(attributes, cpu);
    // A CPU may have gone since the list was read.
    if (!event.ok() && event.error().errno_value == ENODEV) {
      base::log_debug("CPU " + std::to_string(cpu) + " went away");
      continue;
    }
    if (!event.ok() && event.error().errno_value == EINVAL) {
      return std::move(event).error().with_hint(
          "the frequency may be above kernel.perf_event_max_sample_rate");
    }
    if (!event.ok()) return std::move(event).error();
    GADGETRY_ASSIGN(Link link, attach_to_event(request, std::move(event).value()));
    links.push_back(std::move(link));
  }
  if (links.empty()) return base::Error("no CPU could be sampled");
  return links;
}

}  // namespace gadgetry::bpf
