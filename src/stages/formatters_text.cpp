// The conversions of single numbers, one loop over the batch for each.
#include <cstring>

#include "data/access.hpp"
#include "stages/formatter_plan.hpp"
#include "sys/format.hpp"
#include "sys/names.hpp"

namespace gadgetry::stages {
namespace {

using data::Arena;
using data::Text;
using Op = Conversion::Op;

// "uid:77": what is shown for a number without a name.
Text numbered(Arena& arena, std::string_view prefix, uint64_t number) {
  size_t room = prefix.size() + sys::kUint64Chars;
  char* out = arena.allocate(room);
  std::memcpy(out, prefix.data(), prefix.size());
  size_t size = prefix.size() + sys::format_uint(number, out + prefix.size());
  arena.shrink_last(room - size);
  return {out, size};
}

Text name_or_number(Arena& arena, std::string_view name, std::string_view prefix, uint64_t number) {
  return name.empty() ? numbered(arena, prefix, number) : Text::of(name);
}

// Text from a function of sys/format.hpp that needs `room` bytes at most.
template <typename F>
Text formatted(Arena& arena, size_t room, F format) {
  char* out = arena.allocate(room);
  size_t size = format(out);
  arena.shrink_last(room - size);
  return {out, size};
}

// For each record: target = convert(raw). Neighbours often have the same value: their text is made once.
template <typename F>
void convert_all(const Conversion& conversion, data::Batch& batch, F convert) {
  uint64_t last = 0;
  Text text = convert(last);
  for (data::Record& record : batch.records) {
    uint64_t raw = data::read_integer(record, conversion.raw);
    if (raw != last) {
      text = convert(raw);
      last = raw;
    }
    data::store(record, *conversion.target, text);
  }
}

void run_timestamp(const Conversion& conversion, data::Batch& batch, const sys::BootClock& clock,
                   sys::TimeLayout& layout) {
  bool as_text = conversion.target->needed;
  for (data::Record& record : batch.records) {
    int64_t time = clock.wall_time(data::read_integer(record, conversion.raw));
    data::store(record, *conversion.raw_field, time);
    if (as_text) data::store(record, *conversion.target, batch.arena->copy(layout.format(time)));
  }
}

}  // namespace

void run_conversion(Conversion& conversion, data::Batch& batch, FormatterContext& context,
                    FormatterPlan& plan) {
  Arena& arena = *batch.arena;
  switch (conversion.op) {
    case Op::kTimestamp:
      return run_timestamp(conversion, batch, context.clock, plan.layouts[conversion.detail]);
    case Op::kSignal:
      return convert_all(conversion, batch, [&](uint64_t n) {
        return name_or_number(arena, sys::signal_name(n), "signal#", n);
      });
    case Op::kErrno:
      return convert_all(conversion, batch, [&](uint64_t n) {
        return n == 0 ? Text{} : name_or_number(arena, sys::errno_name(n), "error#", n);
      });
    case Op::kSyscall:
      return convert_all(conversion, batch, [](uint64_t n) {
        std::string_view name = sys::syscall_name(n);
        return Text::of(name.empty() ? "SYS_UNKNOWN" : name);
      });
    case Op::kFileMode:
      return convert_all(conversion, batch, [&](uint64_t n) {
        return formatted(arena, sys::kFileModeChars,
                         [&](char* out) { return sys::format_file_mode(static_cast<uint32_t>(n), out); });
      });
    case Op::kFileFlags:
      return convert_all(conversion, batch, [&](uint64_t n) {
        return formatted(arena, sys::kOpenFlagsChars,
                         [&](char* out) { return sys::format_open_flags(static_cast<uint32_t>(n), out); });
      });
    case Op::kBytes:
      return convert_all(conversion, batch, [&](uint64_t n) {
        return formatted(arena, sys::kBytesChars, [&](char* out) { return sys::format_bytes(n, out); });
      });
    case Op::kDuration:
      return convert_all(conversion, batch, [&](uint64_t n) {
        return formatted(arena, sys::kDurationChars,
                         [&](char* out) { return sys::format_duration(static_cast<int64_t>(n), out); });
      });
    case Op::kUid:
      return convert_all(conversion, batch, [&](uint64_t n) {
        return name_or_number(arena, context.users.user(static_cast<uint32_t>(n)), "uid:", n);
      });
    case Op::kGid:
      return convert_all(conversion, batch, [&](uint64_t n) {
        return name_or_number(arena, context.users.group(static_cast<uint32_t>(n)), "gid:", n);
      });
    case Op::kInterface:
      return convert_all(conversion, batch, [&](uint64_t n) {
        return n == 0 ? Text{}
                      : name_or_number(arena, context.interfaces.name(static_cast<uint32_t>(n)), "if#", n);
      });
    case Op::kEnum:
      return convert_all(conversion, batch,
                         [&](uint64_t n) { return plan.enums[conversion.detail].text(n, arena); });
    case Op::kKernelStack:
      return run_kernel_stack(conversion, batch, context, plan);
  }
}

}  // namespace gadgetry::stages
