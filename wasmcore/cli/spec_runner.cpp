// SPDX-License-Identifier: Apache-2.0
// The commands of the test suite's scripts (as wast2json writes them), and what each of them demands.
#include "spec_runner.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/strings.hpp"
#include "spec_values.hpp"
#include "spectest.hpp"
#include "values.hpp"

namespace wasmcore::cli {
namespace {

using Json = nlohmann::json;

// "expected out of bounds memory access, got unreachable": the suite's text may be shorter or longer than
// ours
// ("uninitialized element 7").
bool same_text(std::string_view ours, std::string_view expected) {
  return !expected.empty() && (ours.starts_with(expected) || expected.starts_with(ours));
}

std::string status_text(wasmcore_status status, const wasmcore_error& error) {
  if (status == WASMCORE_OK) return "it is accepted";
  return std::string(wasmcore_status_text(status)) + ": " + describe(error);
}

std::string expected_text(const Json& expected) {
  std::string out = expected.value("type", "?");
  return out + ":" + (expected.contains("value") ? expected.at("value").dump() : "any");
}

// wast2json leaves the data count section out where there are no data segments. What the suite then wants to
// be invalid (a segment that is not there) is malformed in binary form, as it should be.
bool lost_data_count(wasmcore_status expected, wasmcore_status status, const wasmcore_error& error) {
  return expected == WASMCORE_E_INVALID && status == WASMCORE_E_MALFORMED &&
         std::string_view(error.message).starts_with("data count section required");
}

Outcome compare_results(const Json& expected, const std::vector<uint8_t>& types, const uint64_t* slots) {
  if (expected.size() != types.size()) {
    return Outcome::failed(std::to_string(types.size()) + " results instead of " +
                           std::to_string(expected.size()));
  }
  for (size_t i = 0; i < types.size(); i++) {
    const Json& one = expected.at(i);
    if (spec_type(one.at("type").get<std::string>()) != types[i] || !spec_value_matches(one, slots)) {
      return Outcome::failed("result " + std::to_string(i) + ": expected " + expected_text(one) + ", got " +
                             format_value(types[i], slots));
    }
    slots += slots_of(&types[i], 1);
  }
  return Outcome::passed();
}

}  // namespace

base::Status SpecRunner::prepare() {
  wasmcore_instance* instance = nullptr;
  wasmcore_error error{};
  wasmcore_status status = make(spectest_module(), instance, error);
  if (status != WASMCORE_OK) return base::Error("module \"spectest\": " + status_text(status, error));
  registered_["spectest"] = instance;
  return {};
}

bool SpecRunner::resolve(void* self, const wasmcore_extern* import, wasmcore_provider* out) {
  const auto* runner = static_cast<const SpecRunner*>(self);
  auto found = runner->registered_.find(module_of(*import));
  if (found == runner->registered_.end()) return false;
  auto e = find_export(wasmcore_instance_module(found->second), name_of(*import), import->kind);
  if (!e) return false;
  *out = {nullptr, found->second, e->index};
  return true;
}

// Keeps the module, and the instance even if it trapped: its functions may be in tables by then.
wasmcore_status SpecRunner::make(std::string bytes, wasmcore_instance*& instance, wasmcore_error& error) {
  instance = nullptr;
  std::unique_ptr<Module> module = Module::load(std::move(bytes), {}, error);
  if (!module) return error.status;
  wasmcore_options options{};
  std::span hosts = spectest_hosts();
  options.hosts = hosts.data();
  options.nhosts = static_cast<uint32_t>(hosts.size());
  options.resolve = resolve;
  options.resolve_user = this;
  options.fuel = fuel_;
  error = {};
  wasmcore_status status = wasmcore_instantiate(module->get(), &options, &instance, &error);
  modules_.push_back(std::move(module));
  if (instance != nullptr) instances_.emplace_back(instance);
  return status;
}

wasmcore_status SpecRunner::make(const Json& command, wasmcore_instance*& instance, wasmcore_error& error) {
  return make(script_.modules.at(command.at("filename").get<std::string>()), instance, error);
}

// The instance of that name, or the last one.
wasmcore_instance* SpecRunner::find(const Json& name) const {
  if (name.is_null()) return current_;
  auto found = named_.find(name.get<std::string>());
  return found == named_.end() ? nullptr : found->second;
}

Outcome SpecRunner::run_module(const Json& command) {
  wasmcore_instance* instance = nullptr;
  wasmcore_error error{};
  wasmcore_status status = make(command, instance, error);
  current_ = status == WASMCORE_OK ? instance : nullptr;
  if (command.contains("name")) named_[command.at("name").get<std::string>()] = current_;
  return current_ != nullptr ? Outcome::passed() : Outcome::failed(status_text(status, error));
}

Outcome SpecRunner::run_register(const Json& command) {
  wasmcore_instance* instance = find(command.value("name", Json()));
  if (instance == nullptr) return Outcome::failed("there is no such instance");
  registered_[command.at("as").get<std::string>()] = instance;
  return Outcome::passed();
}

SpecRunner::Done SpecRunner::invoke(wasmcore_instance* instance, const Json& action) {
  Done done;
  auto e = find_export(wasmcore_instance_module(instance), action.at("field").get<std::string>(),
                       WASMCORE_FUNCTION);
  if (!e) {
    done.error = "no such function";
    return done;
  }
  const wasmcore_signature& signature = e->signature;
  const uint8_t* results = signature.types + signature.nparams;
  for (const Json& value : action.value("args", Json::array())) {
    if (!read_spec_value(value, done.slots)) done.error = "cannot read argument " + value.dump();
  }
  uint32_t nargs = slots_of(signature.types, signature.nparams);
  uint32_t nresults = slots_of(results, signature.nresults);
  if (done.slots.size() != nargs) done.error = "arguments do not fit " + signature_text(signature);
  if (!done.error.empty()) return done;
  done.slots.resize(std::max(nargs, nresults) + 1);
  done.types.assign(results, results + signature.nresults);
  if (fuel_ != 0) wasmcore_set_fuel(instance, fuel_);
  done.trap = wasmcore_call(wasmcore_function_at(instance, e->index), done.slots.data(), nargs, nresults);
  return done;
}

SpecRunner::Done SpecRunner::get(wasmcore_instance* instance, const Json& action) {
  Done done;
  auto e =
      find_export(wasmcore_instance_module(instance), action.at("field").get<std::string>(), WASMCORE_GLOBAL);
  done.slots.resize(2);
  if (!e || !wasmcore_global_get(instance, e->index, done.slots.data())) {
    done.error = "no such global";
    return done;
  }
  done.types = {e->type};
  return done;
}

SpecRunner::Done SpecRunner::act(const Json& action) {
  Done done;
  wasmcore_instance* instance = find(action.value("module", Json()));
  const std::string type = action.at("type").get<std::string>();
  if (instance == nullptr) {
    done.error = "there is no such instance";
  } else if (type == "invoke") {
    done = invoke(instance, action);
  } else if (type == "get") {
    done = get(instance, action);
  } else {
    done.error = "unknown action " + type;
  }
  return done;
}

// Of "action", too: there the results may be anything.
Outcome SpecRunner::run_return(const Json& command) {
  Done done = act(command.at("action"));
  if (!done.error.empty()) return Outcome::failed(done.error);
  if (done.trap != WASMCORE_TRAP_NONE) {
    return Outcome::failed(std::string("trap: ") + wasmcore_trap_text(done.trap));
  }
  if (command.at("type") == "action") return Outcome::passed();
  return compare_results(command.at("expected"), done.types, done.slots.data());
}

// assert_trap and assert_exhaustion.
Outcome SpecRunner::run_trap(const Json& command) {
  const std::string expected = command.at("text").get<std::string>();
  Done done = act(command.at("action"));
  if (!done.error.empty()) return Outcome::failed(done.error);
  if (done.trap == WASMCORE_TRAP_NONE)
    return Outcome::failed("expected a trap (" + expected + "), got a result");
  const char* text = wasmcore_trap_text(done.trap);
  if (same_text(text, expected)) return Outcome::passed();
  return Outcome::failed("expected trap: " + expected + ", got: " + text);
}

// Modules that must not come to life, and at which step they must fail.
Outcome SpecRunner::run_refused(const Json& command, wasmcore_status expected) {
  if (command.value("module_type", "binary") == "text") return Outcome::skipped("text, checked by wast2json");
  wasmcore_instance* instance = nullptr;
  wasmcore_error error{};
  wasmcore_status status = make(command, instance, error);
  const std::string text = command.value("text", "");
  if (status != expected && !lost_data_count(expected, status, error)) {
    return Outcome::failed(std::string("expected ") + wasmcore_status_text(expected) + " (" + text +
                           "), got " + status_text(status, error));
  }
  if (expected == WASMCORE_E_TRAP && !same_text(wasmcore_trap_text(error.trap), text)) {
    return Outcome::failed("expected trap: " + text + ", got: " + wasmcore_trap_text(error.trap));
  }
  return Outcome::passed();
}

Outcome SpecRunner::run(const Json& command) {
  const std::string type = command.at("type").get<std::string>();
  if (type == "module") return run_module(command);
  if (type == "register") return run_register(command);
  if (type == "action" || type == "assert_return") return run_return(command);
  if (type == "assert_trap" || type == "assert_exhaustion") return run_trap(command);
  if (type == "assert_invalid") return run_refused(command, WASMCORE_E_INVALID);
  if (type == "assert_malformed") return run_refused(command, WASMCORE_E_MALFORMED);
  if (type == "assert_unlinkable") return run_refused(command, WASMCORE_E_LINK);
  if (type == "assert_uninstantiable") return run_refused(command, WASMCORE_E_TRAP);
  return Outcome::skipped("unknown command " + type);
}

}  // namespace wasmcore::cli
