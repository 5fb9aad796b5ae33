// How the conformance module keeps and reports its steps; see ../../conformance.md.
#pragma once

#include <gadget/gadget.hpp>

namespace conformance {

using gadget::Code;
using gadget::Event;
using gadget::Source;
using gadget::Status;
using gadget::Text;

struct Step {
  const char* name = nullptr;
  bool is_skipped = false;
  gadget::FixedString<120> why;  // empty: ok
};

inline constexpr uint32_t kSteps = 51;

// Number 0 is not used.
inline Step* steps() {
  static constinit Step all[kSteps + 1];
  return all;
}

// Notes what is wrong, unless something was already.
template <class... Values>
void wrong(uint32_t number, const Values&... values) {
  if (steps()[number].why.empty()) gadget::append(steps()[number].why, values...);
}

inline void report(uint32_t number, const char* name) {
  Step& step = steps()[number];
  step.name = name;
  if (step.is_skipped) {
    gadget::log_info(number, " ", name, " skip");
  } else if (step.why.empty()) {
    gadget::log_info(number, " ", name, " ok");
  } else {
    gadget::log_info(number, " ", name, " FAIL: ", step.why);
  }
}

// Runs a step that is done in one go. `f` ends at the first thing that is wrong.
template <class F>
void run(uint32_t number, const char* name, F f) {
  f(number);
  report(number, name);
}

// Within a step: what must be true, else the step ends.
#define CHECK(number, condition)              \
  do {                                        \
    if (!(condition)) {                       \
      conformance::wrong(number, #condition); \
      return;                                 \
    }                                         \
  } while (false)

#define SKIP_UNLESS(number, condition)                \
  do {                                                \
    if (!(condition)) {                               \
      conformance::steps()[number].is_skipped = true; \
      return;                                         \
    }                                                 \
  } while (false)

// What several parts use.
struct Shared {
  Source numbers, rows, results, table, hidden;
  gadget::Field<int8_t> i8;
  gadget::Field<int16_t> i16;
  gadget::Field<int32_t> i32;
  gadget::Field<int64_t> i64;
  gadget::Field<uint8_t> u8;
  gadget::Field<uint16_t> u16;
  gadget::Field<uint32_t> u32;
  gadget::Field<uint64_t> u64;
  gadget::Field<float> f32;
  gadget::Field<double> f64;
  gadget::Field<bool> b;
  gadget::Field<Text> text;
  gadget::Field<gadget::Bytes> bytes;
  gadget::Field<uint32_t> id;
  gadget::Field<Text> name;
  gadget::Field<uint64_t> added;
  gadget::ListField<uint16_t> list;
  gadget::ListField<Text> names;
  gadget::Field<uint32_t> result_step;
  gadget::Field<Text> result_name, result_why;
  gadget::Field<bool> result_ok;
  gadget::Field<uint32_t> value, x;
};

inline Shared& shared() {
  static constinit Shared all;
  return all;
}

// The parts: init.cpp, machine.cpp, maps.cpp, callbacks.cpp.
void init_steps();
void subscribe_steps();
void handle_steps();
void machine_steps();
void map_steps();
void packet_steps();
void start_timers();
void callback_reports();

}  // namespace conformance
