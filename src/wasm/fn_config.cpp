// Parameters and settings of the metadata.
#include "base/strings.hpp"
#include "wasm/host.hpp"

namespace gadgetry::wasm::fn {
namespace {

constexpr uint64_t kFailed = 1;
constexpr uint32_t kKindString = 12;

}  // namespace

void get_param_value(Host& host, uint64_t* slots) {
  constexpr const char* kName = "getParamValue";
  auto key = host.memory().text(slots[0]);
  auto buffer = host.memory().buffer(slots[1]);
  host.pay(200);
  if (!key || !buffer) {
    slots[0] = host.fail_v1(kFailed, kName, "a buffer is outside of the memory");
    return;
  }
  auto value = host.environment().param(*key);
  if (!value) {
    slots[0] = host.fail_v1(kFailed, kName, "there is no parameter \"" + base::printable(*key) + "\"");
  } else if (value->size() > buffer->size()) {
    slots[0] = host.fail_v1(
        kFailed, kName,
        "the buffer is smaller than the value, which has " + std::to_string(value->size()) + " bytes");
  } else {
    value->copy(reinterpret_cast<char*>(buffer->data()), value->size());
    slots[0] = Host::kDone;
  }
}

void param_get(Host& host, uint64_t* slots) {
  auto key = host.memory().text(slots[0]);
  host.pay(200);
  if (!key) {
    slots[0] = host.fail(Code::kMemory, "paramGet", "the key is outside of the memory");
  } else if (auto value = host.environment().param(*key)) {
    slots[0] = host.put_text("paramGet", *value, slots[1], slots[2]);
  } else {
    slots[0] =
        host.fail(Code::kNotFound, "paramGet", "there is no parameter \"" + base::printable(*key) + "\"");
  }
}

void set_config(Host& host, uint64_t* slots) {
  constexpr const char* kName = "setConfig";
  auto key = host.memory().text(slots[0]);
  auto value = host.memory().text(slots[1]);
  host.pay(2000);
  if (!key || !value) {
    slots[0] = host.fail_v1(kFailed, kName, "a buffer is outside of the memory");
    return;
  }
  if (static_cast<uint32_t>(slots[2]) != kKindString) {
    slots[0] = host.fail_v1(kFailed, kName, "only strings (kind 12) can be set");
    return;
  }
  if (host.phase() > Phase::kPreStart) {
    slots[0] = host.fail_v1(kFailed, kName, "only until gadgetPreStart ends");
    return;
  }
  if (!host.keep(key->size() + value->size())) {
    slots[0] = host.fail_v1(kFailed, kName, "the module makes the host keep too much");
    return;
  }
  auto status = host.environment().set_config(*key, *value);
  slots[0] = status.ok() ? Host::kDone : host.fail_v1(kFailed, kName, status.error().text());
}

}  // namespace gadgetry::wasm::fn
