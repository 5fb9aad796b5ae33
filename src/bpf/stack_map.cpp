#include "bpf/stack_map.hpp"

#include <bpf/bpf.h>
#include <fcntl.h>

#include <algorithm>
#include <array>

namespace gadgetry::bpf {

base::Result<StackMap> StackMap::open(int map_fd) {
  bpf_map_info info{};
  uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(map_fd, &info, &size) != 0) return base::Error::system("stack map", errno);
  if (info.type != BPF_MAP_TYPE_STACK_TRACE || info.key_size != sizeof(uint32_t) ||
      info.value_size % sizeof(uint64_t) != 0 || info.value_size > kStackDepth * sizeof(uint64_t)) {
    return base::Error("the map does not hold stacks of at most " + std::to_string(kStackDepth) +
                       " addresses");
  }
  StackMap out;
  out.depth_ = info.value_size / sizeof(uint64_t);
  out.fd_.reset(fcntl(map_fd, F_DUPFD_CLOEXEC, 0));
  if (!out.fd_) return base::Error::system("stack map", errno);
  return out;
}

size_t StackMap::lookup(uint32_t id, std::span<uint64_t> out) const {
  std::array<uint64_t, kStackDepth> addresses{};
  if (bpf_map_lookup_elem(fd_.get(), &id, addresses.data()) != 0) return 0;
  auto end = std::find(addresses.begin(), addresses.begin() + static_cast<ptrdiff_t>(depth_), uint64_t{0});
  size_t count = std::min(out.size(), static_cast<size_t>(end - addresses.begin()));
  std::copy_n(addresses.begin(), count, out.begin());
  return count;
}

}  // namespace gadgetry::bpf
