#include "bpf/packet_dispatcher.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <span>

#include "bpf/libbpf_log.hpp"

namespace gadgetry::bpf {
namespace {

constexpr int16_t kMark = offsetof(__sk_buff, cb);
constexpr uint8_t kContext = BPF_REG_1;

bpf_insn insn(uint8_t code, uint8_t to, uint8_t from, int16_t offset, int32_t value) {
  bpf_insn out{};
  out.code = code;
  out.dst_reg = to & 0xf;
  out.src_reg = from & 0xf;
  out.off = offset;
  out.imm = value;
  return out;
}

}  // namespace

base::Result<PacketDispatcher> make_packet_dispatcher(const bpf_program* program, uint32_t net_ns,
                                                      int32_t result) {
  LibbpfLog log;
  PacketDispatcher out;
  constexpr uint32_t kSize = sizeof(uint32_t);
  out.jumps.reset(bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "gadget_jumps", kSize, kSize, 1, nullptr));
  if (!out.jumps) return base::Error::system("program array", errno);
  const std::array<bpf_insn, 8> code = {
      insn(BPF_ALU | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, static_cast<int32_t>(net_ns)),
      insn(BPF_STX | BPF_MEM | BPF_W, kContext, BPF_REG_0, kMark, 0),
      insn(BPF_LD | BPF_IMM | BPF_DW, BPF_REG_2, BPF_PSEUDO_MAP_FD, 0, out.jumps.get()),
      insn(0, 0, 0, 0, 0),
      insn(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, 0),
      insn(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_tail_call),
      insn(BPF_ALU | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, result),
      insn(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
  };
  bpf_prog_load_opts options{};
  options.sz = sizeof(options);
  options.expected_attach_type = bpf_program__expected_attach_type(program);
  bpf_prog_type type = bpf_program__type(program);
  out.program.reset(bpf_prog_load(type, "gadget_net_ns", "GPL", code.data(), code.size(), &options));
  if (!out.program) return base::Error::system("program that names the network namespace", errno);
  uint32_t slot = 0;
  int target = bpf_program__fd(program);
  if (bpf_map_update_elem(out.jumps.get(), &slot, &target, BPF_ANY) != 0) {
    return base::Error::system("jump from the program that names the network namespace", errno);
  }
  return out;
}

bool may_read_net_ns(const bpf_program* program) {
  const bpf_insn* code = bpf_program__insns(program);
  size_t count = bpf_program__insn_cnt(program);
  if (code == nullptr) return true;
  for (const bpf_insn& one : std::span(code, count)) {
    bool is_load = BPF_CLASS(one.code) == BPF_LDX;
    if (is_load && one.off == kMark) return true;
  }
  return false;
}

}  // namespace gadgetry::bpf
