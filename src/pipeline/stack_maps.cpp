#include "pipeline/stack_maps.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <array>

namespace gadgetry::pipeline {

base::Status StackMaps::open(bpf_object* object, stages::FormatterContext& context) {
  if (int fd = bpf_object__find_map_fd_by_name(object, "ig_kstack"); fd >= 0) {
    GADGETRY_ASSIGN(bpf::StackMap map, bpf::StackMap::open(fd));
    context.kernel_stacks = &kernel_.emplace(std::move(map));
  }
  if (int fd = bpf_object__find_map_fd_by_name(object, "ig_ustack"); fd >= 0) {
    GADGETRY_ASSIGN(bpf::StackMap map, bpf::StackMap::open(fd));
    context.user_stacks = &user_.emplace(std::move(map));
  }
  const bpf_map* build_ids = bpf_object__find_map_by_name(object, "ig_build_id");
  size_t expected = stages::kMaxStackFrames * sizeof(stages::BuildIdFrame);
  if (build_ids != nullptr && bpf_map__value_size(build_ids) == expected &&
      bpf_map__key_size(build_ids) == 4) {
    context.build_ids = &build_ids_.emplace(bpf_map__fd(build_ids));
  }
  return {};
}

size_t StackMaps::BuildIds::frames(uint32_t id, std::span<stages::BuildIdFrame> out) {
  std::array<stages::BuildIdFrame, stages::kMaxStackFrames> value{};
  if (bpf_map_lookup_elem(fd, &id, value.data()) != 0) return 0;
  size_t n = std::min(out.size(), value.size());
  std::copy_n(value.begin(), n, out.begin());
  return n;
}

}  // namespace gadgetry::pipeline
