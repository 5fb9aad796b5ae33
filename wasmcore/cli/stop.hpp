// SPDX-License-Identifier: Apache-2.0
// Ctrl-C and the time limit of a run: both interrupt the guest.
#pragma once

#include <cstdint>

#include "wasmcore.h"

namespace wasmcore::cli {

// While it lives, SIGINT and the end of the time interrupt the instance; a second SIGINT kills the process.
// One at a time: signal handlers reach only globals.
class StopScope {
 public:
  StopScope(wasmcore_instance* instance, int64_t timeout_ns);  // 0: no limit
  ~StopScope();
  StopScope(const StopScope&) = delete;
  StopScope& operator=(const StopScope&) = delete;

  static bool timed_out();
};

}  // namespace wasmcore::cli
