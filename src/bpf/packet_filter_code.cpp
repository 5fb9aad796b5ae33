// Classic BPF (pcap/bpf.h) as eBPF. Each instruction becomes a few, in order; jumps are set at the end.
#include <linux/filter.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "base/limits.hpp"
#include "bpf/packet_filter.hpp"

namespace gadgetry::bpf {
namespace {

// A and X of classic BPF; R2 and R3 hold what one instruction needs.
enum : uint8_t { kA = 0, kX = 1, kT = 2, kU = 3, kData = 4, kEnd = 5, kContext = 6, kFrame = 10 };

// struct __sk_buff of linux/bpf.h.
constexpr int16_t kLenOffset = offsetof(__sk_buff, len);
constexpr int16_t kVlanPresentOffset = offsetof(__sk_buff, vlan_present);
constexpr int16_t kVlanTciOffset = offsetof(__sk_buff, vlan_tci);
constexpr int16_t kVlanProtoOffset = offsetof(__sk_buff, vlan_proto);

// The stack is ours from here down; the function's own code may have the rest.
constexpr int16_t kStackTop = -48;
constexpr int16_t kMemory = kStackTop - 4 * BPF_MEMWORDS;  // M[0] to M[15]
constexpr int16_t kWindow = kMemory - 16;                  // bytes 8 to 19 of a packet with its VLAN tag

// Where the tag stands in a packet that has it, and what the verifier lets a program reach.
constexpr uint32_t kTagStart = 12;
constexpr uint32_t kTagEnd = 16;
constexpr uint32_t kTagBytes = kTagEnd - kTagStart;
constexpr uint32_t kWindowStart = 8;
constexpr uint32_t kReach = 0xfff0;

// Jump targets besides the indices of classic instructions.
constexpr uint32_t kReject = std::numeric_limits<uint32_t>::max();
constexpr uint32_t kDone = kReject - 1;
constexpr uint32_t kTagged = kReject - 2;

bpf_insn make(uint32_t code, uint8_t dst, uint8_t src, int16_t off, int32_t imm) {
  bpf_insn insn{};
  insn.code = static_cast<uint8_t>(code);
  insn.dst_reg = dst & 0xf;
  insn.src_reg = src & 0xf;
  insn.off = off;
  insn.imm = imm;
  return insn;
}

bool reads_packet(uint32_t code) {
  uint32_t mode = BPF_MODE(code);
  return (BPF_CLASS(code) == BPF_LD || BPF_CLASS(code) == BPF_LDX) &&
         (mode == BPF_ABS || mode == BPF_IND || mode == BPF_MSH);
}

bool reads_length(uint32_t code) {
  return (BPF_CLASS(code) == BPF_LD || BPF_CLASS(code) == BPF_LDX) && BPF_MODE(code) == BPF_LEN;
}

uint32_t load_bytes(uint32_t code) {
  return BPF_SIZE(code) == BPF_W ? 4 : BPF_SIZE(code) == BPF_H ? 2 : 1;
}

class Translator {
 public:
  explicit Translator(std::span<const ClassicInsn> program) : program_(program) {}

  base::Result<std::vector<bpf_insn>> run() {
    if (program_.empty() || program_.size() > limits::kPacketFilterInsns) {
      return base::Error("packet filter: it has " + std::to_string(program_.size()) + " instructions");
    }
    look_ahead();
    start();
    GADGETRY_TRY(add_body());
    if (uses_packet_) {
      tagged_ = true;
      tagged_at_ = out_.size();
      if (uses_window_) fill_window();
      GADGETRY_TRY(add_body());
    }
    finish();
    GADGETRY_TRY(set_jumps());
    return std::move(out_);
  }

 private:
  struct Jump {
    size_t at;
    uint32_t target;  // index of a classic instruction, or one of the constants
    bool in_tagged;   // which of the two bodies the index is of
  };

  base::Error refuse(size_t index, std::string_view why) const {
    return base::Error("packet filter: instruction " + std::to_string(index) + " " + std::string(why));
  }

  void emit(uint32_t code, uint8_t dst, uint8_t src, int16_t off, int32_t imm) {
    out_.push_back(make(code, dst, src, off, imm));
  }
  void jump(uint32_t code, uint8_t dst, uint8_t src, uint32_t imm, uint32_t target) {
    jumps_.push_back({out_.size(), target, tagged_});
    emit(code, dst, src, 0, static_cast<int32_t>(imm));
  }
  void set32(uint8_t dst, uint32_t value) {
    emit(BPF_ALU | BPF_MOV | BPF_K, dst, 0, 0, static_cast<int32_t>(value));
  }
  void move32(uint8_t dst, uint8_t src) { emit(BPF_ALU | BPF_MOV | BPF_X, dst, src, 0, 0); }
  void move(uint8_t dst, uint8_t src) { emit(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0); }
  void add(uint8_t dst, uint32_t value) {
    emit(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, static_cast<int32_t>(value));
  }

  void look_ahead() {
    for (const ClassicInsn& insn : program_) {
      uint32_t kind = BPF_CLASS(insn.code);
      if (reads_packet(insn.code) || reads_length(insn.code)) uses_packet_ = true;
      if (reads_packet(insn.code)) {
        bool is_fixed = BPF_MODE(insn.code) != BPF_IND;
        if (!is_fixed || (insn.k < kTagEnd && insn.k + load_bytes(insn.code) > kTagStart))
          uses_window_ = true;
      }
      bool uses_memory = kind == BPF_ST || kind == BPF_STX ||
                         ((kind == BPF_LD || kind == BPF_LDX) && BPF_MODE(insn.code) == BPF_MEM);
      if (uses_memory && insn.k < BPF_MEMWORDS) memory_[insn.k] = true;
    }
  }

  static int16_t memory_offset(uint32_t k) { return static_cast<int16_t>(kMemory + static_cast<int>(4 * k)); }

  void start() {
    if (uses_packet_) move(kContext, kX);  // R1 becomes X
    set32(kA, 0);
    set32(kX, 0);
    for (uint32_t k = 0; k < memory_.size(); k++) {
      if (memory_[k]) emit(BPF_ST | BPF_MEM | BPF_W, kFrame, 0, memory_offset(k), 0);
    }
    if (!uses_packet_) return;
    emit(BPF_LDX | BPF_MEM | BPF_W, kT, kContext, kVlanPresentOffset, 0);
    jump(BPF_JMP | BPF_JNE | BPF_K, kT, 0, 0, kTagged);
  }

  // Frames with a tag have more than the 16 bytes that the window needs.
  void fill_window() {
    check_reach(kTagEnd);
    auto copy = [this](int16_t from, int16_t to) {
      emit(BPF_LDX | BPF_MEM | BPF_W, kT, kData, from, 0);
      emit(BPF_STX | BPF_MEM | BPF_W, kFrame, kT, static_cast<int16_t>(kWindow + to), 0);
    };
    copy(8, 0);
    emit(BPF_LDX | BPF_MEM | BPF_W, kT, kContext, kVlanProtoOffset, 0);  // is in network order
    emit(BPF_STX | BPF_MEM | BPF_H, kFrame, kT, kWindow + 4, 0);
    emit(BPF_LDX | BPF_MEM | BPF_W, kT, kContext, kVlanTciOffset, 0);
    emit(BPF_ALU | BPF_END | BPF_TO_BE, kT, 0, 0, 16);
    emit(BPF_STX | BPF_MEM | BPF_H, kFrame, kT, kWindow + 6, 0);
    copy(12, 8);
  }

  // Rejects packets of fewer than `bytes` bytes; what is known of them is known of kData.
  void check_reach(uint32_t bytes) {
    move(kT, kData);
    add(kT, bytes);
    jump(BPF_JMP | BPF_JGT | BPF_X, kT, kEnd, 0, kReject);
  }

  void to_host(uint8_t dst, uint32_t bytes) {
    if (bytes > 1) emit(BPF_ALU | BPF_END | BPF_TO_BE, dst, 0, 0, static_cast<int32_t>(8 * bytes));
  }

  // Always, but as a condition: the verifier refuses a program with code behind it that nothing leads to.
  void reject() { jump(BPF_JMP32 | BPF_JGE | BPF_K, kA, 0, 0, kReject); }

  // dst = the bytes at `from` + offset on the stack, one by one: the verifier wants accesses aligned there.
  void load_window(uint8_t dst, uint8_t from, int16_t offset, uint32_t bytes) {
    emit(BPF_LDX | BPF_MEM | BPF_B, dst, from, offset, 0);
    for (uint32_t i = 1; i < bytes; i++) {
      emit(BPF_ALU | BPF_LSH | BPF_K, dst, 0, 0, 8);
      emit(BPF_LDX | BPF_MEM | BPF_B, kT, from, static_cast<int16_t>(offset + static_cast<int>(i)), 0);
      emit(BPF_ALU | BPF_OR | BPF_X, dst, kT, 0, 0);
    }
  }

  // dst = the packet's bytes at k.
  void load_fixed(uint8_t dst, uint32_t size, uint32_t k, uint32_t bytes) {
    if (k > kReach - bytes) return reject();
    if (tagged_ && k >= kTagEnd) {
      k -= kTagBytes;
    } else if (tagged_ && k + bytes > kTagStart) {
      return load_window(dst, kFrame, static_cast<int16_t>(kWindow + static_cast<int>(k - kWindowStart)),
                         bytes);
    }
    check_reach(k + bytes);
    if (k <= std::numeric_limits<int16_t>::max()) {
      emit(BPF_LDX | BPF_MEM | size, dst, kData, static_cast<int16_t>(k), 0);
    } else {
      add(kT, -bytes);
      emit(BPF_LDX | BPF_MEM | size, dst, kT, 0, 0);
    }
    to_host(dst, bytes);
  }

  // A = the packet's bytes at X + k.
  void load_indexed(uint32_t size, uint32_t k, uint32_t bytes) {
    if (k > kReach - bytes) return reject();
    move32(kT, kX);
    if (k != 0) add(kT, k);
    jump(BPF_JMP | BPF_JGT | BPF_K, kT, 0, kReach - bytes, kReject);
    size_t over_load = 0;
    if (tagged_) {
      size_t behind_tag = out_.size();
      emit(BPF_JMP | BPF_JGE | BPF_K, kT, 0, 0, kTagEnd);
      size_t before_tag = out_.size();
      emit(BPF_JMP | BPF_JLE | BPF_K, kT, 0, 0, static_cast<int32_t>(kTagStart - bytes));
      move(kU, kFrame);
      emit(BPF_ALU64 | BPF_ADD | BPF_X, kU, kT, 0, 0);
      load_window(kA, kU, static_cast<int16_t>(kWindow - static_cast<int>(kWindowStart)), bytes);
      over_load = out_.size();
      emit(BPF_JMP | BPF_JA, 0, 0, 0, 0);
      lead_here(behind_tag);
      add(kT, -kTagBytes);
      lead_here(before_tag);
    }
    move(kU, kData);
    emit(BPF_ALU64 | BPF_ADD | BPF_X, kU, kT, 0, 0);
    move(kT, kU);
    add(kT, bytes);
    jump(BPF_JMP | BPF_JGT | BPF_X, kT, kEnd, 0, kReject);
    emit(BPF_LDX | BPF_MEM | size, kA, kU, 0, 0);
    to_host(kA, bytes);
    if (tagged_) lead_here(over_load);
  }

  void lead_here(size_t from) { out_[from].off = static_cast<int16_t>(out_.size() - from - 1); }

  base::Status add_load(size_t index, const ClassicInsn& insn, uint8_t dst) {
    uint32_t bytes = load_bytes(insn.code);
    bool is_word = BPF_SIZE(insn.code) == BPF_W;
    switch (BPF_MODE(insn.code)) {
      case BPF_IMM:
        if (!is_word) break;
        set32(dst, insn.k);
        return {};
      case BPF_MEM:
        if (!is_word) break;
        if (insn.k >= BPF_MEMWORDS) return refuse(index, "reads memory that does not exist");
        emit(BPF_LDX | BPF_MEM | BPF_W, dst, kFrame, memory_offset(insn.k), 0);
        return {};
      case BPF_LEN:
        if (!is_word) break;
        emit(BPF_LDX | BPF_MEM | BPF_W, dst, kContext, kLenOffset, 0);
        if (tagged_) emit(BPF_ALU | BPF_ADD | BPF_K, dst, 0, 0, kTagBytes);
        return {};
      case BPF_ABS:
      case BPF_IND:
        if (BPF_SIZE(insn.code) == 0x18 || dst != kA) break;
        if (insn.k > std::numeric_limits<int32_t>::max()) {
          return refuse(index, "asks for something besides the packet (offset " +
                                   std::to_string(static_cast<int32_t>(insn.k)) + ")");
        }
        if (BPF_MODE(insn.code) == BPF_ABS) {
          load_fixed(dst, BPF_SIZE(insn.code), insn.k, bytes);
        } else {
          load_indexed(BPF_SIZE(insn.code), insn.k, bytes);
        }
        return {};
      case BPF_MSH:
        if (BPF_SIZE(insn.code) != BPF_B || dst != kX) break;
        if (insn.k > std::numeric_limits<int32_t>::max())
          return refuse(index, "asks for something besides the packet");
        load_fixed(kX, BPF_B, insn.k, 1);
        emit(BPF_ALU | BPF_AND | BPF_K, kX, 0, 0, 0xf);
        emit(BPF_ALU | BPF_LSH | BPF_K, kX, 0, 0, 2);
        return {};
      default:
        break;
    }
    return refuse(index, "is an unknown load");
  }

  base::Status add_arithmetic(size_t index, const ClassicInsn& insn) {
    uint32_t op = BPF_OP(insn.code);
    bool by_x = BPF_SRC(insn.code) == BPF_X;
    if (op > BPF_XOR) return refuse(index, "is unknown arithmetic");
    if (op == BPF_NEG) {
      if (by_x) return refuse(index, "is unknown arithmetic");
      emit(BPF_ALU | BPF_NEG, kA, 0, 0, 0);
      return {};
    }
    if (op == BPF_DIV || op == BPF_MOD) {
      if (!by_x && insn.k == 0) return refuse(index, "divides by zero");
      if (by_x) jump(BPF_JMP32 | BPF_JEQ | BPF_K, kX, 0, 0, kReject);
    }
    bool shifts = op == BPF_LSH || op == BPF_RSH;
    if (shifts && !by_x && insn.k > 31) {
      set32(kA, 0);
      return {};
    }
    if (shifts && by_x) {  // the processor would take the shift modulo 32
      emit(BPF_JMP32 | BPF_JLE | BPF_K, kX, 0, 1, 31);
      set32(kA, 0);
    }
    emit(BPF_ALU | op | BPF_SRC(insn.code), kA, by_x ? uint8_t{kX} : uint8_t{0}, 0,
         by_x ? 0 : static_cast<int32_t>(insn.k));
    return {};
  }

  base::Status add_jump(size_t index, const ClassicInsn& insn) {
    uint64_t next = index + 1;
    auto target = [&](uint64_t over) -> base::Result<uint32_t> {
      if (next + over < program_.size()) return static_cast<uint32_t>(next + over);
      return refuse(index, "jumps beyond the end");
    };
    uint32_t op = BPF_OP(insn.code);
    if (op == BPF_JA) {
      if (insn.code != (BPF_JMP | BPF_JA)) return refuse(index, "is an unknown jump");
      if (insn.k > std::numeric_limits<int32_t>::max()) {
        return base::Error::usage(
                   "packet filter: it walks over the headers of a packet in a loop (protochain)")
            .with_hint("use proto, which looks at the first header");
      }
      GADGETRY_ASSIGN(uint32_t to, target(insn.k));
      jump(BPF_JMP | BPF_JA, 0, 0, 0, to);
      return {};
    }
    if (op != BPF_JEQ && op != BPF_JGT && op != BPF_JGE && op != BPF_JSET)
      return refuse(index, "is an unknown jump");
    bool by_x = BPF_SRC(insn.code) == BPF_X;
    GADGETRY_ASSIGN(uint32_t yes, target(insn.jt));
    GADGETRY_ASSIGN(uint32_t no, target(insn.jf));
    jump(BPF_JMP32 | op | BPF_SRC(insn.code), kA, by_x ? uint8_t{kX} : uint8_t{0}, by_x ? 0 : insn.k, yes);
    if (no != next) jump(BPF_JMP | BPF_JA, 0, 0, 0, no);
    return {};
  }

  base::Status add_insn(size_t index, const ClassicInsn& insn) {
    if (insn.code > 0xff) return refuse(index, "is unknown");
    switch (BPF_CLASS(insn.code)) {
      case BPF_LD:
        return add_load(index, insn, kA);
      case BPF_LDX:
        return add_load(index, insn, kX);
      case BPF_ST:
      case BPF_STX:
        if (insn.code > BPF_STX) return refuse(index, "is unknown");
        if (insn.k >= BPF_MEMWORDS) return refuse(index, "writes memory that does not exist");
        emit(BPF_STX | BPF_MEM | BPF_W, kFrame, BPF_CLASS(insn.code) == BPF_ST ? uint8_t{kA} : uint8_t{kX},
             memory_offset(insn.k), 0);
        return {};
      case BPF_ALU:
        return add_arithmetic(index, insn);
      case BPF_JMP:
        return add_jump(index, insn);
      case BPF_RET:
        if (insn.code != (BPF_RET | BPF_K) && insn.code != (BPF_RET | BPF_A))
          return refuse(index, "is an unknown return");
        if (BPF_RVAL(insn.code) == BPF_A) {
          move32(kData, kA);
        } else {
          set32(kData, insn.k);
        }
        jump(BPF_JMP | BPF_JA, 0, 0, 0, kDone);
        return {};
      default:  // BPF_MISC
        if (BPF_MISCOP(insn.code) == BPF_TAX) {
          move32(kX, kA);
        } else if (BPF_MISCOP(insn.code) == BPF_TXA) {
          move32(kA, kX);
        } else {
          return refuse(index, "is unknown");
        }
        return {};
    }
  }

  base::Status add_body() {
    std::vector<size_t>& starts = starts_[tagged_ ? 1 : 0];
    for (size_t i = 0; i < program_.size(); i++) {
      starts.push_back(out_.size());
      GADGETRY_TRY(add_insn(i, program_[i]));
    }
    if (BPF_CLASS(program_.back().code) != BPF_RET)
      return refuse(program_.size() - 1, "is the last and does not return");
    return {};
  }

  // The registers as the function behind expects them.
  void finish() {
    reject_at_ = out_.size();
    bool rejects =
        std::any_of(jumps_.begin(), jumps_.end(), [](const Jump& jump) { return jump.target == kReject; });
    if (rejects) emit(BPF_ALU64 | BPF_MOV | BPF_K, kData, 0, 0, 0);
    done_at_ = out_.size();
    for (uint8_t zero : {uint8_t{1}, uint8_t{2}, uint8_t{3}, uint8_t{kEnd}}) {
      emit(BPF_ALU64 | BPF_MOV | BPF_K, zero, 0, 0, 0);
    }
  }

  base::Status set_jumps() {
    for (const Jump& jump : jumps_) {
      size_t target = jump.target == kReject   ? reject_at_
                      : jump.target == kDone   ? done_at_
                      : jump.target == kTagged ? tagged_at_
                                               : starts_[jump.in_tagged ? 1 : 0][jump.target];
      size_t over = target - jump.at - 1;  // all of them lead forward
      if (over > static_cast<size_t>(std::numeric_limits<int16_t>::max())) {
        return base::Error::usage("packet filter: the expression is too long")
            .with_hint("leave a part of it out");
      }
      out_[jump.at].off = static_cast<int16_t>(over);
    }
    return {};
  }

  std::span<const ClassicInsn> program_;
  std::vector<bpf_insn> out_;
  std::vector<Jump> jumps_;
  std::array<std::vector<size_t>, 2> starts_;  // of the instructions, without and with a tag
  std::array<bool, BPF_MEMWORDS> memory_{};
  bool uses_packet_ = false;
  bool uses_window_ = false;
  bool tagged_ = false;  // the body that is being written
  size_t tagged_at_ = 0;
  size_t reject_at_ = 0;
  size_t done_at_ = 0;
};

}  // namespace

base::Result<std::vector<bpf_insn>> translate_packet_filter(std::span<const ClassicInsn> program) {
  return Translator(program).run();
}

base::Result<std::vector<bpf_insn>> packet_filter_code(std::string_view expression) {
  if (expression == kRejectAll) {
    return std::vector<bpf_insn>{make(BPF_ALU64 | BPF_MOV | BPF_X, kData, kEnd, 0, 0)};
  }
  GADGETRY_ASSIGN(std::vector<ClassicInsn> program, compile_packet_filter(expression));
  return translate_packet_filter(program);
}

}  // namespace gadgetry::bpf
