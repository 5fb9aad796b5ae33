// Blocks and branches of the reference interpreter.
#include "reference.hpp"

#include "wc_simd.h"

namespace wasmcore::fuzz {
namespace {

// Reads code without running it, to find where blocks end.
class Skimmer {
 public:
  explicit Skimmer(const std::vector<uint8_t>& code) : code_(code) {}

  size_t pc = 0;

  void leb() {
    while ((code_[pc++] & 0x80) != 0) {
    }
  }

  void lebs(int n) {
    while (n-- > 0) leb();
  }

  void count_and_lebs() {
    uint32_t n = code_[pc++];  // generated tables are short
    lebs(static_cast<int>(n) + 1);
  }

  void immediates(uint8_t op) {
    if (op >= 0x02 && op <= 0x04) return leb();
    if (op == 0x0c || op == 0x0d || op == 0x10 || op == 0xd0 || op == 0xd2) return leb();
    if (op == 0x0e) return count_and_lebs();
    if (op == 0x11) return lebs(2);
    if (op == 0x1c) return lebs(2);
    if (op >= 0x20 && op <= 0x26) return leb();
    if (op >= 0x28 && op <= 0x3e) return lebs(2);
    if (op >= 0x3f && op <= 0x42) return leb();
    if (op == 0x43) pc += 4;
    if (op == 0x44) pc += 8;
    if (op == 0xfc) return prefix_fc();
    if (op == 0xfd) prefix_fd();
  }

 private:
  uint32_t opcode() {
    uint32_t v = code_[pc] & 0x7f;
    if ((code_[pc++] & 0x80) != 0) v |= static_cast<uint32_t>(code_[pc++]) << 7;
    return v;
  }

  void prefix_fc() {
    uint32_t op = opcode();
    if (op == 8 || op == 10 || op == 12 || op == 14) return lebs(2);
    if (op >= 9) lebs(1);
  }

  void prefix_fd() {
    const wc_simd_op& op = wc_simd_ops[opcode()];
    if (op.shape == WC_SIMD_CONST || op.shape == WC_SIMD_SHUFFLE) {
      pc += 16;
      return;
    }
    if (op.bytes != 0) lebs(2);
    if (op.nlanes != 0) pc++;
  }

  const std::vector<uint8_t>& code_;
};

}  // namespace

const std::unordered_map<size_t, Reference::Ends>& Reference::ends_of(uint32_t own) {
  auto& ends = ends_[own];
  if (!ends.empty()) return ends;
  const std::vector<uint8_t>& code = module_.functions[own].code;
  Skimmer s(code);
  std::vector<size_t> open = {SIZE_MAX};
  ends[SIZE_MAX] = {};
  while (s.pc < code.size()) {
    size_t start = s.pc;
    uint8_t op = code[s.pc++];
    s.immediates(op);
    if (op >= 0x02 && op <= 0x04) open.push_back(start);
    if (op == 0x05) ends[open.back()].other = s.pc;
    if (op == 0x0b) {
      ends[open.back()].end = s.pc;
      open.pop_back();
    }
  }
  return ends;
}

void Reference::enter_block(Activation& a, uint8_t op) {
  size_t start = a.pc - 1, params = 0, results = 0;
  if (u8(a) == 0x40) {
  } else if (uint8_t single = a.function->code[a.pc - 1]; (single & 0xc0) == 0x40) {
    results = 1;
  } else {
    a.pc--;
    const FunctionType& type = module_.types[static_cast<size_t>(s64(a))];
    params = type.params.size();
    results = type.results.size();
  }
  const Ends& ends = a.ends->at(start);
  bool taken = op != 0x04 || pop32() != 0;
  size_t height = stack_.size() - params;
  if (op == 0x03) {
    a.labels.push_back({start, params, height, true});
    return;
  }
  if (!taken && ends.other == 0) {
    a.pc = ends.end;
    return;
  }
  a.labels.push_back({ends.end, results, height, false});
  if (!taken) a.pc = ends.other;
}

void Reference::branch(Activation& a, uint32_t depth, bool* done) {
  Control label = a.labels[a.labels.size() - 1 - depth];
  std::vector<Value> operands(stack_.end() - static_cast<long>(label.arity), stack_.end());
  stack_.resize(label.height);
  stack_.insert(stack_.end(), operands.begin(), operands.end());
  a.labels.resize(a.labels.size() - 1 - depth);
  a.pc = label.target;
  *done = a.labels.empty();
}

}  // namespace wasmcore::fuzz
