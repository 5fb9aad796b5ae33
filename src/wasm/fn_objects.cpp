// The programs, variables and maps of the gadget's eBPF object before it is loaded.
#include <bpf/libbpf.h>

#include <string>

#include "base/limits.hpp"
#include "base/strings.hpp"
#include "bpf/attach_target.hpp"
#include "wasm/host.hpp"

namespace gadgetry::wasm::fn {
namespace {

constexpr uint64_t kLookup = 500;  // paid for finding something by name

// The arguments that nearly all of these functions have.
class Request {
 public:
  Request(Host& host, uint64_t* slots, std::string_view function)
      : host_(host), slots_(slots), function_(function) {
    host.pay(kLookup);
    object_ = host.environment().object();
    if (object_ == nullptr) fail(Code::kUnsupported, "the gadget has no eBPF object");
  }

  bool ok() const { return ok_; }
  bpf::Object& object() { return *object_; }
  void fail(Code code, std::string_view why) {
    if (ok_) slots_[0] = host_.fail(code, function_, why);
    ok_ = false;
  }
  void fail(const base::Error& error, Code code) {
    if (ok_) slots_[0] = host_.fail(function_, error, code);
    ok_ = false;
  }
  void succeed() {
    if (ok_) slots_[0] = Host::kDone;
  }
  // Names of programs, variables and maps; unlike them it ends with a NUL.
  std::string text(size_t slot) {
    auto text = host_.memory().text(slots_[slot]);
    if (!text) fail(Code::kMemory, "a text is outside of the memory");
    if (text && text->find('\0') != std::string_view::npos) fail(Code::kInvalid, "a text with a NUL");
    return text ? std::string(*text) : std::string();
  }
  void needs_unloaded() {
    if (host_.phase() > Phase::kPreStart) fail(Code::kState, "only until gadgetPreStart ends");
  }
  void put_text(std::string_view value, size_t slot) {
    if (ok_) slots_[0] = host_.put_text(function_, value, slots_[slot], slots_[slot + 1]);
  }

  bpf_program* program(size_t slot) {
    std::string name = text(slot);
    if (!ok_) return nullptr;
    bpf_program* found = bpf_object__find_program_by_name(object_->handle(), name.c_str());
    if (found == nullptr) fail(Code::kNotFound, "there is no program " + base::printable(name));
    return found;
  }
  bpf_map* map(size_t slot) {
    std::string name = text(slot);
    if (!ok_) return nullptr;
    bpf_map* found = bpf_object__find_map_by_name(object_->handle(), name.c_str());
    if (found == nullptr) fail(Code::kNotFound, "there is no map " + base::printable(name));
    return found;
  }

 private:
  Host& host_;
  uint64_t* slots_;
  std::string_view function_;
  bpf::Object* object_ = nullptr;
  bool ok_ = true;
};

base::Status set_target(Host& host, const bpf_program* program, std::string_view target) {
  return host.environment().set_config("programs." + std::string(bpf_program__name(program)) + ".attach_to",
                                       target);
}

}  // namespace

void program_name(Host& host, uint64_t* slots) {
  Request request(host, slots, "programName");
  if (!request.ok()) return;
  auto left = static_cast<uint32_t>(slots[0]);
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, request.object().handle()) {
    if (left-- == 0) return request.put_text(bpf_program__name(program), 1);
  }
  request.fail(Code::kNotFound, "there are no more programs");
}

void program_section(Host& host, uint64_t* slots) {
  Request request(host, slots, "programSection");
  if (!request.ok()) return;
  if (const bpf_program* program = request.program(0))
    request.put_text(bpf_program__section_name(program), 1);
}

void program_set_enabled(Host& host, uint64_t* slots) {
  Request request(host, slots, "programSetEnabled");
  request.needs_unloaded();
  if (!request.ok()) return;
  bpf_program* program = request.program(0);
  if (program == nullptr) return;
  bool enable = static_cast<uint32_t>(slots[1]) != 0;
  bool was_off = !bpf_program__autoload(program);
  // What was switched off has lost its target: it goes back to that of its section.
  if (!enable || was_off) {
    auto status = set_target(host, program, enable ? std::string_view() : bpf::kProgramDisabled);
    if (!status.ok()) return request.fail(status.error(), Code::kIo);
  }
  if (bpf_program__set_autoload(program, enable) != 0)
    return request.fail(Code::kState, "the object is loaded");
  request.succeed();
}

void program_set_target(Host& host, uint64_t* slots) {
  Request request(host, slots, "programSetTarget");
  request.needs_unloaded();
  if (!request.ok()) return;
  const bpf_program* program = request.program(0);
  std::string target = request.text(1);
  if (!request.ok()) return;
  if (auto status = set_target(host, program, target); !status.ok())
    return request.fail(status.error(), Code::kIo);
  request.succeed();
}

void variable_get(Host& host, uint64_t* slots) {
  Request request(host, slots, "variableGet");
  if (!request.ok()) return;
  std::string name = request.text(0);
  if (!request.ok()) return;
  // Their memory is the kernel's once the object is loaded.
  request.needs_unloaded();
  if (!request.ok()) return;
  if (request.object().find_variable(name) == nullptr) {
    return request.fail(Code::kNotFound, "there is no variable " + base::printable(name));
  }
  auto value = request.object().variable_text(name);
  if (!value.ok()) return request.fail(value.error(), Code::kUnsupported);
  request.put_text(*value, 1);
}

void variable_set(Host& host, uint64_t* slots) {
  Request request(host, slots, "variableSet");
  request.needs_unloaded();
  if (!request.ok()) return;
  std::string name = request.text(0);
  std::string value = request.text(1);
  if (!request.ok()) return;
  if (request.object().find_variable(name) == nullptr) {
    return request.fail(Code::kNotFound, "there is no variable " + base::printable(name));
  }
  if (auto status = request.object().set_variable(name, value); !status.ok()) {
    return request.fail(status.error(), Code::kInvalid);
  }
  request.succeed();
}

void map_name(Host& host, uint64_t* slots) {
  Request request(host, slots, "mapName");
  if (!request.ok()) return;
  auto left = static_cast<uint32_t>(slots[0]);
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, request.object().handle()) {
    if (left-- == 0) return request.put_text(bpf_map__name(map), 1);
  }
  request.fail(Code::kNotFound, "there are no more maps");
}

void map_info(Host& host, uint64_t* slots) {
  Request request(host, slots, "mapInfo");
  if (!request.ok()) return;
  const bpf_map* map = request.map(0);
  if (map == nullptr) return;
  const uint32_t info[] = {static_cast<uint32_t>(bpf_map__type(map)), bpf_map__key_size(map),
                           bpf_map__value_size(map), bpf_map__max_entries(map), bpf_map__map_flags(map)};
  auto buffer = host.memory().buffer(slots[1]);
  if (!buffer) return request.fail(Code::kMemory, "the buffer is outside of the memory");
  if (buffer->size() < sizeof info) return request.fail(Code::kTooSmall, "the buffer needs 20 bytes");
  std::memcpy(buffer->data(), info, sizeof info);
  request.succeed();
}

void map_set_max_entries(Host& host, uint64_t* slots) {
  Request request(host, slots, "mapSetMaxEntries");
  request.needs_unloaded();
  if (!request.ok()) return;
  bpf_map* map = request.map(0);
  if (map == nullptr) return;
  auto entries = static_cast<uint32_t>(slots[1]);
  if (entries == 0) return request.fail(Code::kInvalid, "a map needs at least one entry");
  // The object's own data: one entry, as large as its section.
  if (bpf_map__is_internal(map))
    return request.fail(Code::kInvalid, "the map holds the variables of the object");
  bool is_buffer =
      bpf_map__key_size(map) == 0 && bpf_map__value_size(map) == 0;  // of a ring: entries are bytes
  uint64_t entry = is_buffer ? 1 : uint64_t{bpf_map__key_size(map)} + bpf_map__value_size(map);
  if (entry > limits::kWasmMapBytes / entries)
    return request.fail(Code::kLimit, "a map of this size is too large");
  if (bpf_map__set_max_entries(map, entries) != 0) return request.fail(Code::kState, "the object is loaded");
  request.succeed();
}

}  // namespace gadgetry::wasm::fn
