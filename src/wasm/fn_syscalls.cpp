// Names, numbers and declarations of system calls.
#include <charconv>
#include <cstring>
#include <map>
#include <string>

#include "base/strings.hpp"
#include "sys/names.hpp"
#include "wasm/host.hpp"
#include "wasm/maps_fn.hpp"
#include "wasm/syscall_declarations.hpp"

namespace gadgetry::wasm::fn {
namespace {

constexpr uint64_t kFailed = 1;
constexpr uint64_t kUnknown = UINT32_MAX;  // -1
constexpr uint64_t kFileFuel = 20'000;
constexpr uint32_t kNumbers = UINT16_MAX + 1;

// Both ways, with the names in small letters.
class SyscallNames {
 public:
  static const SyscallNames& get() {
    static const auto* const names = new SyscallNames;  // never destroyed
    return *names;
  }

  uint32_t count() const { return count_; }
  const std::string* name(uint32_t number) const {
    auto found = names_.find(number);
    return found == names_.end() ? nullptr : &found->second;
  }
  uint64_t number(std::string_view name) const {
    auto found = numbers_.find(name);
    return found == numbers_.end() ? kUnknown : found->second;
  }

 private:
  SyscallNames() {
    constexpr std::string_view kPrefix = "SYS_";
    for (uint32_t number = 0; number < kNumbers; number++) {
      std::string_view name = sys::syscall_name(number);
      if (!name.starts_with(kPrefix)) continue;
      std::string lower = base::to_lower(name.substr(kPrefix.size()));
      numbers_.emplace(lower, number);
      names_.emplace(number, std::move(lower));
      count_ = number + 1;
    }
  }

  std::map<uint32_t, std::string> names_;
  std::map<std::string, uint32_t, std::less<>> numbers_;
  uint32_t count_ = 0;
};

// Writes all of `bytes` to the buffer; the result.
uint64_t put_bytes(Host& host, std::string_view function, std::string_view bytes, uint64_t to) {
  auto buffer = host.memory().buffer(to);
  if (!buffer) return host.fail_v1(kFailed, function, "the buffer is outside of the memory");
  if (buffer->size() < bytes.size()) {
    return host.fail_v1(kFailed, function, size_mismatch("a buffer", buffer->size(), bytes.size()));
  }
  std::memcpy(buffer->data(), bytes.data(), bytes.size());
  return Host::kDone;
}

}  // namespace

void get_syscall_name(Host& host, uint64_t* slots) {
  auto number = static_cast<uint16_t>(slots[0]);
  if (const std::string* known = SyscallNames::get().name(number); known != nullptr) {
    slots[0] = put_bytes(host, "getSyscallName", *known, slots[1]);
    return;
  }
  char digits[8];
  auto end = std::to_chars(digits, digits + sizeof(digits), number, 16);
  slots[0] = put_bytes(host, "getSyscallName", "syscall_" + std::string(digits, end.ptr), slots[1]);
}

void get_syscall_id(Host& host, uint64_t* slots) {
  auto name = host.memory().text(slots[0]);
  if (!name) {
    slots[0] = host.fail_v1(kUnknown, "getSyscallID", "the name is outside of the memory");
    return;
  }
  slots[0] = SyscallNames::get().number(*name);
  if (slots[0] == kUnknown) {
    host.fail_v1(kUnknown, "getSyscallID", "there is no system call " + base::printable(name->substr(0, 64)));
  }
}

void get_syscall_declaration(Host& host, uint64_t* slots) {
  constexpr std::string_view kName = "getSyscallDeclaration";
  auto name = host.memory().text(slots[0]);
  if (!name) {
    slots[0] = host.fail_v1(kFailed, kName, "the name is outside of the memory");
    return;
  }
  host.pay(kFileFuel);
  auto declaration = syscall_declaration(*name);
  if (!declaration.ok()) {
    slots[0] = host.fail_v1(kFailed, kName, declaration.error().text());
    return;
  }
  std::string_view bytes(reinterpret_cast<const char*>(*declaration), sizeof(SyscallDeclaration));
  slots[0] = put_bytes(host, kName, bytes, slots[1]);
}

void syscall_count(Host& host, uint64_t* slots) {
  bool done = host.memory().put(static_cast<uint32_t>(slots[0]), SyscallNames::get().count());
  slots[0] =
      done ? Host::kDone : host.fail(Code::kMemory, "syscallCount", "an address outside of the memory");
}

}  // namespace gadgetry::wasm::fn
