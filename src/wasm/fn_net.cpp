// Connections, by permission.
#include "base/strings.hpp"
#include "wasm/host.hpp"

namespace gadgetry::wasm::fn {
namespace {

constexpr uint64_t kSystemCall = 2'000;
constexpr uint64_t kConnectCalls = 10 * kSystemCall;
constexpr const char* kOutside = "a buffer is outside of the memory";
constexpr const char* kNoHandle = "there is no such socket";

uint32_t low(uint64_t slot) {
  return static_cast<uint32_t>(slot);
}

bool has_room(Host& host, uint64_t address) {
  return host.memory().range(low(address), sizeof(uint32_t)) != nullptr;
}

Interrupted interrupted(Host& host) {
  return [&host] { return host.is_interrupted(); };
}

}  // namespace

void net_connect(Host& host, uint64_t* slots) {
  constexpr const char* kName = "netConnect";
  auto address = host.memory().text(slots[0]);
  host.pay(kConnectCalls);
  if (!address || !has_room(host, slots[3])) {
    slots[0] = host.fail(Code::kMemory, kName, kOutside);
    return;
  }
  std::unique_ptr<Socket> socket;
  Outcome connected = host.sockets().connect(host.options().permissions, *address, low(slots[1]),
                                             low(slots[2]), interrupted(host), socket);
  if (!connected.ok()) {
    slots[0] = host.fail(connected.code, kName, base::printable(*address) + ": " + connected.why);
    return;
  }
  Object object;
  object.type = ObjectType::kSocket;
  object.resource = std::move(socket);
  uint32_t handle = host.handles().add(std::move(object));
  if (handle == 0) {
    slots[0] = host.fail(Code::kLimit, kName, "too many open handles");
    return;
  }
  host.memory().put(low(slots[3]), handle);
  slots[0] = Host::kDone;
}

void net_send(Host& host, uint64_t* slots) {
  constexpr const char* kName = "netSend";
  auto* socket = host.handles().resource<Socket>(low(slots[0]), ObjectType::kSocket);
  auto bytes = host.memory().text(slots[1]);
  host.pay(kSystemCall);
  if (socket == nullptr) {
    slots[0] = host.fail(Code::kBadHandle, kName, kNoHandle);
  } else if (!bytes || !has_room(host, slots[2])) {
    slots[0] = host.fail(Code::kMemory, kName, kOutside);
  } else {
    uint32_t count = 0;
    Outcome sent = socket->send(*bytes, interrupted(host), count);
    host.pay(count / 4);
    host.memory().put(low(slots[2]), count);
    slots[0] = sent.ok() ? Host::kDone : host.fail(sent.code, kName, sent.why);
  }
}

void net_receive(Host& host, uint64_t* slots) {
  constexpr const char* kName = "netReceive";
  auto* socket = host.handles().resource<Socket>(low(slots[0]), ObjectType::kSocket);
  auto buffer = host.memory().buffer(slots[1]);
  host.pay(kSystemCall);
  if (socket == nullptr) {
    slots[0] = host.fail(Code::kBadHandle, kName, kNoHandle);
  } else if (!buffer || !has_room(host, slots[3])) {
    slots[0] = host.fail(Code::kMemory, kName, kOutside);
  } else {
    uint32_t count = 0;
    Outcome received = socket->receive(*buffer, low(slots[2]), interrupted(host), count);
    host.pay(count / 16);
    host.memory().put(low(slots[3]), count);
    slots[0] = received.ok() ? Host::kDone : host.fail(received.code, kName, received.why);
  }
}

}  // namespace gadgetry::wasm::fn
