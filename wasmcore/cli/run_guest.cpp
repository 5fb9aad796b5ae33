// SPDX-License-Identifier: Apache-2.0
// Loads, links and runs one module, and reports how it ended.
#include "run_guest.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>

#include "base/fd.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"
#include "stop.hpp"
#include "values.hpp"
#include "wasmcore_wasi.h"

namespace wasmcore::cli {
namespace {

using base::Error;
using base::Result;
using base::Status;
using Clock = std::chrono::steady_clock;

struct WasiDeleter {
  void operator()(wasmcore_wasi* wasi) const { wasmcore_wasi_free(wasi); }
};
using Wasi = std::unique_ptr<wasmcore_wasi, WasiDeleter>;

struct Times {
  Clock::duration load{}, instantiate{}, run{};
};

// One run. The order of the members is that of their dependence: the instance goes first.
class Guest {
 public:
  explicit Guest(const RunArgs& args) : args_(args) {}
  Result<int> run();

 private:
  Status load();
  Status make_wasi();
  Status check_imports() const;
  Status instantiate();
  Result<int> call_entry();
  Result<int> call_invoked(const wasmcore_extern& function);
  int finish(wasmcore_trap trap);
  int report_trap(wasmcore_trap trap);
  void print_stats() const;
  Error failed(const std::string& why) const {
    return Error("run " + base::printable(args_.file) + ": " + why);
  }
  wasmcore_function* function(const wasmcore_extern& e) {
    return wasmcore_function_at(instance_.get(), e.index);
  }

  const RunArgs& args_;
  Times times_;
  std::unique_ptr<Module> module_;
  Wasi wasi_;
  Instance instance_;
};

Status Guest::load() {
  auto begin = Clock::now();
  GADGETRY_ASSIGN(std::string bytes, read_module(args_.file));
  wasmcore_error error{};
  module_ = Module::load(std::move(bytes), args_.load, error);
  times_.load = Clock::now() - begin;
  if (module_) return {};
  return failed(std::string(wasmcore_status_text(error.status)) + ": " + describe(error));
}

std::vector<const char*> pointers(const Words& words) {
  std::vector<const char*> out;
  for (const std::string& word : words) out.push_back(word.c_str());
  return out;
}

Status Guest::make_wasi() {
  Words words = {std::filesystem::path(args_.file).filename().string()};
  if (args_.invoke.empty()) words.insert(words.end(), args_.arguments.begin(), args_.arguments.end());
  std::vector<const char*> argv = pointers(words);
  std::vector<const char*> env = pointers(args_.env);
  std::vector<wasmcore_wasi_dir> dirs;
  for (const GuestDir& dir : args_.dirs)
    dirs.push_back({-1, dir.host.c_str(), dir.guest.c_str(), dir.read_only});
  wasmcore_wasi_options options;
  wasmcore_wasi_options_init(&options);
  options.args = argv.data();
  options.nargs = static_cast<uint32_t>(argv.size());
  options.env = env.data();
  options.nenv = static_cast<uint32_t>(env.size());
  options.in = STDIN_FILENO;
  options.out = STDOUT_FILENO;
  options.err = STDERR_FILENO;
  options.dirs = dirs.data();
  options.ndirs = static_cast<uint32_t>(dirs.size());
  char message[512] = "";
  wasi_.reset(wasmcore_wasi_new(&options, message, sizeof(message)));
  return wasi_ ? Status() : failed(base::printable(message));
}

std::string import_text(const wasmcore_extern& import) {
  static constexpr const char* kKinds[] = {"function", "table", "memory", "global"};
  std::string out = base::printable(module_of(import)) + "." + base::printable(name_of(import)) + " (";
  out += kKinds[import.kind];
  if (import.kind == WASMCORE_FUNCTION) out += " " + signature_text(import.signature);
  return out + ")";
}

// The engine would name the first import that is missing; a person wants to see all.
Status Guest::check_imports() const {
  uint32_t count = 0;
  const wasmcore_host_function* hosts = wasmcore_wasi_functions(wasi_.get(), &count);
  std::span functions(hosts, count);
  std::vector<std::string> missing;
  wasmcore_extern import{};
  for (uint32_t i = 0; wasmcore_import(module_->get(), i, &import); i++) {
    bool known =
        import.kind == WASMCORE_FUNCTION && std::any_of(functions.begin(), functions.end(), [&](auto& f) {
          return module_of(import) == f.module && name_of(import) == f.name;
        });
    if (!known) missing.push_back(import_text(import));
  }
  if (missing.empty()) return {};
  return failed("imports that nothing satisfies: " + base::join(missing, ", "))
      .with_hint("only the functions of wasi_snapshot_preview1 are there");
}

Status Guest::instantiate() {
  auto begin = Clock::now();
  wasmcore_options options{};
  options.hosts = wasmcore_wasi_functions(wasi_.get(), &options.nhosts);
  options.fuel = args_.fuel;
  options.memory_pages = args_.memory_pages;
  options.skip_start = true;  // so that Ctrl-C can stop it
  wasmcore_instance* instance = nullptr;
  wasmcore_error error{};
  wasmcore_status status = wasmcore_instantiate(module_->get(), &options, &instance, &error);
  instance_.reset(instance);
  times_.instantiate = Clock::now() - begin;
  if (status == WASMCORE_OK) return {};
  return failed(std::string(wasmcore_status_text(status)) + ": " + describe(error));
}

std::string exported_functions(const wasmcore_module* module) {
  std::vector<std::string> names;
  wasmcore_extern e{};
  for (uint32_t i = 0; wasmcore_export(module, i, &e) && names.size() < 20; i++) {
    if (e.kind == WASMCORE_FUNCTION) names.push_back(base::printable(name_of(e)));
  }
  return names.empty() ? "it exports no function" : "it exports " + base::join(names, ", ");
}

Result<int> Guest::call_invoked(const wasmcore_extern& function_export) {
  const wasmcore_signature& signature = function_export.signature;
  if (args_.arguments.size() != signature.nparams) {
    return Error::usage("function \"" + base::printable(args_.invoke) + "\" takes " +
                        std::to_string(signature.nparams) + " arguments, not " +
                        std::to_string(args_.arguments.size()))
        .with_hint("its type is " + signature_text(signature));
  }
  std::vector<uint64_t> slots;
  for (uint16_t i = 0; i < signature.nparams; i++) {
    GADGETRY_TRY(parse_value(signature.types[i], args_.arguments[i], slots));
  }
  uint32_t nargs = slots_of(signature.types, signature.nparams);
  uint32_t nresults = slots_of(signature.types + signature.nparams, signature.nresults);
  slots.resize(std::max(nargs, nresults) + 1);  // data() of an empty vector may be null
  wasmcore_trap trap = wasmcore_call(function(function_export), slots.data(), nargs, nresults);
  if (trap != WASMCORE_TRAP_NONE) return finish(trap);
  std::string text;
  const uint64_t* at = slots.data();
  for (uint16_t i = 0; i < signature.nresults; i++) {
    const uint8_t* type = signature.types + signature.nparams + i;
    text += format_value(*type, at) + "\n";
    at += slots_of(type, 1);
  }
  GADGETRY_TRY(print(text));
  return kExitOk;
}

// The start function, _initialize of a reactor, then what was asked for.
Result<int> Guest::call_entry() {
  const std::string name = args_.invoke.empty() ? "_start" : args_.invoke;
  auto entry = find_export(module_->get(), name, WASMCORE_FUNCTION);
  auto initialize = find_export(module_->get(), "_initialize", WASMCORE_FUNCTION);
  bool reactor = initialize && initialize->signature.nparams == 0 && initialize->signature.nresults == 0;
  if (!entry && !(reactor && args_.invoke.empty())) {
    Error error = failed("no function \"" + base::printable(name) + "\"");
    const char* advice = args_.invoke.empty() ? "name a function with --invoke; " : "";
    return std::move(error).with_hint(advice + exported_functions(module_->get()));
  }
  if (entry && args_.invoke.empty() && entry->signature.nparams + entry->signature.nresults > 0) {
    return failed("_start has the type " + signature_text(entry->signature) + ": not a WASI program")
        .with_hint("call it with --invoke _start and arguments");
  }
  wasmcore_trap trap = wasmcore_start(instance_.get());
  if (trap == WASMCORE_TRAP_NONE && reactor && name != "_initialize") {
    trap = wasmcore_call(function(*initialize), nullptr, 0, 0);
  }
  if (trap != WASMCORE_TRAP_NONE) return finish(trap);
  if (!entry) return kExitOk;
  if (!args_.invoke.empty()) return call_invoked(*entry);
  return finish(wasmcore_call(function(*entry), nullptr, 0, 0));
}

int Guest::finish(wasmcore_trap trap) {
  if (trap == WASMCORE_TRAP_NONE) return kExitOk;
  uint32_t code = 0;
  if (trap != WASMCORE_TRAP_EXIT || !wasmcore_wasi_exit_code(wasi_.get(), &code)) return report_trap(trap);
  constexpr uint32_t kStatusBits = 0xff;
  return code != 0 && (code & kStatusBits) == 0 ? kExitFailure : static_cast<int>(code & kStatusBits);
}

int Guest::report_trap(wasmcore_trap trap) {
  wasmcore_error error{};
  wasmcore_last_trap(instance_.get(), &error);
  std::string why = "trap: " + base::printable(error.message);
  if (trap == WASMCORE_TRAP_FUEL) why += "; give it more with --fuel";
  if (trap == WASMCORE_TRAP_INTERRUPTED && StopScope::timed_out()) why += "; it ran longer than --timeout";
  base::log_error(failed(why).text());
  wasmcore_frame frame{};
  std::string lines;
  for (uint32_t level = 0; wasmcore_trap_frame(instance_.get(), level, &frame); level++) {
    char place[32];
    (void)std::snprintf(place, sizeof(place), " at 0x%x\n", frame.offset);
    lines += "  #" + std::to_string(level) + " " + function_label(frame.module, frame.function) + place;
  }
  (void)base::write_all(STDERR_FILENO, lines, "stderr");
  return kExitFailure;
}

void Guest::print_stats() const {
  wasmcore_stats stats{};
  wasmcore_instance_stats(instance_.get(), &stats);
  struct wasmcore_module_info info = module_->info();
  std::string text;
  auto line = [&](const char* name, const std::string& value) {
    char row[128];
    (void)std::snprintf(row, sizeof(row), "%-18s %s\n", name, value.c_str());
    text += row;
  };
  auto milliseconds = [](Clock::duration time) {
    char value[32];
    (void)std::snprintf(value, sizeof(value), "%.3f ms",
                        std::chrono::duration<double, std::milli>(time).count());
    return std::string(value);
  };
  line("fuel used", std::to_string(stats.fuel_used));
  line("peak stack", std::to_string(stats.peak_stack_slots) + " slots");
  line("peak depth", std::to_string(stats.peak_call_depth) + " calls");
  line("memory",
       std::to_string(stats.memory_pages) + " pages, peak " + std::to_string(stats.peak_memory_pages));
  line("module", std::to_string(info.module_bytes) + " bytes, " + std::to_string(info.memory_bytes) +
                     " loaded, " + std::to_string(info.code_bytes) + " of it code");
  line("instance", std::to_string(stats.instance_bytes) + " bytes, " + std::to_string(stats.reserved_bytes) +
                       " reserved with memory, tables and stack");
  line("load", milliseconds(times_.load));
  line("instantiate", milliseconds(times_.instantiate));
  line("run", milliseconds(times_.run));
  (void)base::write_all(STDERR_FILENO, text, "stderr");
}

Result<int> Guest::run() {
  GADGETRY_TRY(load());
  GADGETRY_TRY(make_wasi());
  GADGETRY_TRY(check_imports());
  GADGETRY_TRY(instantiate());
  auto begin = Clock::now();
  Result<int> status = [&] {
    StopScope stop(instance_.get(), args_.timeout_ns);
    return call_entry();
  }();
  times_.run = Clock::now() - begin;
  if (args_.stats) print_stats();
  return status;
}

}  // namespace

Result<int> run_guest(const RunArgs& args) {
  return Guest(args).run();
}

}  // namespace wasmcore::cli
