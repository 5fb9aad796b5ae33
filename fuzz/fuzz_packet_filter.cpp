// Packet filters: any program of classic BPF that libpcap takes and we translate decides as libpcap does, and
// any text is an expression or an error.
//
// The first byte chooses: 0 is a text; anything else is the number of instructions of 8 bytes that follow,
// with the packet behind them.
#define bpf_insn pcap_bpf_insn
#define bpf_program pcap_bpf_program
#include <pcap/pcap.h>
#undef bpf_insn
#undef bpf_program

#include <linux/bpf.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "bpf/packet_filter.hpp"

namespace {

using namespace gadgetry;

void require(bool condition) {
  if (!condition) std::abort();
}

// A machine for what the translator emits. Pointers are numbers: the packet stands at kPacket, its context at
// kContext.
class Machine {
 public:
  static constexpr uint64_t kPacket = 0x10000, kContext = 0x8000000, kFrame = 0x9000000;

  Machine(const std::vector<bpf_insn>& code, const std::vector<uint8_t>& packet)
      : code_(code), packet_(packet) {
    r_[1] = r_[2] = r_[3] = kContext;
    r_[4] = kPacket;
    r_[5] = kPacket + packet.size();
    r_[10] = kFrame;
  }

  // The verdict; every register is as the function behind the code expects it.
  bool run() {
    for (size_t at = 0; at < code_.size(); at++) {
      at += static_cast<size_t>(step(code_[at]));
      require(at < code_.size());
    }
    require(r_[1] == 0 && r_[2] == 0 && r_[3] == 0 && r_[5] == 0);
    return r_[4] != 0;
  }

 private:
  uint64_t load(uint64_t from, size_t bytes) {
    uint64_t value = 0;
    if (from >= kFrame - 512 && from + bytes <= kFrame) {
      require(from + bytes <= kFrame - 48);
      std::memcpy(&value, stack_.data() + (from - (kFrame - 512)), bytes);
    } else if (from >= kContext && from < kContext + sizeof(__sk_buff)) {
      value = from == kContext ? packet_.size() : 0;  // len; no VLAN tag
    } else {
      require(from >= kPacket && from + bytes <= kPacket + packet_.size());
      std::memcpy(&value, packet_.data() + (from - kPacket), bytes);
    }
    return value;
  }

  void store(uint64_t to, uint64_t value, size_t bytes) {
    require(to >= kFrame - 512 && to + bytes <= kFrame - 48);
    std::memcpy(stack_.data() + (to - (kFrame - 512)), &value, bytes);
  }

  static size_t bytes_of(uint8_t code) {
    return BPF_SIZE(code) == BPF_W ? 4 : BPF_SIZE(code) == BPF_H ? 2 : 1;
  }

  uint64_t arithmetic(const bpf_insn& insn, uint64_t a, uint64_t b, bool wide) {
    if (!wide) a = static_cast<uint32_t>(a), b = static_cast<uint32_t>(b);
    switch (BPF_OP(insn.code)) {
      case BPF_ADD:
        return a + b;
      case BPF_SUB:
        return a - b;
      case BPF_MUL:
        return a * b;
      case BPF_DIV:
        require(b != 0);
        return a / b;
      case BPF_MOD:
        require(b != 0);
        return a % b;
      case BPF_OR:
        return a | b;
      case BPF_AND:
        return a & b;
      case BPF_XOR:
        return a ^ b;
      case BPF_LSH:
        return a << (b & 31);
      case BPF_RSH:
        return a >> (b & 31);
      case BPF_NEG:
        return -a;
      case BPF_MOV:
        return b;
      case BPF_END:
        return insn.imm == 16 ? __builtin_bswap16(static_cast<uint16_t>(a))
                              : __builtin_bswap32(static_cast<uint32_t>(a));
      default:
        std::abort();
    }
  }

  bool jumps(const bpf_insn& insn, uint64_t a, uint64_t b) {
    if (BPF_CLASS(insn.code) == BPF_JMP32) a = static_cast<uint32_t>(a), b = static_cast<uint32_t>(b);
    switch (BPF_OP(insn.code)) {
      case BPF_JA:
        return true;
      case BPF_JEQ:
        return a == b;
      case BPF_JNE:
        return a != b;
      case BPF_JGT:
        return a > b;
      case BPF_JGE:
        return a >= b;
      case BPF_JLE:
        return a <= b;
      case BPF_JSET:
        return (a & b) != 0;
      default:
        std::abort();
    }
  }

  // How many instructions are skipped.
  int step(const bpf_insn& insn) {
    auto at = [&](uint8_t reg) { return r_[reg] + static_cast<uint64_t>(static_cast<int64_t>(insn.off)); };
    uint64_t immediate = static_cast<uint64_t>(static_cast<int64_t>(insn.imm));
    uint64_t source = BPF_SRC(insn.code) == BPF_X ? r_[insn.src_reg] : immediate;
    switch (BPF_CLASS(insn.code)) {
      case BPF_LDX:
        r_[insn.dst_reg] = load(at(insn.src_reg), bytes_of(insn.code));
        return 0;
      case BPF_STX:
        store(at(insn.dst_reg), r_[insn.src_reg], bytes_of(insn.code));
        return 0;
      case BPF_ST:
        store(at(insn.dst_reg), immediate, bytes_of(insn.code));
        return 0;
      case BPF_ALU:
        r_[insn.dst_reg] = static_cast<uint32_t>(arithmetic(insn, r_[insn.dst_reg], source, false));
        return 0;
      case BPF_ALU64:
        r_[insn.dst_reg] = arithmetic(insn, r_[insn.dst_reg], source, true);
        return 0;
      default:
        require(insn.off >= 0);
        return jumps(insn, r_[insn.dst_reg], source) ? insn.off : 0;
    }
  }

  const std::vector<bpf_insn>& code_;
  const std::vector<uint8_t>& packet_;
  std::array<uint64_t, 11> r_{};
  std::array<uint8_t, 512> stack_{};
};

void compare(const std::vector<bpf::ClassicInsn>& program, const std::vector<uint8_t>& packet) {
  std::vector<pcap_bpf_insn> reference;
  for (const auto& insn : program) reference.push_back({insn.code, insn.jt, insn.jf, insn.k});
  auto code = bpf::translate_packet_filter(program);
  if (!code.ok()) return;
  if (bpf_validate(reference.data(), static_cast<int>(reference.size())) == 0) return;
  auto size = static_cast<uint32_t>(packet.size());
  bool expected = bpf_filter(reference.data(), packet.data(), size, size) != 0;
  require(Machine(*code, packet).run() == expected);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  size_t count = *data++;
  size--;
  if (count == 0) {
    // Names are looked up in the network.
    std::string_view text(reinterpret_cast<const char*>(data), size);
    bool has_name =
        std::any_of(text.begin(), text.end(), [](char c) { return (c | 0x20) >= 'g' && (c | 0x20) <= 'z'; });
    for (std::string_view word : {"host", "net", "gateway"}) {
      if (text.find(word) != text.npos) return 0;
    }
    if (has_name && text.find_first_of("/.:") != text.npos) return 0;
    (void)bpf::packet_filter_code(text);
    return 0;
  }
  std::vector<bpf::ClassicInsn> program;
  // libpcap does not clear the memory of a program.
  for (uint32_t k = 0; k < 16; k++) program.push_back({.code = 0x02, .k = k});
  while (program.size() < count + 16 && size >= 8) {
    bpf::ClassicInsn insn;
    std::memcpy(&insn, data, sizeof(insn));
    static_assert(sizeof(insn) == 8);
    bool is_shift =
        BPF_CLASS(insn.code) == BPF_ALU && (BPF_OP(insn.code) == BPF_LSH || BPF_OP(insn.code) == BPF_RSH);
    if (is_shift) insn.k &= 31;  // more is not defined in libpcap
    program.push_back(insn);
    data += 8;
    size -= 8;
  }
  compare(program, std::vector<uint8_t>(data, data + size));
  std::vector<bpf_insn> host(program.size());
  std::memcpy(host.data(), program.data(), program.size() * sizeof(bpf_insn));
  std::vector<bpf_insn> code(count);
  (void)bpf::insert_code(host, size % host.size(), code);
  return 0;
}
