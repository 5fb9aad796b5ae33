// Module ig: perf buffers.
#include <linux/bpf.h>

#include <cstring>
#include <string>

#include "base/limits.hpp"
#include "wasm/host.hpp"
#include "wasm/maps.hpp"
#include "wasm/maps_fn.hpp"
#include "wasm/perf_buffer.hpp"

namespace gadgetry::wasm::fn {
namespace {

constexpr uint64_t kFailed = 1;
constexpr uint64_t kNoMore = 2;
constexpr uint64_t kOpenFuel = 50'000;  // events and memory for each CPU

PerfBuffer* reader_of(Host& host, uint64_t* slots, std::string_view function) {
  auto handle = static_cast<uint32_t>(slots[0]);
  auto* reader = host.handles().resource<PerfBuffer>(handle, ObjectType::kPerfReader);
  if (reader == nullptr) {
    slots[0] = host.fail_v1(kFailed, function, "handle " + std::to_string(handle) + " is no perf reader");
  }
  return reader;
}

}  // namespace

void new_perf_reader(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "newPerfReader";
  auto handle = static_cast<uint32_t>(slots[0]);
  auto size = static_cast<uint32_t>(slots[1]);
  bool overwritable = static_cast<uint32_t>(slots[2]) != 0;
  slots[0] = 0;
  auto* map = host.handles().resource<KernelMap>(handle, ObjectType::kMap);
  if (map == nullptr || map->type() != BPF_MAP_TYPE_PERF_EVENT_ARRAY) {
    host.fail_v1(0, kName, "handle " + std::to_string(handle) + " is no map for perf events");
    return;
  }
  host.pay(kOpenFuel);
  KernelUse use = kernel_use(host.handles());
  if (use.objects >= limits::kWasmMaps) {
    host.fail_v1(0, kName, "too many maps and perf readers are open");
    return;
  }
  auto reader = PerfBuffer::open(map->fd(), size, overwritable, limits::kWasmKernelBytes - use.bytes);
  if (!reader.ok()) {
    host.fail_v1(0, kName, reader.error().text());
    return;
  }
  host.pay((*reader)->kernel_bytes() / kBytesPerFuel);
  Object object;
  object.type = ObjectType::kPerfReader;
  object.resource = std::move(reader).value();
  slots[0] = host.handles().add(std::move(object));
  if (slots[0] == 0) host.fail_v1(0, kName, "too many open handles");
}

void perf_reader_pause(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "perfReaderPause";
  PerfBuffer* reader = reader_of(host, slots, kName);
  if (reader == nullptr) return;
  host.pay(kCallFuel);
  auto done = reader->pause();
  slots[0] = done.ok() ? Host::kDone : host.fail_v1(kFailed, kName, done.error().text());
}

void perf_reader_resume(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "perfReaderResume";
  PerfBuffer* reader = reader_of(host, slots, kName);
  if (reader == nullptr) return;
  host.pay(kCallFuel);
  auto done = reader->resume();
  slots[0] = done.ok() ? Host::kDone : host.fail_v1(kFailed, kName, done.error().text());
}

void perf_reader_read(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "perfReaderRead";
  PerfBuffer* reader = reader_of(host, slots, kName);
  if (reader == nullptr) return;
  auto buffer = host.memory().buffer(slots[1]);
  if (!buffer) {
    slots[0] = host.fail_v1(kFailed, kName, "the buffer is outside of the memory");
    return;
  }
  std::span<const uint8_t> sample;
  auto outcome = reader->read(sample, [&host] { return host.is_interrupted(); });
  host.pay(kCallFuel + sample.size() / kBytesPerFuel);
  if (!outcome.ok()) {
    slots[0] = host.fail_v1(kFailed, kName, outcome.error().text());
  } else if (*outcome == PerfBuffer::Outcome::kNone) {
    slots[0] = kNoMore;
  } else if (*outcome == PerfBuffer::Outcome::kInterrupted) {
    slots[0] = host.fail_v1(kFailed, kName, "the run ends");
  } else if (sample.size() > buffer->size()) {
    slots[0] = host.fail_v1(kFailed, kName, size_mismatch("a buffer", buffer->size(), sample.size()));
  } else {
    if (!sample.empty()) std::memcpy(buffer->data(), sample.data(), sample.size());
    slots[0] = Host::kDone;
  }
}

void perf_reader_close(Host& host, uint64_t* slots) {
  auto handle = static_cast<uint32_t>(slots[0]);
  if (reader_of(host, slots, "perfReaderClose") == nullptr) return;
  host.pay(kOpenFuel);
  host.handles().remove(handle);
  slots[0] = Host::kDone;
}

}  // namespace gadgetry::wasm::fn
