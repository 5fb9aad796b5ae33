// perf_event: runs at samples of an event, at a frequency or after so many of them: on every CPU, or in the
// processes or cgroups that were selected.
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/perf_events.hpp"
#include "base/strings.hpp"
#include "bpf/attach_families.hpp"
#include "bpf/cpu_list.hpp"

namespace gadgetry::bpf {
namespace {

constexpr uint64_t kHighestFrequency = 100000;  // the kernel's own default limit (perf_event_max_sample_rate)

// What an event is opened for.
struct Where {
  int process = -1;  // a thread, or the folder of a cgroup
  int cpu = -1;
  unsigned long flags = PERF_FLAG_FD_CLOEXEC;
};

base::Status check(const PerfSettings* perf, const std::string& program) {
  std::string where = "programs." + program;
  if (perf == nullptr || perf->type.empty() || perf->config.empty() || perf->sample_type.empty() ||
      (perf->frequency == 0 && perf->period == 0)) {
    return base::Error("the metadata does not say how to sample")
        .with_hint("set " + where +
                   ".perf: {type: software, config: count_sw_cpu_clock, sampleType: sample_raw} and " +
                   where + ".sampler: {frequency: 49}");
  }
  if (perf->sample_type != "sample_raw") {
    return base::Error(where + ".perf.sampleType: '" + base::printable(perf->sample_type) +
                       "' is not supported")
        .with_hint("supported is: sample_raw");
  }
  if (perf->frequency > kHighestFrequency) {
    return base::Error(where + ".sampler.frequency: " + std::to_string(perf->frequency) + " is too high")
        .with_hint("at most " + std::to_string(kHighestFrequency) + " samples a second");
  }
  return {};
}

perf_event_attr attributes_of(const PerfSettings& perf, const base::PerfEvent& event, bool inherit) {
  perf_event_attr attributes{};
  attributes.size = sizeof(attributes);
  attributes.type = event.type;
  attributes.config = event.config;
  attributes.sample_type = PERF_SAMPLE_RAW;
  attributes.inherit = inherit ? 1 : 0;
  if (perf.frequency != 0) {
    attributes.freq = 1;
    attributes.sample_freq = perf.frequency;
  } else {
    attributes.sample_period = perf.period;
  }
  return attributes;
}

// The folder of a cgroup for perf: below the perf_event hierarchy where cgroup v1 has one, else of version 2.
base::Result<base::Fd> open_cgroup(const std::string& wanted) {
  std::vector<std::string> tries;
  for (const char* root : {"/sys/fs/cgroup/perf_event", "/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    tries.push_back(std::string(root) + "/" + wanted);
  }
  if (wanted.starts_with('/')) {
    // What was named below version 2 has its counterpart of the same name below version 1.
    for (std::string_view root : {"/sys/fs/cgroup/unified/", "/sys/fs/cgroup/"}) {
      if (wanted.starts_with(root)) {
        tries.insert(tries.begin(), "/sys/fs/cgroup/perf_event/" + wanted.substr(root.size()));
        break;
      }
    }
    tries.insert(tries.begin() + 1, wanted);
  }
  for (const std::string& path : tries) {
    auto folder = base::open_file(path, O_RDONLY | O_DIRECTORY);
    if (folder.ok()) return folder;
  }
  return base::Error("there is no cgroup '" + base::printable(wanted) + "'", base::ErrorKind::kNotFound);
}

base::Result<std::vector<int>> threads_of(pid_t pid) {
  std::vector<int> out;
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", error)) {
    if (auto thread = base::parse_int<int>(entry.path().filename().string())) out.push_back(*thread);
  }
  if (!error && !out.empty()) return out;
  return base::Error("there is no process " + std::to_string(pid), base::ErrorKind::kNotFound);
}

// All places of the scope. `folders` keeps the cgroups open.
base::Result<std::vector<Where>> find_where(const Scope& scope, std::vector<base::Fd>& folders) {
  std::vector<Where> out;
  for (pid_t pid : scope.pids) {
    GADGETRY_ASSIGN(std::vector<int> threads, threads_of(pid));
    for (int thread : threads) out.push_back({.process = thread});
  }
  if (!scope.pids.empty()) return out;
  GADGETRY_ASSIGN(std::vector<uint32_t> cpus, online_cpus());
  for (const std::string& cgroup : scope.cgroups) {
    GADGETRY_ASSIGN(base::Fd folder, open_cgroup(cgroup));
    for (uint32_t cpu : cpus) {
      out.push_back({.process = folder.get(),
                     .cpu = static_cast<int>(cpu),
                     .flags = PERF_FLAG_FD_CLOEXEC | PERF_FLAG_PID_CGROUP});
    }
    folders.push_back(std::move(folder));
  }
  if (!scope.cgroups.empty()) return out;
  for (uint32_t cpu : cpus) out.push_back({.cpu = static_cast<int>(cpu)});
  return out;
}

// Errors that mean that this machine cannot count such events at all.
bool is_not_counted(int code) {
  return code == ENOENT || code == EOPNOTSUPP || code == ENODEV || code == ENXIO;
}

base::Error explain(int code, const base::PerfEvent& event, const PerfSettings& perf) {
  if (is_not_counted(code) && event.type != PERF_TYPE_SOFTWARE) {
    return base::Error("this machine does not count " + event.name, base::ErrorKind::kNotFound)
        .with_hint(
            "virtual machines often have no counters of the processor (PMU); give an alternative: config: "
            "...|count_sw_cpu_clock");
  }
  base::Error error = base::Error::system("perf_event_open of " + event.name, code);
  if (code == EINVAL && perf.frequency != 0)
    error.hint = "the frequency may be above kernel.perf_event_max_sample_rate";
  if (code == EBADF)
    error.hint = "the kernel counts by cgroup in the hierarchy perf_event: give a folder of that";
  return error;
}

base::Result<std::vector<Link>> attach_event(const AttachRequest& request, const base::PerfEvent& event,
                                             const std::vector<Where>& places) {
  perf_event_attr attributes = attributes_of(*request.perf, event, !request.options.scope.pids.empty());
  std::vector<Link> links;
  for (const Where& where : places) {
    base::Fd file(static_cast<int>(
        syscall(SYS_perf_event_open, &attributes, where.process, where.cpu, -1, where.flags)));
    int code = errno;
    // A CPU or a thread may have gone since the list was made.
    bool is_gone = !file && (code == ESRCH || (code == ENODEV && !links.empty()));
    if (is_gone) {
      base::log_debug("a CPU or a thread went away");
      continue;
    }
    if (!file) return explain(code, event, *request.perf);
    GADGETRY_ASSIGN(Link link, attach_to_event(request, std::move(file)));
    links.push_back(std::move(link));
  }
  if (links.empty()) return base::Error("nothing could be sampled");
  return links;
}

}  // namespace

base::Result<std::vector<Link>> attach_perf_event(const AttachRequest& request) {
  GADGETRY_TRY(check(request.perf, request.name));
  auto parsed = base::parse_perf_events(request.perf->type, request.perf->config);
  if (!parsed.ok()) return std::move(parsed).error().context("programs." + request.name);
  std::vector<base::Fd> folders;
  GADGETRY_ASSIGN(std::vector<Where> places, find_where(request.options.scope, folders));
  for (size_t i = 0; i < parsed->size(); i++) {
    auto links = attach_event(request, (*parsed)[i], places);
    if (links.ok()) return links;
    bool is_last = i + 1 == parsed->size();
    if (is_last || links.error().kind != base::ErrorKind::kNotFound) return links;
    base::log_warning("program '" + base::printable(request.name) + "': " + links.error().message + ": " +
                      (*parsed)[i + 1].name + " is taken instead");
  }
  return base::Error("the metadata names no event");
}

}  // namespace gadgetry::bpf
