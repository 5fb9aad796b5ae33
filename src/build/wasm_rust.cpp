// Rust modules: Cargo, with the crate of the SDK offered from where it is installed.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/strings.hpp"
#include "build/wasm_compiler.hpp"

namespace gadgetry::build {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHint =
    "install Rust with a WASI target (Debian: apt-get install cargo rustc libstd-rust-dev-wasm32 lld-14; "
    "rustup: "
    "rustup target add wasm32-wasip1), or set RUSTC and CARGO";
constexpr const char* kTargets[] = {"wasm32-wasip1", "wasm32-wasi"};

struct RustTools {
  std::string rustc;
  std::string cargo;
  std::string target;
};

// Whether the standard library for a target is installed.
bool has_target(const std::string& rustc, const std::string& target, const TempDir& temp) {
  auto folder =
      run_program({rustc, "--print", "target-libdir", "--target", target}, temp.path(), temp, "probing");
  if (!folder.ok()) return false;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(std::string(base::trim(*folder)), failed)) {
    std::string name = entry.path().filename();
    if (name.starts_with("libstd-") && name.ends_with(".rlib")) return true;
  }
  return false;
}

// $RUSTC, else each rustc of $PATH and Debian's: the first may be one without the target.
base::Result<RustTools> find_rust(const TempDir& temp) {
  std::vector<std::string> candidates;
  const char* own = std::getenv("RUSTC");
  if (own != nullptr && own[0] != '\0') {
    GADGETRY_ASSIGN(std::string path, find_tool("RUSTC", {"rustc"}, kHint));
    candidates.push_back(path);
  } else {
    const char* path = std::getenv("PATH");
    for (std::string_view dir : base::split(path != nullptr ? path : "", ':')) {
      if (!dir.starts_with('/')) continue;
      if (auto found = find_program(std::string(dir) + "/rustc")) candidates.push_back(*found);
    }
    if (auto found = find_program("/usr/bin/rustc")) candidates.push_back(*found);
  }
  if (candidates.empty()) return base::Error("there is no rustc on this machine").with_hint(kHint);
  RustTools tools;
  for (const auto& rustc : candidates) {
    for (const char* target : kTargets) {
      if (!has_target(rustc, target, temp)) continue;
      std::string beside = rustc.substr(0, rustc.rfind('/')) + "/cargo";
      GADGETRY_ASSIGN(tools.cargo, find_tool("CARGO", {beside, "cargo"}, kHint));
      tools.rustc = rustc;
      tools.target = target;
      return tools;
    }
  }
  return base::Error("no rustc on this machine can build for wasm32-wasip1 or wasm32-wasi").with_hint(kHint);
}

base::Result<std::string> find_manifest(const std::string& source) {
  fs::path folder = fs::path(source).parent_path();
  for (const fs::path& candidate : {folder.parent_path(), folder}) {
    std::string path = candidate / "Cargo.toml";
    if (::access(path.c_str(), R_OK) == 0) return path;
  }
  return base::Error("there is no Cargo.toml for " + source)
      .with_hint("a Rust module is a crate: put the source into src/ and Cargo.toml beside that folder");
}

// A folder of links to what the crate consists of, with links to the SDK: where everything really is then
// does not show in the module, and Cargo.lock is not written into the folder of the author.
base::Status mirror_crate(const fs::path& crate, const fs::path& mirror, const std::string& sdk) {
  std::error_code failed;
  fs::create_directories(mirror, failed);
  for (const auto& entry : fs::directory_iterator(crate, failed)) {
    fs::path name = entry.path().filename();
    if (name == "target" || name == "gadget-sdk") continue;
    if (name == "Cargo.lock") {
      fs::copy_file(entry.path(), mirror / name, failed);
    } else {
      fs::create_symlink(entry.path(), mirror / name, failed);
    }
    if (failed) return base::Error::system(entry.path().string(), failed.value());
  }
  if (failed) return base::Error::system(crate.string(), failed.value());
  fs::create_directory_symlink(sdk, mirror / "gadget-sdk", failed);
  if (failed) return base::Error::system(sdk, failed.value());
  return {};
}

// The one module in the folder of results, or the one with the name of the package.
base::Result<std::string> find_module(const fs::path& folder, std::string_view manifest) {
  std::vector<std::string> found;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    if (entry.path().extension() == ".wasm") found.push_back(entry.path());
  }
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    return base::Error("the crate gives no Wasm module")
        .with_hint("add to Cargo.toml: [lib] with crate-type = [\"cdylib\"]");
  }
  for (std::string_view line : base::split(manifest, '\n')) {
    line = base::trim(line);
    if (!line.starts_with("name")) continue;
    auto parts = base::split(line, '"');
    if (parts.size() < 3) continue;
    std::string name(parts[1]);
    std::replace(name.begin(), name.end(), '-', '_');
    std::string path = folder / (name + ".wasm");
    if (std::find(found.begin(), found.end(), path) != found.end()) return path;
    break;
  }
  return base::Error("the crate gives " + std::to_string(found.size()) +
                     " Wasm modules, none of the package's name")
      .with_hint("leave one [lib] with crate-type = [\"cdylib\"]");
}

std::vector<std::string> cargo_command(const RustTools& tools, const std::string& folder, bool uses_sdk) {
  std::vector<std::string> argv = {tools.cargo,  "build",           "--release",           "--target",
                                   tools.target, "--manifest-path", folder + "/Cargo.toml"};
  argv.insert(argv.end(), {"--config", "profile.release.strip=\"debuginfo\""});  // names stay, for traps
  argv.insert(argv.end(), {"--config", "target." + tools.target + ".rustflags=[\"--remap-path-prefix\",\"" +
                                           folder + "=.\"]"});
  if (uses_sdk) {
    argv.insert(argv.end(), {"--config", "registries.gadgetry.index=\"file:///nonexistent\"", "--config",
                             "patch.gadgetry.gadget.path=\"" + folder + "/gadget-sdk\""});
  }
  if (::isatty(STDERR_FILENO) == 1) argv.insert(argv.end(), {"--color", "always"});
  return argv;
}

}  // namespace

base::Result<WasmResult> compile_wasm_rust(const WasmRequest& request) {
  GADGETRY_ASSIGN(TempDir temp, TempDir::make());
  GADGETRY_ASSIGN(std::string manifest, find_manifest(request.source));
  GADGETRY_ASSIGN(std::string text, base::read_file(manifest, limits::kMetadataBytes));
  GADGETRY_ASSIGN(RustTools tools, find_rust(temp));
  std::string folder = manifest.substr(0, manifest.rfind('/'));
  std::string crate = temp.path() + "/crate";
  GADGETRY_TRY(mirror_crate(folder, crate, request.sdk_dir + "/rust"));
  // Links do not lead back to where a path with .. is meant to begin.
  bool has_relatives = text.find("\"../") != std::string::npos;
  bool uses_sdk = text.find("gadgetry") != std::string::npos;
  std::vector<std::string> argv = cargo_command(tools, crate, uses_sdk);
  if (has_relatives) std::replace(argv.begin(), argv.end(), crate + "/Cargo.toml", manifest);
  std::vector<std::string> environment = {"RUSTC=" + tools.rustc,
                                          "CARGO_TARGET_DIR=" + temp.path() + "/target"};
  const char* home = std::getenv("HOME");
  if (home == nullptr && std::getenv("CARGO_HOME") == nullptr) {
    environment.push_back("CARGO_HOME=" + temp.path() + "/cargo");
  }
  // The network is asked only for crates that are not on this machine.
  const std::string what = "compiling " + request.source.substr(request.source.rfind('/') + 1);
  std::string work_dir = has_relatives ? folder : crate;
  std::vector<std::string> offline = argv;
  offline.emplace_back("--offline");
  auto ran = run_program(offline, work_dir, temp, what, environment);
  if (!ran.ok() && ran.error().message.find("offline") != std::string::npos) {
    ran = run_program(argv, work_dir, temp, what, environment);
  }
  if (!ran.ok()) {
    // People know the crate by its own place.
    std::string& message = ran.error().message;
    for (size_t at = 0; (at = message.find(crate, at)) != std::string::npos; at += folder.size()) {
      message.replace(at, crate.size(), folder);
    }
    return std::move(ran.error());
  }
  WasmResult out;
  // Progress is no news; warnings are.
  if (ran->find("warning") != std::string::npos) out.output = std::move(*ran);
  GADGETRY_ASSIGN(std::string module,
                  find_module(temp.path() + "/target/" + tools.target + "/release", text));
  GADGETRY_ASSIGN(out.module, base::read_file(module, limits::kWasmBytes));
  return out;
}

}  // namespace gadgetry::build
