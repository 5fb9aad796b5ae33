// The conformance module, in C++: the lifecycle. See ../../conformance.md for what the steps are.
#include "steps.hpp"

GADGET_MODULE();

using namespace conformance;

GADGET_INIT {
  init_steps();
  subscribe_steps();
  handle_steps();
  machine_steps();
  return 0;
}

GADGET_PRE_START {
  run(29, "late-field", [](uint32_t n) {
    CHECK(n, shared().results.add_field<uint32_t>("late"));
    CHECK(n, shared().added.show().ok());
  });
  run(30, "too-early", [](uint32_t n) {
    Event event = shared().results.new_event();
    CHECK(n, event);
    CHECK(n, !shared().results.emit(event));
    CHECK(n, !shared().results.release(event));
  });
  return 0;
}

GADGET_START {
  run(31, "too-late", [](uint32_t n) {
    uint32_t field = 0;
    CHECK(n, gadget_v2_fieldAdd(shared().numbers.handle(), gadget::detail::ref("toolate"), 8, 0, 0, &field) ==
                 GADGET_STATE);
    CHECK(n, shared().numbers.output_mode("toolate", [](const gadget::Output&) {}).code() == Code::kState);
    CHECK(n, !gadget::new_source("toolate", gadget::SourceType::kSingle));
  });
  map_steps();
  packet_steps();
  start_timers();
  return 0;
}

GADGET_STOP {
  callback_reports();
  const Shared& s = shared();
  for (uint32_t number = 1; number <= kSteps; number++) {
    const Step& step = steps()[number];
    Event event = s.results.new_event();
    gadget::FixedString<64> name(step.name);
    if (step.is_skipped) name.append(" (skip)");
    s.result_step.set(event, number);
    s.result_name.set(event, name);
    s.result_ok.set(event, step.why.empty());
    s.result_why.set(event, step.why);
    if (!s.results.emit(event)) gadget::log_error("cannot emit the result of step ", number);
  }
  return 0;
}

GADGET_POST_STOP {
  return 0;
}
