// Where the time goes inside a module, by function: stacks with their time, for flame graphs.
//
// A thread asks for a sample each millisecond while a call into the module runs. The module is sampled at the
// end of a basic block (wasmcore_request_sample), host functions when they return. A sample gets all time
// since the sample before, so that the sum is the time spent in the module and does not depend on how
// punctual the thread is.
#pragma once

#include <wasmcore.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace gadgetry::wasm {

class Profiler {
 public:
  explicit Profiler(int64_t interval_ns = 1'000'000);
  ~Profiler();
  Profiler(const Profiler&) = delete;
  Profiler& operator=(const Profiler&) = delete;

  // One instance at a time. Detached before it is freed; what was seen stays.
  void attach(wasmcore_instance* instance);
  void detach();

  // Around each call into the module; calls may nest. `export_name` becomes the root of the stacks and must
  // stay.
  void begin_call(std::string_view export_name);
  void end_call();
  // Around each host function that the module calls; `name` must stay.
  void enter_host(std::string_view name) {
    host_calls_.push_back({name, ticks_.load(std::memory_order_relaxed)});
  }
  void leave_host() {
    HostCall call = host_calls_.back();
    host_calls_.pop_back();
    if (call.ticks != ticks_.load(std::memory_order_relaxed)) sample(call.name);
  }

  // "dataSourceCallback;main.parse;dns.name 1234": a line for each stack with its microseconds, sorted.
  std::string text() const;
  // The text as a file, complete or not at all.
  base::Status write(const std::string& path) const;
  uint64_t samples() const { return samples_; }

 private:
  // What the host calls: an export, under the one during which it was called. Id 0 is no root.
  struct Root {
    uint32_t parent;
    std::string_view name;
    int64_t unsampled_ns;
  };
  struct HostCall {
    std::string_view name;
    uint64_t ticks;
  };
  using Stack = std::vector<uint32_t>;  // a root, then names_, outermost first
  struct StackHash {
    size_t operator()(const Stack& stack) const;
  };
  struct PlaceHash {
    size_t operator()(const std::pair<const void*, uint32_t>& place) const;
  };

  void tick(int64_t interval_ns);
  void sample(std::string_view host_function);
  uint32_t root_of(uint32_t parent, std::string_view name);
  uint32_t function_name(const wasmcore_frame& frame);
  uint32_t host_name(std::string_view name);
  uint32_t add_name(std::string name);
  void charge();
  std::string path_of(const Stack& stack) const;

  std::vector<Root> roots_;
  std::vector<uint32_t> calls_;  // roots, innermost last
  std::vector<HostCall> host_calls_;
  int64_t since_ns_ = 0;  // up to when all time was given to a root or a stack
  uint64_t sampled_ticks_ = 0;
  uint64_t samples_ = 0;
  Stack stack_;  // of the current sample
  std::unordered_map<Stack, int64_t, StackHash> stacks_;
  std::unordered_map<std::pair<const void*, uint32_t>, uint32_t, PlaceHash> functions_;
  std::unordered_map<std::string_view, uint32_t> hosts_;
  std::vector<std::string> names_;

  std::atomic<bool> running_{false};
  std::atomic<uint64_t> ticks_{0};
  std::atomic<bool> quit_{false};
  std::mutex mutex_;  // instance_: the thread uses it, attach() and detach() change it
  wasmcore_instance* instance_ = nullptr;
  std::thread thread_;
};

}  // namespace gadgetry::wasm
