// Parts of Host that only its own files need.
#pragma once

#include <wasmcore.h>
#include <wasmcore_wasi.h>

#include <algorithm>
#include <climits>

#include "wasm/host.hpp"
#include "wasm/link.hpp"

namespace gadgetry::wasm {

// The exports that the host calls; null when the module has none.
struct Host::Exports {
  wasmcore_function* initialize = nullptr;
  wasmcore_function* version = nullptr;
  wasmcore_function* init = nullptr;
  wasmcore_function* pre_start = nullptr;
  wasmcore_function* start = nullptr;
  wasmcore_function* stop = nullptr;
  wasmcore_function* post_stop = nullptr;
  wasmcore_function* data = nullptr;    // dataSourceCallback
  wasmcore_function* batch = nullptr;   // gadgetBatch
  wasmcore_function* output = nullptr;  // gadgetOutput
  wasmcore_function* timer = nullptr;   // gadgetTimer
};

struct Host::Link {
  Link(Host& host, CallLog* calls, Profiler* profiler) : linker(host, calls, profiler) {}
  ~Link() { wasmcore_wasi_free(wasi); }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  Linker linker;
  wasmcore_wasi* wasi = nullptr;
};

struct Host::Timer final : Resource {
  explicit Timer(Host& owner) : host(owner) {}
  ~Timer() override { std::erase(host.timers_, this); }

  Host& host;
  int64_t interval_ns = 0;
  int64_t next_ns = INT64_MAX;
  uint64_t callback = 0;
  bool once = false;
};

}  // namespace gadgetry::wasm
