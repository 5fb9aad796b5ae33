// Facts about the machine.
#include "wasm/machine.hpp"

#include <ctime>

#include "base/strings.hpp"
#include "bpf/features.hpp"
#include "sys/namespaces.hpp"
#include "sys/paths.hpp"
#include "wasm/host.hpp"

namespace gadgetry::wasm::fn {
namespace {

constexpr const char* kOutside = "a buffer is outside of the memory";

uint32_t low(uint64_t slot) {
  return static_cast<uint32_t>(slot);
}

uint64_t answer(Host& host, std::string_view function, const Outcome& outcome) {
  return outcome.ok() ? Host::kDone : host.fail(outcome.code, function, outcome.why);
}

// `value` to an out32 or out64.
template <typename T>
uint64_t put(Host& host, std::string_view function, uint64_t address, T value) {
  if (host.memory().put(low(address), value)) return Host::kDone;
  return host.fail(Code::kMemory, function, "the address is outside of the memory");
}

// As much of the text as goes into the buffer.
uint64_t put_cut(Host& host, std::string_view function, std::string_view text, uint64_t out,
                 uint64_t length) {
  return host.put_text(function, text.substr(0, BufferRef(out).size), out, length);
}

uint64_t not_a_symbol(Host& host, std::string_view function) {
  return host.fail(Code::kNotFound, function, "there is no such symbol");
}

}  // namespace

void kallsyms_symbol_exists(Host& host, uint64_t* slots) {
  constexpr const char* kName = "kallsymsSymbolExists";
  auto name = host.memory().text(slots[0]);
  if (!name) {
    slots[0] = host.fail_v1(0, kName, kOutside);
    return;
  }
  uint64_t cost = 0;
  auto address = Machine::instance().symbol_address(*name, cost);
  host.pay(cost);
  if (!address.ok()) {
    slots[0] = host.fail_v1(0, kName, address.error().text());
  } else {
    slots[0] = address->has_value() ? 1 : 0;
  }
}

void kallsyms_address(Host& host, uint64_t* slots) {
  constexpr const char* kName = "kallsymsAddress";
  auto name = host.memory().text(slots[0]);
  if (!name) {
    slots[0] = host.fail(Code::kMemory, kName, kOutside);
    return;
  }
  uint64_t cost = 0;
  auto address = Machine::instance().symbol_address(*name, cost);
  host.pay(cost);
  if (!address.ok()) {
    slots[0] = host.fail(kName, address.error());
  } else if (!address->has_value()) {
    slots[0] = not_a_symbol(host, kName);
  } else if (**address == 0) {
    slots[0] = host.fail(Code::kDenied, kName,
                         "the kernel hides addresses: CAP_SYSLOG and kernel.kptr_restrict decide");
  } else {
    slots[0] = put(host, kName, slots[1], **address);
  }
}

void kallsyms_name(Host& host, uint64_t* slots) {
  constexpr const char* kName = "kallsymsName";
  uint64_t cost = 0;
  auto found = Machine::instance().symbol_at(slots[0], cost);
  host.pay(cost);
  if (!found.ok()) {
    slots[0] = host.fail(kName, found.error(), Code::kDenied);
  } else if (!found->has_value()) {
    slots[0] = not_a_symbol(host, kName);
  } else if (host.memory().range(low(slots[3]), sizeof(uint64_t)) == nullptr) {
    slots[0] = host.fail(Code::kMemory, kName, "the address is outside of the memory");
  } else {
    uint64_t offset = slots[0] - (*found)->start;
    slots[0] = host.put_text(kName, (*found)->name, slots[1], slots[2]);
    if (slots[0] == Host::kDone) host.memory().put(low(slots[3]), offset);
  }
}

void btf_type_exists(Host& host, uint64_t* slots) {
  auto type = host.memory().text(slots[0]);
  host.pay(Machine::kReadsEverything);
  slots[0] = type ? answer(host, "btfTypeExists", Machine::has_type(*type))
                  : host.fail(Code::kMemory, "btfTypeExists", kOutside);
}

void btf_field_exists(Host& host, uint64_t* slots) {
  auto type = host.memory().text(slots[0]);
  auto field = host.memory().text(slots[1]);
  host.pay(Machine::kReadsEverything);
  slots[0] = type && field ? answer(host, "btfFieldExists", Machine::has_field(*type, *field))
                           : host.fail(Code::kMemory, "btfFieldExists", kOutside);
}

void kernel_version(Host& host, uint64_t* slots) {
  bpf::KernelVersion version = bpf::kernel_version();
  uint32_t number = version.major << 16 | std::min(version.minor, 255u) << 8 | std::min(version.patch, 255u);
  host.pay(Machine::kCheap);
  slots[0] = put(host, "kernelVersion", slots[0], number);
}

void feature_exists(Host& host, uint64_t* slots) {
  auto name = host.memory().text(slots[0]);
  host.pay(Machine::kProbes);
  slots[0] = name ? answer(host, "featureExists", Machine::has_feature(*name))
                  : host.fail(Code::kMemory, "featureExists", kOutside);
}

void process_info(Host& host, uint64_t* slots) {
  constexpr const char* kName = "processInfo";
  host.pay(2 * Machine::kReadsProc);
  auto buffer = host.memory().buffer(slots[1]);
  auto info = read_process(sys::host_proc(), low(slots[0]));
  if (!info.ok()) {
    slots[0] = host.fail(kName, info.error());
  } else if (!buffer) {
    slots[0] = host.fail(Code::kMemory, kName, kOutside);
  } else if (buffer->size() < sizeof(ProcessInfo)) {
    slots[0] = host.fail(Code::kTooSmall, kName, "the buffer needs 64 bytes");
  } else {
    std::memcpy(buffer->data(), &*info, sizeof(ProcessInfo));
    slots[0] = Host::kDone;
  }
}

void process_text(Host& host, uint64_t* slots) {
  constexpr const char* kName = "processText";
  uint32_t what = low(slots[1]);
  if (what > static_cast<uint32_t>(ProcessText::kCgroup)) {
    slots[0] = host.fail(Code::kInvalid, kName, "there is no such text of a process");
    return;
  }
  host.pay(Machine::kReadsProc);
  auto text = read_process_text(sys::host_proc(), low(slots[0]), static_cast<ProcessText>(what));
  slots[0] = text.ok() ? put_cut(host, kName, *text, slots[2], slots[3]) : host.fail(kName, text.error());
}

void container_of(Host& host, uint64_t* slots) {
  constexpr const char* kName = "containerOf";
  constexpr uint32_t kProcess = 0;
  constexpr uint32_t kMountNamespace = 1;
  uint32_t what = low(slots[0]);
  uint64_t id = slots[1];
  std::string proc = sys::host_proc();
  host.pay(Machine::kReadsProc);
  if (what > kMountNamespace || (what == kProcess && id > UINT32_MAX)) {
    slots[0] = host.fail(Code::kInvalid, kName, "neither a pid nor a mount namespace");
    return;
  }
  auto pid = static_cast<uint32_t>(id);
  if (what == kMountNamespace) {
    auto of_host = sys::host_namespace(sys::NamespaceType::kMnt);
    if (of_host.ok() && *of_host == id) {
      slots[0] = host.fail(Code::kNotFound, kName, "the mount namespace of the host");
      return;
    }
    auto process = Machine::instance().mount_namespaces().find(
        proc, id, [&] { host.pay(Machine::kReadsEverything); }, [&] { return host.is_interrupted(); });
    if (!process) {
      slots[0] = host.fail(Code::kNotFound, kName, "no process is in this mount namespace");
      return;
    }
    pid = *process;
  }
  auto container = container_of_process(proc, pid);
  if (!container.ok()) {
    slots[0] = host.fail(kName, container.error());
  } else if (!container->has_value()) {
    slots[0] = host.fail(Code::kNotFound, kName, "process " + std::to_string(pid) + " is in no container");
  } else {
    slots[0] = host.put_text(kName, (*container)->runtime + " " + (*container)->id, slots[2], slots[3]);
  }
}

void clock_now(Host& host, uint64_t* slots) {
  uint32_t clock = low(slots[0]);
  if (clock > 1) {
    slots[0] = host.fail(Code::kInvalid, "clockNow", "there is no such clock");
    return;
  }
  timespec now{};
  ::clock_gettime(clock == 0 ? CLOCK_BOOTTIME : CLOCK_REALTIME, &now);
  host.pay(100);
  slots[0] = put(host, "clockNow", slots[1],
                 static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec));
}

}  // namespace gadgetry::wasm::fn
