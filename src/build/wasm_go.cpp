// Go modules: the Go compiler, with the package of the SDK offered from where it is installed.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/strings.hpp"
#include "build/wasm_compiler.hpp"

namespace gadgetry::build {
namespace {

namespace fs = std::filesystem;

constexpr int kOldestMinor = 24;  // Go 1.24: the first with go:wasmexport
constexpr const char* kHint =
    "install Go 1.24 or newer (https://go.dev/dl), or set GO to the path of its program";
constexpr std::string_view kSdkModule = "gadgetry/wasm";

base::Result<std::string> find_go(const TempDir& temp) {
  GADGETRY_ASSIGN(std::string go, find_tool("GO", {"go"}, kHint));
  auto said = run_program({go, "env", "GOVERSION"}, temp.path(), temp, "asking for the version of Go",
                          {"GOTOOLCHAIN=local", "GOCACHE=" + temp.path() + "/cache"});
  if (!said.ok()) return std::move(said.error());
  std::string_view version = base::trim(*said);  // "go1.24.4"
  std::string_view minor = version.starts_with("go1.") ? version.substr(4) : std::string_view();
  minor = minor.substr(0, minor.find_first_not_of("0123456789"));
  auto number = base::parse_int<int>(minor);
  if (number && *number >= kOldestMinor) return go;
  return base::Error("Go at " + go + " is " + base::printable(version) +
                     ", which cannot export functions to hosts")
      .with_hint(kHint);
}

// The go.mod at or above the source.
std::string find_mod(const std::string& source) {
  for (fs::path folder = fs::path(source).parent_path();; folder = folder.parent_path()) {
    std::string path = folder / "go.mod";
    if (::access(path.c_str(), R_OK) == 0) return path;
    if (folder == folder.root_path()) return {};
  }
}

// A copy of go.mod in the temporary folder that knows the SDK. Without one, links to the sources stand beside
// it. Returns the folder to build in.
base::Result<std::string> prepare(const WasmRequest& request, const TempDir& temp) {
  std::string folder = fs::path(request.source).parent_path();
  std::string mod = find_mod(request.source);
  std::string work = temp.path() + "/work";
  std::error_code failed;
  fs::create_directories(work, failed);
  if (failed) return base::Error::system(work, failed.value());
  std::string text = "module program\n\ngo 1.24\n";
  if (!mod.empty()) {
    GADGETRY_ASSIGN(text, base::read_file(mod, limits::kMetadataBytes));
    std::string sum = mod.substr(0, mod.size() - 3) + "sum";
    if (::access(sum.c_str(), R_OK) == 0) fs::copy_file(sum, work + "/go.sum", failed);
  }
  if (text.find(std::string(kSdkModule) + " =>") == std::string::npos) {
    text += "\nrequire " + std::string(kSdkModule) + " v0.0.0\nreplace " + std::string(kSdkModule) + " => " +
            request.sdk_dir + "/go\n";
  }
  GADGETRY_TRY(base::replace_file(work + "/go.mod", text));
  if (!mod.empty()) return folder;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    if (entry.path().extension() == ".go")
      fs::create_symlink(entry.path(), work + "/" + entry.path().filename().string(), failed);
  }
  if (failed) return base::Error::system(folder, failed.value());
  return work;
}

}  // namespace

base::Result<WasmResult> compile_wasm_go(const WasmRequest& request) {
  GADGETRY_ASSIGN(TempDir temp, TempDir::make());
  GADGETRY_ASSIGN(std::string go, find_go(temp));
  GADGETRY_ASSIGN(std::string folder, prepare(request, temp));
  std::string module = temp.path() + "/program.wasm";
  // Without -s: names of functions stay, for traps and profiles.
  std::vector<std::string> argv = {go,
                                   "build",
                                   "-modfile=" + temp.path() + "/work/go.mod",
                                   "-mod=mod",
                                   "-trimpath",
                                   "-buildvcs=false",
                                   "-buildmode=c-shared",
                                   "-ldflags=-w -buildid=",
                                   "-o",
                                   module,
                                   "."};
  std::vector<std::string> environment = {"CGO_ENABLED=0",  "GOOS=wasip1", "GOARCH=wasm",      "GOWORK=off",
                                          "GO111MODULE=on", "GOFLAGS=",    "GOTOOLCHAIN=local"};
  if (std::getenv("HOME") == nullptr) {
    if (std::getenv("GOCACHE") == nullptr && std::getenv("XDG_CACHE_HOME") == nullptr) {
      environment.push_back("GOCACHE=" + temp.path() + "/cache");
    }
    if (std::getenv("GOPATH") == nullptr) environment.push_back("GOPATH=" + temp.path() + "/path");
  }
  WasmResult out;
  GADGETRY_ASSIGN(out.output, run_program(argv, folder, temp,
                                          "compiling " + request.source.substr(request.source.rfind('/') + 1),
                                          environment));
  GADGETRY_ASSIGN(out.module, base::read_file(module, limits::kWasmBytes));
  return out;
}

}  // namespace gadgetry::build
