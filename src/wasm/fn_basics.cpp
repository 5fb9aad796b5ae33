// Log, discovery, errors, handles, timers and output modes.
#include <algorithm>

#include "base/limits.hpp"
#include "base/log.hpp"
#include "wasm/host.hpp"

namespace gadgetry::wasm::fn {
namespace {

constexpr uint64_t kFailed = 1;
constexpr int64_t kTimerMin = 1'000'000;                    // a millisecond
constexpr uint64_t kTimerMax = 366ull * 86'400 * 1'000'000'000;  // a year
constexpr uint32_t kTimerOnce = 1;

uint32_t low(uint64_t slot) {
  return static_cast<uint32_t>(slot);
}

}  // namespace

void log_message(Host& host, uint64_t* slots) {
  auto message = host.memory().text(slots[1]);
  if (!message) {
    host.fail_v1(0, "gadgetLog", "the message is outside of the memory");
    return;
  }
  host.log_from_guest(low(slots[0]), *message);
}

void should_log(Host&, uint64_t* slots) {
  constexpr base::LogLevel kLevels[] = {base::LogLevel::kError, base::LogLevel::kWarning, base::LogLevel::kInfo,
                                        base::LogLevel::kDebug};
  uint32_t level = low(slots[0]);
  // Nothing is shown for "trace" (4): there is no level below debug.
  slots[0] = level < std::size(kLevels) && base::log_enabled(kLevels[level]) ? 1 : 0;
}

void release_handle(Host& host, uint64_t* slots) {
  uint32_t handle = low(slots[0]);
  slots[0] = host.release(handle) ? 0 : host.fail_v1(kFailed, "releaseHandle", "there is no such handle");
}

void release(Host& host, uint64_t* slots) {
  uint32_t handle = low(slots[0]);
  slots[0] = host.release(handle) ? 0 : host.fail(Code::kBadHandle, "release", "there is no such handle");
}

void has_function(Host& host, uint64_t* slots) {
  auto name = host.memory().text(slots[0]);
  host.pay(200);
  slots[0] = name && find_abi_function(kModuleV2, *name) != nullptr ? 1 : 0;
}

void last_error(Host& host, uint64_t* slots) {
  auto buffer = host.memory().buffer(slots[0]);
  if (!buffer) {
    slots[0] = 0;
    return;
  }
  size_t size = std::min(buffer->size(), host.last_error().size());
  if (size > 0) std::memcpy(buffer->data(), host.last_error().data(), size);
  slots[0] = size;
}

void timer_start(Host& host, uint64_t* slots) {
  uint64_t interval = slots[0];
  uint32_t flags = low(slots[1]);
  uint64_t callback = slots[2];
  auto address = low(slots[3]);
  constexpr std::string_view kName = "timerStart";
  if (!host.has_export(Host::Export::kTimer)) {
    slots[0] = host.fail(Code::kInvalid, kName, "the module has no function gadgetTimer");
  } else if (interval < static_cast<uint64_t>(kTimerMin) || interval > kTimerMax || (flags & ~kTimerOnce) != 0) {
    slots[0] = host.fail(Code::kInvalid, kName, "the interval must be between a millisecond and a year, the flags 0 or 1");
  } else if (host.memory().range(address, 4) == nullptr) {
    slots[0] = host.fail(Code::kMemory, kName, "the address of the handle is outside of the memory");
  } else {
    uint32_t handle = host.add_timer(static_cast<int64_t>(interval), flags == kTimerOnce, callback);
    if (handle == 0) {
      slots[0] = host.fail(Code::kLimit, kName, "too many timers or handles");
      return;
    }
    host.memory().put(address, handle);
    slots[0] = Host::kDone;
  }
}

void output_mode_add(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "outputModeAdd";
  Object* source = host.handles().find(low(slots[0]), ObjectType::kSource);
  auto name = host.memory().text(slots[1]);
  if (source == nullptr) {
    slots[0] = host.fail(Code::kBadHandle, kName, "the first argument is no data source");
  } else if (!name || name->empty() || name->size() > 64) {
    slots[0] = host.fail(Code::kInvalid, kName, "the name must have 1 to 64 bytes");
  } else if (!std::all_of(name->begin(), name->end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
             })) {
    slots[0] = host.fail(Code::kInvalid, kName, "a name has the characters a-z, 0-9, - and _");
  } else if (host.phase() != Phase::kInit) {
    slots[0] = host.fail(Code::kState, kName, "only gadgetInit may add output modes");
  } else if (!host.has_export(Host::Export::kOutput)) {
    slots[0] = host.fail(Code::kInvalid, kName, "the module has no function gadgetOutput");
  } else {
    for (const OutputMode& mode : host.output_modes()) {
      if (mode.source == source->source && mode.name == *name) {
        slots[0] = host.fail(Code::kExists, kName, "the data source has a mode of this name");
        return;
      }
    }
    auto added = host.add_output_mode({source->source, std::string(*name), slots[2]});
    slots[0] = added.ok() ? Host::kDone : host.fail(kName, added.error(), Code::kLimit);
  }
}

void output_write(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "outputWrite";
  auto text = host.memory().text(slots[0]);
  std::string* out = host.output_text();
  if (out == nullptr) {
    slots[0] = host.fail(Code::kState, kName, "only gadgetOutput may write");
  } else if (!text) {
    slots[0] = host.fail(Code::kMemory, kName, "the text is outside of the memory");
  } else if (text->size() > limits::kWasmOutputBytes - std::min(out->size(), limits::kWasmOutputBytes)) {
    slots[0] = host.fail(Code::kLimit, kName, "more text than a batch may have");
  } else {
    out->append(*text);
    host.pay(text->size() / 16);
    slots[0] = Host::kDone;
  }
}

}  // namespace gadgetry::wasm::fn
