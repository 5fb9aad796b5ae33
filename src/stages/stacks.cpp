// Kernel and user stacks as text, innermost frame first.
#include <array>
#include <charconv>

#include "base/strings.hpp"
#include "data/access.hpp"
#include "stages/formatter_plan.hpp"

namespace gadgetry::stages {
namespace {

using data::Field;
using data::Text;

constexpr std::string_view kFrameEnd = "; ";

// Stack ids are not negative: bpf_get_stackid gives an error number instead (no room, no stack).
bool is_stack_id(uint64_t raw) {
  return static_cast<int32_t>(static_cast<uint32_t>(raw)) >= 0;
}

using Frames = std::array<uint64_t, kMaxStackFrames>;

// The frames of a stack up to the first 0.
std::span<const uint64_t> frames_of(StackSource* source, uint64_t id, Frames& out) {
  if (source == nullptr || !is_stack_id(id)) return {};
  size_t count = std::min(source->frames(static_cast<uint32_t>(id), out), out.size());
  size_t used = 0;
  while (used < count && out[used] != 0) used++;
  return {out.data(), used};
}

void append_hex(std::string& out, uint64_t value, size_t width) {
  char digits[16];
  auto size = static_cast<size_t>(std::to_chars(digits, digits + sizeof digits, value, 16).ptr - digits);
  if (size < width) out.append(width - size, '0');
  out.append(digits, size);
}

// Where to look for the function of a frame: a return address may already lie behind the function that called
// (one that does not come back ends with the call).
uint64_t call_site(std::span<const uint64_t> frames, size_t frame) {
  return frame == 0 ? frames[0] : frames[frame] - 1;
}

void append_symbol(std::string& out, std::string_view name, uint64_t address) {
  if (name.empty()) {
    out += "0x";
    append_hex(out, address, 0);
  } else {
    out += name;
  }
  out += kFrameEnd;
}

uint64_t value_of(const data::Record& record, const Field* field) {
  return field == nullptr ? 0 : data::read_integer(record, *field);
}

// A text that was put together in scratch.
void store_copy(data::Record& record, const Field& target, const std::string& text, data::Batch& batch) {
  data::store(record, target, batch.arena->copy(text));
}

void append_build_ids(BuildIdSource& source, uint32_t id, std::string& out) {
  std::array<BuildIdFrame, kMaxStackFrames> frames;
  size_t count = std::min(source.frames(id, frames), frames.size());
  for (size_t i = 0; i < count; i++) {
    const BuildIdFrame& frame = frames[i];
    if (frame.status == BuildIdFrame::kValid) {
      out += base::hex(frame.build_id, sizeof frame.build_id);
      out += " +";
    } else if (frame.status != BuildIdFrame::kIp) {
      return;
    }
    append_hex(out, frame.offset_or_ip, 0);
    out += kFrameEnd;
  }
}

sys::UserSymbols::ProcessRef process_of(const data::Record& record, const UserStackConversion& stack,
                                        const FormatterPlan& plan) {
  sys::UserSymbols::ProcessRef process;
  if (plan.own_pidns == 0) {
    process.pid = static_cast<uint32_t>(value_of(record, stack.tgid_level0));
  } else if (value_of(record, stack.pidns_level1) == plan.own_pidns) {
    // The number of the thread; /proc knows threads too.
    process.pid = static_cast<uint32_t>(value_of(record, stack.pid_level1));
  }
  process.generation = static_cast<uint32_t>(value_of(record, stack.base_addr_hash));
  process.exe_mtime = static_cast<int64_t>(value_of(record, stack.mtime_sec));
  return process;
}

}  // namespace

base::Status add_user_stack(data::DataSource& source, Field& field, FormatterPlan& plan) {
  UserStackConversion stack{};
  stack.stack_id = child(source, field, "stack_id");
  stack.inode = child(source, field, "inode");
  if (stack.stack_id == nullptr || stack.inode == nullptr) return {};
  stack.mtime_sec = child(source, field, "mtime_sec");
  stack.base_addr_hash = child(source, field, "base_addr_hash");
  stack.tgid_level0 = child(source, field, "tgid_level0");
  stack.pid_level1 = child(source, field, "pid_level1");
  stack.pidns_level1 = child(source, field, "pidns_level1");
  const Field* after = &source.fields()[field.children.back()];
  auto add = [&](std::string_view name) -> base::Result<Field*> {
    GADGETRY_ASSIGN(Field * target, add_text(source, field.full_name + ".", name, *after));
    if (target == nullptr) return target;
    target->tags.emplace_back("operator:ustack");
    hide(*target);
    after = target;
    return target;
  };
  GADGETRY_ASSIGN(stack.addresses, add("addresses"));
  GADGETRY_ASSIGN(stack.buildid, add("buildid"));
  GADGETRY_ASSIGN(stack.symbols, add("symbols"));
  plan.user_stacks.push_back(stack);
  return {};
}

void run_kernel_stack(const Conversion& conversion, data::Batch& batch, FormatterContext& context,
                      FormatterPlan& plan) {
  Frames buffer;
  for (data::Record& record : batch.records) {
    auto frames = frames_of(context.kernel_stacks, data::read_integer(record, conversion.raw), buffer);
    plan.scratch.clear();
    for (size_t i = 0; i < frames.size(); i++) {
      append_symbol(plan.scratch, context.kallsyms.lookup(call_site(frames, i)), frames[i]);
    }
    store_copy(record, *conversion.target, plan.scratch, batch);
  }
}

void run_user_stack(const UserStackConversion& stack, data::Batch& batch, FormatterContext& context,
                    FormatterPlan& plan) {
  Frames buffer;
  auto wants = [](const Field* field) { return field != nullptr && field->needed; };
  for (data::Record& record : batch.records) {
    // No inode: the program was told not to take user stacks. The texts are empty, as the block is zeroed.
    if (value_of(record, stack.inode) == 0) continue;
    uint64_t id = value_of(record, stack.stack_id);
    if (wants(stack.buildid) && context.build_ids != nullptr && is_stack_id(id)) {
      plan.scratch.clear();
      append_build_ids(*context.build_ids, static_cast<uint32_t>(id), plan.scratch);
      store_copy(record, *stack.buildid, plan.scratch, batch);
    }
    auto frames = frames_of(context.user_stacks, id, buffer);
    if (wants(stack.addresses)) {
      plan.scratch.clear();
      for (uint64_t address : frames) {
        plan.scratch += "0x";
        append_hex(plan.scratch, address, 16);
        plan.scratch += kFrameEnd;
      }
      store_copy(record, *stack.addresses, plan.scratch, batch);
    }
    if (wants(stack.symbols)) {
      plan.scratch.clear();
      auto process = process_of(record, stack, plan);
      for (size_t i = 0; i < frames.size(); i++) {
        append_symbol(plan.scratch, context.user_symbols.lookup(process, call_site(frames, i)), frames[i]);
      }
      store_copy(record, *stack.symbols, plan.scratch, batch);
    }
  }
}

}  // namespace gadgetry::stages
