// The stack maps of a loaded gadget as the formatters want to see them.
#pragma once

#include <optional>
#include <span>

#include "base/result.hpp"
#include "bpf/stack_map.hpp"
#include "stages/formatters.hpp"
#include "stages/stack_source.hpp"

struct bpf_object;

namespace gadgetry::pipeline {

class StackMaps {
 public:
  // Looks for the maps ig_kstack, ig_ustack and ig_build_id of a loaded object and shows them to the
  // formatters. This object must outlive their use.
  base::Status open(bpf_object* object, stages::FormatterContext& context);

 private:
  struct Stacks final : stages::StackSource {
    explicit Stacks(bpf::StackMap stack_map) : map(std::move(stack_map)) {}
    size_t frames(uint32_t id, std::span<uint64_t> out) override { return map.lookup(id, out); }
    bpf::StackMap map;
  };
  struct BuildIds final : stages::BuildIdSource {
    explicit BuildIds(int map_fd) : fd(map_fd) {}
    size_t frames(uint32_t id, std::span<stages::BuildIdFrame> out) override;
    int fd;
  };

  std::optional<Stacks> kernel_;
  std::optional<Stacks> user_;
  std::optional<BuildIds> build_ids_;
};

}  // namespace gadgetry::pipeline
