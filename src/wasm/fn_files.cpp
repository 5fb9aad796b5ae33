// Files, by permission.
#include "base/strings.hpp"
#include "wasm/host.hpp"

namespace gadgetry::wasm::fn {
namespace {

constexpr uint64_t kSystemCall = 2'000;
constexpr uint64_t kOpenCalls = 5 * kSystemCall;
constexpr const char* kOutside = "a buffer is outside of the memory";
constexpr const char* kNoHandle = "there is no such file";

uint32_t low(uint64_t slot) {
  return static_cast<uint32_t>(slot);
}

// Whether a u32 can be written: before something happens that cannot be undone.
bool has_room(Host& host, uint64_t address) {
  return host.memory().range(low(address), sizeof(uint32_t)) != nullptr;
}

uint64_t answer(Host& host, std::string_view function, const Outcome& outcome) {
  return outcome.ok() ? Host::kDone : host.fail(outcome.code, function, outcome.why);
}

}  // namespace

void file_open(Host& host, uint64_t* slots) {
  constexpr const char* kName = "fileOpen";
  auto path = host.memory().text(slots[0]);
  host.pay(kOpenCalls);
  if (!path || !has_room(host, slots[2])) {
    slots[0] = host.fail(Code::kMemory, kName, kOutside);
    return;
  }
  std::unique_ptr<File> file;
  Outcome opened = host.files().open(host.options().permissions, *path, low(slots[1]), file);
  if (!opened.ok()) {
    slots[0] = host.fail(opened.code, kName, base::printable(*path) + ": " + opened.why);
    return;
  }
  Object object;
  object.type = ObjectType::kFile;
  object.resource = std::move(file);
  uint32_t handle = host.handles().add(std::move(object));
  if (handle == 0) {
    slots[0] = host.fail(Code::kLimit, kName, "too many open handles");
    return;
  }
  host.memory().put(low(slots[2]), handle);
  slots[0] = Host::kDone;
}

void file_read(Host& host, uint64_t* slots) {
  constexpr const char* kName = "fileRead";
  auto* file = host.handles().resource<File>(low(slots[0]), ObjectType::kFile);
  auto buffer = host.memory().buffer(slots[1]);
  host.pay(kSystemCall);
  if (file == nullptr) {
    slots[0] = host.fail(Code::kBadHandle, kName, kNoHandle);
  } else if (!buffer || !has_room(host, slots[2])) {
    slots[0] = host.fail(Code::kMemory, kName, kOutside);
  } else {
    uint32_t count = 0;
    Outcome done = file->read(*buffer, count);
    host.pay(count / 16);
    host.memory().put(low(slots[2]), count);
    slots[0] = answer(host, kName, done);
  }
}

void file_write(Host& host, uint64_t* slots) {
  constexpr const char* kName = "fileWrite";
  auto* file = host.handles().resource<File>(low(slots[0]), ObjectType::kFile);
  auto bytes = host.memory().text(slots[1]);
  host.pay(kSystemCall);
  if (file == nullptr) {
    slots[0] = host.fail(Code::kBadHandle, kName, kNoHandle);
  } else if (!bytes || !has_room(host, slots[2])) {
    slots[0] = host.fail(Code::kMemory, kName, kOutside);
  } else {
    uint32_t count = 0;
    Outcome done = file->write(*bytes, count);
    host.pay(count / 4);
    host.memory().put(low(slots[2]), count);
    slots[0] = answer(host, kName, done);
  }
}

void file_seek(Host& host, uint64_t* slots) {
  constexpr const char* kName = "fileSeek";
  auto* file = host.handles().resource<File>(low(slots[0]), ObjectType::kFile);
  host.pay(kSystemCall);
  slots[0] = file == nullptr ? host.fail(Code::kBadHandle, kName, kNoHandle)
                             : answer(host, kName, file->seek(slots[1]));
}

}  // namespace gadgetry::wasm::fn
