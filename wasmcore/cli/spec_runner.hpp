// SPDX-License-Identifier: Apache-2.0
// Runs the commands of one script of the test suite against the engine.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cli.hpp"
#include "engine.hpp"
#include "spec_script.hpp"

namespace wasmcore::cli {

struct Outcome {
  enum class Kind { kPassed, kFailed, kSkipped } kind = Kind::kPassed;
  std::string reason;  // of failed and skipped

  static Outcome passed() { return {}; }
  static Outcome failed(std::string why) { return {Kind::kFailed, std::move(why)}; }
  static Outcome skipped(std::string why) { return {Kind::kSkipped, std::move(why)}; }
};

class SpecRunner {
 public:
  // fuel: of each call; 0: no limit.
  SpecRunner(const SpecScript& script, uint64_t fuel) : script_(script), fuel_(fuel) {}

  // Makes the module "spectest". Must be called first.
  base::Status prepare();
  Outcome run(const nlohmann::json& command);

 private:
  // What became of an action: a trap, or the values of its results.
  struct Done {
    std::string error;  // it could not even be tried
    wasmcore_trap trap = WASMCORE_TRAP_NONE;
    std::vector<uint8_t> types;
    std::vector<uint64_t> slots;
  };

  wasmcore_status make(std::string bytes, wasmcore_instance*& instance, wasmcore_error& error);
  wasmcore_status make(const nlohmann::json& command, wasmcore_instance*& instance, wasmcore_error& error);
  wasmcore_instance* find(const nlohmann::json& name) const;
  static bool resolve(void* self, const wasmcore_extern* import, wasmcore_provider* out);

  Outcome run_module(const nlohmann::json& command);
  Outcome run_register(const nlohmann::json& command);
  Outcome run_return(const nlohmann::json& command);
  Outcome run_trap(const nlohmann::json& command);
  Outcome run_refused(const nlohmann::json& command, wasmcore_status expected);
  Done act(const nlohmann::json& action);
  Done invoke(wasmcore_instance* instance, const nlohmann::json& action);
  static Done get(wasmcore_instance* instance, const nlohmann::json& action);

  const SpecScript& script_;
  uint64_t fuel_;
  // Modules outlive their instances, and all instances live to the end: they may be in each other's tables.
  std::vector<std::unique_ptr<Module>> modules_;
  std::vector<Instance> instances_;
  std::map<std::string, wasmcore_instance*, std::less<>> named_;       // "$M"
  std::map<std::string, wasmcore_instance*, std::less<>> registered_;  // what imports refer to
  wasmcore_instance* current_ = nullptr;
};

}  // namespace wasmcore::cli
