// How a module becomes an instance: WASI as modules of the ecosystem expect it, imports, exports.
#include <sys/stat.h>

#include <cerrno>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "wasm/host_parts.hpp"
#include "wasm/profile.hpp"
#include "wasm/watchdog.hpp"

namespace gadgetry::wasm {
namespace {

// The clock of a module begins here and goes on by a millisecond at each look, its random numbers come from a seed:
// what a module computes depends on its input alone.
constexpr uint64_t kClockStart = 1'640'995'200'000'000'000;  // 2022-01-01T00:00:00Z
constexpr uint64_t kClockStep = 1'000'000;
constexpr uint64_t kSeed = 42;
constexpr size_t kStderrTail = 2048;

bool is_folder(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

}  // namespace

// What the module writes to its standard error is often the only word about why it gave up: kept for the message of a
// trap, and shown with -v. Its standard output goes nowhere.
ptrdiff_t Host::take_output(int stream, std::string_view text) {
  pay(text.size());
  if (stream != 2) return static_cast<ptrdiff_t>(text.size());
  stderr_tail_.append(text.substr(0, kStderrTail));
  if (stderr_tail_.size() > kStderrTail) stderr_tail_.erase(0, stderr_tail_.size() - kStderrTail);
  if (base::log_enabled(base::LogLevel::kDebug)) {
    base::log_debug(options_.name + ": " + base::printable(base::trim(text.substr(0, kStderrTail))));
  }
  return static_cast<ptrdiff_t>(text.size());
}

base::Status Host::make_wasi() {
  wasmcore_wasi_options wasi;
  wasmcore_wasi_options_init(&wasi);
  wasi.in = wasi.out = wasi.err = -1;
  wasi.write = [](void* self, int stream, const void* bytes, size_t size) {
    return static_cast<Host*>(self)->take_output(stream, {static_cast<const char*>(bytes), size});
  };
  wasi.write_user = this;
  wasi.clock_fixed = true;
  wasi.clock_start = kClockStart;
  wasi.clock_step = kClockStep;
  wasi.random_seeded = true;
  wasi.random_seed = kSeed;
  // Granted folders can be used by the files of the module's language as well.
  std::vector<wasmcore_wasi_dir> dirs;
  for (const std::string& path : options_.permissions.read) {
    if (is_folder(path)) dirs.push_back({.fd = -1, .host = path.c_str(), .guest = path.c_str(), .read_only = true});
  }
  for (const std::string& path : options_.permissions.write) {
    if (is_folder(path)) dirs.push_back({.fd = -1, .host = path.c_str(), .guest = path.c_str(), .read_only = false});
  }
  wasi.dirs = dirs.data();
  wasi.ndirs = static_cast<uint32_t>(dirs.size());
  char message[256];
  link_->wasi = wasmcore_wasi_new(&wasi, message, sizeof(message));
  if (link_->wasi == nullptr) return base::Error("module of gadget " + options_.name + ": " + message);
  return {};
}

std::string Host::exit_text() const {
  uint32_t code = 0;
  if (!wasmcore_wasi_exit_code(link_->wasi, &code)) return "";
  return " with code " + std::to_string(code);
}

base::Status Host::instantiate() {
  link_ = std::make_unique<Link>(*this, options_.calls, options_.profiler);
  GADGETRY_TRY(make_wasi());
  wasmcore_options options{};
  options.hosts = wasmcore_wasi_functions(link_->wasi, &options.nhosts);
  options.resolve = &Linker::resolve;
  options.resolve_user = &link_->linker;
  options.memory_pages = options_.memory_pages;
  options.fuel = options_.fuel;
  options.skip_start = true;
  wasmcore_error error{};
  auto status = wasmcore_instantiate(module_->get(), &options, &instance_, &error);
  if (status != WASMCORE_OK) {
    base::Error failed("module of gadget " + options_.name + ": " + error.message);
    if (status == WASMCORE_E_LINK) {
      return std::move(failed).with_hint("it was made for another version of the API, or is no module of a gadget");
    }
    if (status == WASMCORE_E_LIMIT || status == WASMCORE_E_NOMEM) {
      return std::move(failed).with_hint("the gadget's metadata may ask for more: wasm: {memory: 64MiB}");
    }
    return failed;
  }
  memory_ = GuestMemory(instance_);
  watchdog_ = std::make_unique<Watchdog>(instance_);
  if (options_.profiler != nullptr) options_.profiler->attach(instance_);
  return find_exports();
}

base::Status Host::find_exports() {
  exports_ = std::make_unique<Exports>();
  struct Wanted {
    const char* name;
    wasmcore_function** function;
    std::vector<uint8_t> types;  // parameters, then results
    uint16_t results;
  };
  constexpr uint8_t i32 = WASMCORE_I32;
  constexpr uint8_t i64 = WASMCORE_I64;
  const Wanted all[] = {{"_initialize", &exports_->initialize, {}, 0},
                        {"gadgetAPIVersion", &exports_->version, {i64}, 1},
                        {"gadgetInit", &exports_->init, {i32}, 1},
                        {"gadgetPreStart", &exports_->pre_start, {i32}, 1},
                        {"gadgetStart", &exports_->start, {i32}, 1},
                        {"gadgetStop", &exports_->stop, {i32}, 1},
                        {"gadgetPostStop", &exports_->post_stop, {i32}, 1},
                        {"dataSourceCallback", &exports_->data, {i64, i32, i32}, 0},
                        {"gadgetBatch", &exports_->batch, {i64, i32, i32, i32}, 0},
                        {"gadgetOutput", &exports_->output, {i64, i32, i32, i32}, 0},
                        {"gadgetTimer", &exports_->timer, {i64}, 0}};
  for (const Wanted& wanted : all) {
    wasmcore_function* function = wasmcore_find_function(instance_, wanted.name);
    if (function == nullptr) continue;
    wasmcore_signature signature{};
    wasmcore_signature_of(function, &signature);
    size_t count = size_t{signature.nparams} + signature.nresults;
    bool fits = signature.nresults == wanted.results && count == wanted.types.size() &&
                std::equal(wanted.types.begin(), wanted.types.end(), signature.types);
    if (!fits && wanted.function == &exports_->version) continue;  // check_version has the words
    if (!fits) {
      return base::Error("module of gadget " + options_.name + ": its function " + wanted.name +
                         " has the wrong parameters or results")
          .with_hint("docs/wasm-api.md lists what a module exports");
    }
    *wanted.function = function;
  }
  return {};
}

bool Host::may_subscribe_later() const {
  return phase_ < Phase::kStart && exports_->start != nullptr && exports_->data != nullptr;
}

bool Host::has_export(Export which) const {
  switch (which) {
    case Export::kData:
      return exports_->data != nullptr;
    case Export::kBatch:
      return exports_->batch != nullptr;
    case Export::kOutput:
      return exports_->output != nullptr;
    case Export::kTimer:
      return exports_->timer != nullptr;
  }
  return false;
}

}  // namespace gadgetry::wasm
