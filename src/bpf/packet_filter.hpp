// Packet filters in pcap syntax, compiled into a program before it is loaded.
//
// An object offers a filter by a function gadget_pf_NAME (GADGET_PF of gadget/packetfilter.h). It is called
// with the packet's context in R1, R2 and R3, its first byte in R4 and its end in R5, and ends with
//     return data != data_end && skb1 == skb2 && skb2 == skb3;
// Code that leaves 0 in R1, R2, R3 and R5 and the verdict in R4 can therefore stand in front of the function
// as it is.
#pragma once

#include <linux/bpf.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "bpf/packet_filter_expression.hpp"

struct bpf_program;
struct bpf_prog_load_opts;
struct btf;

namespace gadgetry::bpf {

// Classic BPF for the registers named above. The context is a struct __sk_buff: a VLAN tag that the kernel
// took out of the packet counts as if it stood there. Refuses what an expression cannot give and a program
// cannot do: packet offsets that mean something else (SKF_AD_OFF), division by a constant zero, jumps to
// outside.
base::Result<std::vector<bpf_insn>> translate_packet_filter(std::span<const ClassicInsn> program);

// The code in front of a function for an expression: one of the two above, or kRejectAll's.
base::Result<std::vector<bpf_insn>> packet_filter_code(std::string_view expression);

// The NAMEs of the functions gadget_pf_NAME ("" for the one without).
std::vector<std::string> packet_filter_names(const btf* types);

struct PacketFilter {
  std::string name;
  std::vector<bpf_insn> code;
};

// Puts `code` in front of instruction `at`, which starts a function: calls and pointers to functions that go
// over it are adjusted. A call of instruction `at` reaches the code, a jump back to it (a loop) does not.
base::Status insert_code(std::vector<bpf_insn>& program, size_t at, std::span<const bpf_insn> code);

// To be called before libbpf opens an object: when the bytes name such a function, libbpf learns to ask us
// before it loads a classifier. Nothing changes for other objects.
void prepare_packet_filters(std::span<const std::byte> elf);

// While one lives, classifiers that this thread loads get the filters.
class PacketFilterScope {
 public:
  PacketFilterScope(const btf* types, std::span<const PacketFilter> filters);
  ~PacketFilterScope();
  PacketFilterScope(const PacketFilterScope&) = delete;
  PacketFilterScope& operator=(const PacketFilterScope&) = delete;

  // After the load: an error when a filter could not be put in, or no program asks for it.
  base::Status check() const;

  int prepare(bpf_program* program, bpf_prog_load_opts* options);  // for the callback

 private:
  base::Status inject(bpf_program* program, bpf_prog_load_opts& options);
  // Which of the filters belongs in front of a function; null: none.
  const PacketFilter* filter_of(uint32_t function);

  const btf* types_;
  std::span<const PacketFilter> filters_;
  std::vector<bool> used_;
  base::Status status_;
  // What the options point to until the program is loaded.
  std::vector<uint8_t> func_info_;
  std::vector<uint8_t> line_info_;
  PacketFilterScope* outer_;
};

}  // namespace gadgetry::bpf
