#include "bpf/lost_samples.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>

#include <vector>

namespace gadgetry::bpf {

base::Result<LostSamples> LostSamples::open(int map_fd) {
  bpf_map_info info{};
  uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(map_fd, &info, &size) != 0) return base::Error::system("lost samples", errno);
  bool per_cpu = info.type == BPF_MAP_TYPE_PERCPU_ARRAY;
  if ((!per_cpu && info.type != BPF_MAP_TYPE_ARRAY) || info.value_size != sizeof(uint64_t) ||
      info.max_entries < 1) {
    return base::Error("lost samples: the map is not an array with one 64-bit number");
  }
  LostSamples out;
  if (per_cpu) {
    int cpus = libbpf_num_possible_cpus();
    if (cpus <= 0) return base::Error::system("cannot tell the number of CPUs", -cpus);
    out.cpus_ = static_cast<uint32_t>(cpus);
  }
  out.fd_.reset(fcntl(map_fd, F_DUPFD_CLOEXEC, 0));
  if (!out.fd_) return base::Error::system("lost samples", errno);
  return out;
}

base::Result<uint64_t> LostSamples::read() const {
  std::vector<uint64_t> counts(cpus_);
  uint32_t key = 0;
  if (bpf_map_lookup_elem(fd_.get(), &key, counts.data()) != 0)
    return base::Error::system("lost samples", errno);
  uint64_t sum = 0;
  for (uint64_t count : counts) sum += count;
  return sum;
}

}  // namespace gadgetry::bpf
