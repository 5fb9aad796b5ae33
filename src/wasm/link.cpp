#include "wasm/link.hpp"

#include "wasm/call_log.hpp"
#include "wasm/host.hpp"
#include "wasm/profile.hpp"

namespace gadgetry::wasm {
namespace {

// The plain way: one indirect call.
template <Function F>
enum wasmcore_trap enter(wasmcore_instance*, uint64_t* slots, void* user) {
  Host& host = *static_cast<Host*>(user);
  F(host, slots);
  return host.take_trap();
}

// In the order of abi_functions().
constexpr wasmcore_host_fn kEntries[] = {
#define GADGET_WASM_FUNCTION(module, name, function, params, result, kind, doc) &enter<&fn::function>,
#include "wasm/abi_table.inc"
};

bool is_output(ParamType type) {
  return type == ParamType::kOut || type == ParamType::kOut32 || type == ParamType::kOut64 ||
         type == ParamType::kIo32;
}

// The memory behind an output parameter; null when it is outside of the guest's.
std::optional<std::span<uint8_t>> output_of(Host& host, ParamType type, uint64_t slot) {
  if (type == ParamType::kOut) return host.memory().buffer(slot);
  size_t size = type == ParamType::kOut64 ? 8 : 4;
  uint8_t* at = host.memory().range(static_cast<uint32_t>(slot), size);
  if (at == nullptr) return std::nullopt;
  return std::span<uint8_t>(at, size);
}

// Behind the outputs stands how many handles the call made (a byte), so that later ones get the same numbers when the
// call is not made again.
void record_call(const Binding& binding, const std::vector<uint64_t>& args, uint64_t result, uint64_t made) {
  CallAnswer answer{.result = result, .outputs = {}};
  const AbiFunction& function = *binding.function;
  for (size_t i = 0; i < function.params.size(); i++) {
    if (!is_output(function.params[i].type)) continue;
    auto bytes = output_of(*binding.host, function.params[i].type, args[i]);
    answer.outputs.emplace_back();
    if (bytes) answer.outputs.back().assign(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  }
  answer.outputs.emplace_back(1, static_cast<char>(made));
  binding.calls->record(function, answer);
}

// A recorded answer in place of the machine's. Handles must come out as they did then: an object stands for the one of
// the recorded run.
enum wasmcore_trap replay_call(const Binding& binding, uint64_t* slots) {
  Host& host = *binding.host;
  const AbiFunction& function = *binding.function;
  auto answer = binding.calls->replay(function);
  if (!answer.ok()) {
    host.stop_with(std::move(answer).error());
    return WASMCORE_TRAP_HOST;
  }
  size_t output = 0;
  for (size_t i = 0; i < function.params.size(); i++) {
    ParamType type = function.params[i].type;
    if (!is_output(type) || output >= answer->outputs.size()) continue;
    const std::string& bytes = answer->outputs[output++];
    auto to = output_of(host, type, slots[i]);
    if (to && bytes.size() <= to->size() && !bytes.empty()) std::memcpy(to->data(), bytes.data(), bytes.size());
  }
  size_t made = output < answer->outputs.size() && !answer->outputs[output].empty()
                    ? static_cast<uint8_t>(answer->outputs[output][0])
                    : 0;
  for (; made > 0; made--) host.handles().add({.type = ObjectType::kReplayed});
  // These free the handle that they are given.
  bool closes = function.name == "mapRelease" || function.name == "perfReaderClose";
  if (closes && answer->result == 0) host.handles().remove(static_cast<uint32_t>(slots[0]));
  if (function.result == ResultType::kStatus && answer->result != 0) {
    (void)host.fail(static_cast<Code>(answer->result), function.name, "it failed when the run was recorded");
  }
  if (function.result != ResultType::kNone) slots[0] = answer->result;
  return WASMCORE_TRAP_NONE;
}

enum wasmcore_trap enter_bound(wasmcore_instance*, uint64_t* slots, void* user) {
  const Binding& binding = *static_cast<const Binding*>(user);
  const AbiFunction& function = *binding.function;
  bool logged = binding.calls != nullptr && function.kind == FunctionKind::kOutside;
  if (logged && binding.calls->is_replay()) return replay_call(binding, slots);
  if (binding.profiler != nullptr) binding.profiler->enter_host(function.name);
  std::vector<uint64_t> args;
  if (logged) args.assign(slots, slots + function.params.size());
  uint64_t made = binding.host->handles().made();
  function.function(*binding.host, slots);
  made = binding.host->handles().made() - made;
  if (logged) record_call(binding, args, function.result == ResultType::kNone ? 0 : slots[0], made);
  if (binding.profiler != nullptr) binding.profiler->leave_host();
  return binding.host->take_trap();
}

// A function of gadget_v2 that this version does not have: the module can fall back.
enum wasmcore_trap enter_unsupported(wasmcore_instance*, uint64_t* slots, void* has_result) {
  if (has_result != nullptr) slots[0] = static_cast<uint64_t>(Code::kUnsupported);
  return WASMCORE_TRAP_NONE;
}

char letter_of(uint8_t type) {
  switch (type) {
    case WASMCORE_I32:
      return 'i';
    case WASMCORE_I64:
      return 'I';
    case WASMCORE_F32:
      return 'f';
    case WASMCORE_F64:
      return 'F';
    default:
      return 0;
  }
}

}  // namespace

Linker::Linker(Host& host, CallLog* calls, Profiler* profiler) : host_(host), calls_(calls), profiler_(profiler) {}

bool Linker::resolve(void* self, const wasmcore_extern* import, wasmcore_provider* out) {
  return static_cast<Linker*>(self)->provide(*import, *out);
}

bool Linker::provide(const wasmcore_extern& import, wasmcore_provider& out) {
  if (import.kind != WASMCORE_FUNCTION) return false;
  std::string_view module(import.module, import.module_size);
  std::string_view name(import.name, import.name_size);
  const auto table = abi_functions();
  for (size_t i = 0; i < table.size(); i++) {
    const AbiFunction& function = table[i];
    if (function.name != name || function.module != module) continue;
    wasmcore_host_function host{.module = function.module.data(),
                                .name = function.name.data(),
                                .signature = function.signature.c_str(),
                                .fn = kEntries[i],
                                .user = &host_};
    if (profiler_ != nullptr || (calls_ != nullptr && function.kind == FunctionKind::kOutside)) {
      bindings_.push_back({.host = &host_, .function = &function, .calls = calls_, .profiler = profiler_});
      host.fn = &enter_bound;
      host.user = &bindings_.back();
    }
    functions_.push_back(host);
    out.host = &functions_.back();
    return true;
  }
  if (module == kModuleV2) out.host = unsupported(import);
  return out.host != nullptr;
}

const wasmcore_host_function* Linker::unsupported(const wasmcore_extern& import) {
  std::string signature;
  uint32_t params = import.signature.nparams;
  uint32_t results = import.signature.nresults;
  if (results > 1) return nullptr;
  for (uint32_t i = 0; i < params + results; i++) {
    if (i == params) signature += ':';
    char letter = letter_of(import.signature.types[i]);
    if (letter == 0) return nullptr;
    signature += letter;
  }
  if (results == 0) signature += ':';
  texts_.push_back(std::move(signature));
  functions_.push_back({.module = kModuleV2.data(),
                        .name = "",
                        .signature = texts_.back().c_str(),
                        .fn = &enter_unsupported,
                        .user = results == 0 ? nullptr : this});
  return &functions_.back();
}

}  // namespace gadgetry::wasm
