#include "wasm/profile.hpp"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <algorithm>
#include <map>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "wasm/watchdog.hpp"

namespace gadgetry::wasm {
namespace {

constexpr uint32_t kRest = 0;  // names_: stacks that found no room
constexpr uint32_t kDeep = 1;  // names_: frames that were left out

// A frame of the text: the format separates frames by semicolons and the weight by a space.
std::string frame_text(std::string_view name) {
  std::string text(name.substr(0, limits::kProfileNameBytes));
  for (char& c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == ' ') c = '_';
    if (c == ';') c = ':';
    if (byte < ' ' || byte >= 0x7f) c = '?';
  }
  return text.empty() ? "?" : text;
}

uint64_t mix(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 29;
}

}  // namespace

size_t Profiler::StackHash::operator()(const Stack& stack) const {
  uint64_t hash = stack.size();
  for (uint32_t id : stack) hash = mix(hash, id);
  return hash;
}

size_t Profiler::PlaceHash::operator()(const std::pair<const void*, uint32_t>& place) const {
  return mix(mix(0, reinterpret_cast<uintptr_t>(place.first)), place.second);
}

Profiler::Profiler(int64_t interval_ns) : roots_{{0, "", 0}}, names_{"[other]", "[...]"} {
  // Signals are for the thread that runs the gadget.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this, interval_ns] { tick(interval_ns); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Profiler::~Profiler() {
  detach();
  quit_ = true;
  thread_.join();
}

void Profiler::tick(int64_t interval_ns) {
  timespec pause{.tv_sec = interval_ns / 1'000'000'000, .tv_nsec = interval_ns % 1'000'000'000};
  while (!quit_) {
    ::nanosleep(&pause, nullptr);
    if (!running_.load(std::memory_order_relaxed)) continue;
    std::lock_guard lock(mutex_);
    if (instance_ == nullptr) continue;
    ticks_.fetch_add(1, std::memory_order_relaxed);
    wasmcore_request_sample(instance_);
  }
}

void Profiler::attach(wasmcore_instance* instance) {
  detach();
  wasmcore_set_sampler(
      instance, [](void* self, wasmcore_instance*) { static_cast<Profiler*>(self)->sample({}); }, this);
  std::lock_guard lock(mutex_);
  instance_ = instance;
}

void Profiler::detach() {
  std::lock_guard lock(mutex_);
  if (instance_ != nullptr) wasmcore_set_sampler(instance_, nullptr, nullptr);
  instance_ = nullptr;
  functions_.clear();  // another module may get the same address
}

// ---- calls ----

uint32_t Profiler::root_of(uint32_t parent, std::string_view name) {
  for (uint32_t i = 1; i < roots_.size(); i++) {
    if (roots_[i].parent == parent && roots_[i].name == name) return i;
  }
  if (roots_.size() >= limits::kProfileRoots) return 1;
  roots_.push_back({parent, name, 0});
  return static_cast<uint32_t>(roots_.size() - 1);
}

// Time until now belongs to the innermost call, whose next sample will say more.
void Profiler::charge() {
  int64_t now = monotonic_ns();
  if (!calls_.empty()) roots_[calls_.back()].unsampled_ns += now - since_ns_;
  since_ns_ = now;
}

void Profiler::begin_call(std::string_view export_name) {
  charge();
  calls_.push_back(root_of(calls_.empty() ? 0 : calls_.back(), export_name));
  running_.store(true, std::memory_order_relaxed);
}

void Profiler::end_call() {
  charge();
  calls_.pop_back();
  if (calls_.empty()) running_.store(false, std::memory_order_relaxed);
}

// ---- samples ----

void Profiler::sample(std::string_view host_function) {
  uint64_t ticks = ticks_.load(std::memory_order_relaxed);
  // The engine tells later what a host function told already; and the start function runs without a call.
  if (ticks == sampled_ticks_ || calls_.empty()) return;
  sampled_ticks_ = ticks;
  samples_++;
  charge();
  stack_.clear();
  if (!host_function.empty()) stack_.push_back(host_name(host_function));
  wasmcore_frame frame{};
  for (uint32_t level = 0; wasmcore_current_frame(instance_, level, &frame); level++) {
    if (level == limits::kProfileDepth) {
      stack_.push_back(kDeep);
      break;
    }
    stack_.push_back(function_name(frame));
  }
  Root& root = roots_[calls_.back()];
  stack_.push_back(calls_.back());
  std::reverse(stack_.begin(), stack_.end());
  auto found = stacks_.find(stack_);
  if (found == stacks_.end()) {
    if (stacks_.size() >= limits::kProfileStacks) stack_.assign({calls_.back(), kRest});
    found = stacks_.try_emplace(stack_, 0).first;
  }
  found->second += std::exchange(root.unsampled_ns, 0);
  since_ns_ = monotonic_ns();  // the sample itself is nobody's time
}

uint32_t Profiler::add_name(std::string name) {
  names_.push_back(std::move(name));
  return static_cast<uint32_t>(names_.size() - 1);
}

uint32_t Profiler::function_name(const wasmcore_frame& frame) {
  auto [at, is_new] = functions_.try_emplace({frame.module, frame.function}, 0);
  if (is_new) {
    uint32_t size = 0;
    const char* name = wasmcore_function_name(frame.module, frame.function, &size);
    at->second = add_name(name != nullptr && size > 0 ? frame_text({name, size})
                                                      : "func[" + std::to_string(frame.function) + "]");
  }
  return at->second;
}

uint32_t Profiler::host_name(std::string_view name) {
  auto [at, is_new] = hosts_.try_emplace(name, 0);
  if (is_new) at->second = add_name("host:" + frame_text(name));
  return at->second;
}

// ---- text ----

std::string Profiler::path_of(const Stack& stack) const {
  std::string path;
  for (uint32_t id = stack[0]; id != 0; id = roots_[id].parent) {
    path = frame_text(roots_[id].name) + (path.empty() ? "" : ";") + path;
  }
  // The exported function itself is the first frame, mostly under the name that it is exported by.
  for (size_t i = 1; i < stack.size(); i++) {
    if (i == 1 && names_[stack[1]] == roots_[stack[0]].name) continue;
    path += ';' + names_[stack[i]];
  }
  return path;
}

std::string Profiler::text() const {
  std::map<std::string, int64_t> lines;  // functions may have the same name
  for (const auto& [stack, ns] : stacks_) lines[path_of(stack)] += ns;
  for (uint32_t i = 1; i < roots_.size(); i++) lines[path_of({i})] += roots_[i].unsampled_ns;
  std::string text;
  for (const auto& [path, ns] : lines) {
    int64_t microseconds = (ns + 500) / 1000;
    if (microseconds > 0) text += path + ' ' + std::to_string(microseconds) + '\n';
  }
  return text;
}

base::Status Profiler::write(const std::string& path) const {
  auto status = base::replace_file(path, text());
  if (status.ok()) return {};
  return std::move(status).error().context("write the profile of the module");
}

}  // namespace gadgetry::wasm
