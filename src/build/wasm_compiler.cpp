#include "build/wasm_compiler.hpp"

#include <unistd.h>

#include <climits>
#include <cstdlib>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/strings.hpp"
#include "build/compiler.hpp"

namespace gadgetry::build {
namespace {

constexpr size_t kOutputBytes = 4u << 20;

// What a host calls. Modules may mark their functions for export, or just give them these names.
constexpr std::string_view kExports[] = {
    "gadgetAPIVersion", "gadgetInit",         "gadgetPreStart", "gadgetStart",  "gadgetStop",
    "gadgetPostStop",   "dataSourceCallback", "gadgetBatch",    "gadgetOutput", "gadgetTimer"};

// Without it the linker would have every exported function construct all global objects anew.
constexpr std::string_view kStart =
    "void __wasm_call_ctors(void);\n"
    "__attribute__((weak, export_name(\"_initialize\"))) void _initialize(void) { __wasm_call_ctors(); }\n";

std::string folder_of(const std::string& path) {
  size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// The linker beside clang, of clang's version, or any.
base::Result<std::string> find_linker(const std::string& clang) {
  char real[PATH_MAX];
  std::vector<std::string> names;
  if (::realpath(clang.c_str(), real) != nullptr) names.push_back(folder_of(real) + "/wasm-ld");
  std::string name = name_of(clang);
  if (name.starts_with("clang-")) names.push_back("wasm-ld" + name.substr(5));
  names.emplace_back("wasm-ld-19");
  names.emplace_back("wasm-ld");
  return find_tool("WASM_LD", names,
                   "install lld (Debian: apt-get install lld-19), or set WASM_LD to its path");
}

std::vector<std::string> compile_command(const WasmRequest& request, const std::string& clang) {
  bool is_c = request.source.ends_with(".c");
  std::vector<std::string> argv = {
      clang,
      request.use_libc ? "--target=wasm32-wasi" : "--target=wasm32-unknown-unknown",
      is_c ? "-std=c17" : "-std=c++20",
      "-Os",
      "-Wall",
      "-mbulk-memory",
      "-fvisibility=hidden"};
  if (!is_c) {
    argv.insert(argv.end(), {"-x", "c++", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics"});
  }
  if (!request.use_libc) argv.insert(argv.end(), {"-ffreestanding", "-fbuiltin"});
  // Paths end up in __FILE__.
  argv.push_back("-ffile-prefix-map=" + request.sdk_dir + "=sdk");
  argv.push_back("-ffile-prefix-map=" + folder_of(request.source) + "/=");
  argv.push_back("-I" + request.sdk_dir + "/cpp");
  if (::isatty(STDERR_FILENO) == 1) argv.emplace_back("-fcolor-diagnostics");
  argv.insert(argv.end(), request.cflags.begin(), request.cflags.end());
  return argv;
}

// Linked by a step of its own, without -O: else clang would have wasm-opt change the module where that is
// installed.
std::vector<std::string> link_command(const WasmRequest& request, const std::string& clang,
                                      const std::string& linker, const std::vector<std::string>& objects,
                                      const std::string& module) {
  std::vector<std::string> argv = {clang, "-fuse-ld=" + linker};
  if (request.use_libc) {
    argv.insert(argv.end(), {"--target=wasm32-wasi", "-mexec-model=reactor"});
  } else {
    argv.insert(argv.end(), {"--target=wasm32-unknown-unknown", "-nostdlib", "-Wl,--no-entry"});
  }
  // Names of functions stay, for traps and profiles. The stack comes first, so that overflowing it traps.
  argv.insert(argv.end(),
              {"-Wl,--gc-sections", "-Wl,--strip-debug", "-Wl,--stack-first", "-Wl,-z,stack-size=65536"});
  for (std::string_view name : kExports) argv.push_back("-Wl,--export-if-defined=" + std::string(name));
  argv.insert(argv.end(), objects.begin(), objects.end());
  argv.insert(argv.end(), {"-o", module});
  return argv;
}

}  // namespace

base::Result<std::string> run_program(const std::vector<std::string>& argv, const std::string& work_dir,
                                      const TempDir& temp, const std::string& what,
                                      const std::vector<std::string>& environment) {
  std::string file = temp.path() + "/output";
  GADGETRY_ASSIGN(Process process, Process::start(argv, work_dir, file, environment));
  GADGETRY_ASSIGN(std::string ended, process.finish());
  auto read = base::read_file(file, kOutputBytes);
  std::string output = read.ok() ? std::move(*read) : std::string();
  if (ended.empty()) return output;
  while (output.ends_with('\n')) output.pop_back();
  return base::Error(what + ": " + argv[0] + " " + ended + (output.empty() ? "" : "\n" + output));
}

base::Result<WasmResult> compile_wasm_c(const WasmRequest& request) {
  GADGETRY_ASSIGN(
      std::string clang,
      find_clang("install clang and lld (Debian: apt-get install clang-19 lld-19), or set CLANG"));
  GADGETRY_ASSIGN(std::string linker, find_linker(clang));
  GADGETRY_ASSIGN(TempDir temp, TempDir::make());
  std::string folder = folder_of(request.source);
  const std::string what = "compiling " + name_of(request.source);
  std::string object = temp.path() + "/module.o";
  std::string module = temp.path() + "/module.wasm";
  std::vector<std::string> argv = compile_command(request, clang);
  argv.insert(argv.end(), {"-c", request.source, "-o", object});
  WasmResult out;
  std::vector<std::string> objects = {object};
  if (!request.use_libc) {
    std::string start = temp.path() + "/start";
    GADGETRY_TRY(base::replace_file(start + ".c", kStart));
    GADGETRY_TRY(
        run_program({clang, "--target=wasm32-unknown-unknown", "-Os", "-c", start + ".c", "-o", start + ".o"},
                    folder, temp, what));
    objects.push_back(start + ".o");
  }
  auto compiled = run_program(argv, folder, temp, what);
  if (compiled.ok()) {
    out.output = std::move(*compiled);
    compiled = run_program(link_command(request, clang, linker, objects, module), folder, temp,
                           "linking " + name_of(request.source));
  }
  if (!compiled.ok() && request.use_libc) {
    return std::move(compiled.error())
        .with_hint(
            "wasm-libc needs: apt-get install wasi-libc libclang-rt-19-dev-wasm32, for C++ "
            "libc++-19-dev-wasm32 libc++abi-19-dev-wasm32");
  }
  if (!compiled.ok()) return std::move(compiled.error());
  out.output += *compiled;
  GADGETRY_ASSIGN(out.module, base::read_file(module, limits::kWasmBytes));
  return out;
}

bool is_wasm_source(std::string_view name) {
  for (std::string_view suffix : {".c", ".cpp", ".cc", ".rs", ".go"}) {
    if (name.ends_with(suffix)) return true;
  }
  return false;
}

base::Result<WasmResult> compile_wasm(const WasmRequest& request) {
  if (request.source.ends_with(".rs")) return compile_wasm_rust(request);
  if (request.source.ends_with(".go")) return compile_wasm_go(request);
  return compile_wasm_c(request);
}

}  // namespace gadgetry::build
