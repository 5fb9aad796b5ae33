#include "build/compiler.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/strings.hpp"
#include "build/process.hpp"

namespace gadgetry::build {
namespace {

constexpr int kNewestClang = 22;
constexpr int kOldestClang = 14;  // older ones miss features of eBPF and CO-RE that the SDK uses

struct Arch {
  std::string_view name;     // Go's name
  std::string_view define;   // suffix of __TARGET_ARCH_
  std::string_view triplet;  // folder with the asm/ headers
};
constexpr Arch kArchs[] = {{"amd64", "x86", "x86_64-linux-gnu"}, {"arm64", "arm64", "aarch64-linux-gnu"}};

bool is_folder(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

base::Result<const Arch*> find_arch(std::string_view name) {
  for (const Arch& arch : kArchs) {
    if (arch.name == name) return &arch;
  }
  return base::Error::usage("unknown architecture \"" + base::printable(name) + "\"")
      .with_hint("use amd64 or arm64");
}

// The asm/ headers: the architecture's own if they are installed, else those of the first that are. eBPF
// programs take little from them, and nothing when they include vmlinux.h.
std::string asm_headers(const Arch& arch) {
  std::string own = "/usr/include/" + std::string(arch.triplet);
  if (is_folder(own)) return own;
  for (const Arch& other : kArchs) {
    std::string path = "/usr/include/" + std::string(other.triplet);
    if (is_folder(path)) return path;
  }
  return own;
}

// Links to the gadget and to the SDK in a private folder.
//
// The compiler numbers the types of the BTF in an order that depends on the addresses of its memory, and so
// on the length of every path it handles. For the same sources to give the same bytes it must not see where
// they are: includes are resolved by a first step (which keeps macros, comments and line numbers, so that
// messages stay as good), and the second compiles the one file that comes of it, which names only these
// links.
struct Workplace {
  std::string root;
  std::string src;
  std::string sdk;
};

base::Result<Workplace> make_workplace(const TempDir& temp, const CompileRequest& request) {
  Workplace place{temp.path(), temp.path() + "/src", temp.path() + "/sdk"};
  if (::symlink(request.dir.c_str(), place.src.c_str()) != 0) return base::Error::system(place.src, errno);
  if (::symlink(request.sdk_dir.c_str(), place.sdk.c_str()) != 0)
    return base::Error::system(place.sdk, errno);
  return place;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

// What one architecture's object goes through.
struct Steps {
  std::vector<std::vector<std::string>> include;
  std::vector<std::vector<std::string>> compile;
  std::vector<std::vector<std::string>> strip;
  std::vector<std::string> objects;
};

std::vector<std::string> clang_command(const Toolchain& tools, const Workplace& place,
                                       const CompileRequest& request, const Arch& arch) {
  std::string name(arch.name);
  std::vector<std::string> argv = {tools.clang, "-target", "bpf", "-Wall", "-g", "-O2"};
  // Paths end up in the debug information of the object.
  argv.push_back("-ffile-prefix-map=" + place.sdk + "=sdk");
  argv.push_back("-ffile-prefix-map=" + place.src + "=.");
  argv.push_back("-fdebug-compilation-dir=.");
  argv.push_back("-I" + asm_headers(arch));
  argv.push_back("-D__TARGET_ARCH_" + std::string(arch.define));
  argv.push_back("-I" + place.sdk + "/gadget/" + name);
  argv.push_back("-I" + place.sdk);
  if (::isatty(STDERR_FILENO) == 1) argv.emplace_back("-fcolor-diagnostics");
  argv.insert(argv.end(), request.cflags.begin(), request.cflags.end());
  return argv;
}

void add_steps(Steps& steps, const Toolchain& tools, const Workplace& place, const CompileRequest& request,
               const Arch& arch) {
  std::string base = place.root + "/" + std::string(arch.name);
  std::string whole = base + ".c";
  std::string object = base + ".bpf.o";
  std::vector<std::string> clang = clang_command(tools, place, request, arch);
  std::vector<std::string> include = clang;
  include.insert(include.end(), {"-E", "-frewrite-includes", request.source, "-o", whole});
  clang.insert(clang.end(), {"-c", whole, "-o", object});
  steps.include.push_back(std::move(include));
  steps.compile.push_back(std::move(clang));
  steps.strip.push_back({tools.strip, "-g", object});
  steps.objects.push_back(std::move(object));
}

// What a program said, with the names that people know.
std::string output_of(const std::string& file, const Workplace& place, const CompileRequest& request) {
  constexpr size_t kOutputBytes = 4u << 20;
  auto text = base::read_file(file, kOutputBytes);
  if (!text.ok()) return {};
  replace_all(*text, place.sdk, request.sdk_dir);
  replace_all(*text, place.src, request.dir);
  return *text;
}

// One program for each architecture, run at the same time. Fails with the output of all that failed.
base::Result<std::string> run_all(const std::vector<std::vector<std::string>>& commands,
                                  const Workplace& place, const CompileRequest& request,
                                  const std::string& what) {
  std::vector<Process> running;
  for (size_t i = 0; i < commands.size(); ++i) {
    GADGETRY_ASSIGN(Process process,
                    Process::start(commands[i], place.src, place.root + "/output-" + request.archs[i]));
    running.push_back(std::move(process));
  }
  std::vector<std::string> seen;
  std::string failure;
  for (size_t i = 0; i < running.size(); ++i) {
    GADGETRY_ASSIGN(std::string ended, running[i].finish());
    std::string output = output_of(place.root + "/output-" + request.archs[i], place, request);
    if (!ended.empty() && failure.empty()) {
      failure = what;
      failure.append(" for ").append(request.archs[i]).append(": ").append(commands[i][0]);
      failure.append(" ").append(ended);
    }
    if (!output.empty() && std::find(seen.begin(), seen.end(), output) == seen.end()) seen.push_back(output);
  }
  std::string all = base::join(seen, "");
  if (failure.empty()) return all;
  while (all.ends_with('\n')) all.pop_back();
  return base::Error(all.empty() ? failure : failure + "\n" + all);
}

base::Status check_sdk(const CompileRequest& request) {
  for (const auto& arch : request.archs) {
    std::string header = request.sdk_dir + "/gadget/" + arch + "/vmlinux.h";
    if (::access(header.c_str(), R_OK) == 0) continue;
    return base::Error::system(
               "the SDK in " + request.sdk_dir + " is not whole: gadget/" + arch + "/vmlinux.h", errno)
        .with_hint("give the folder of the SDK with --sdk, or install gadgetctl again");
  }
  return {};
}

}  // namespace

base::Result<std::string> find_clang(const std::string& hint) {
  std::vector<std::string> clangs = {"clang-19"};
  for (int version = kNewestClang; version >= kOldestClang; --version) {
    clangs.push_back("clang-" + std::to_string(version));
  }
  clangs.emplace_back("clang");
  return find_tool("CLANG", clangs, hint);
}

base::Result<Toolchain> find_toolchain() {
  const std::string hint =
      "install clang and LLVM (Debian: apt-get install clang-19 llvm-19), or set CLANG and "
      "LLVM_STRIP to their paths";
  Toolchain tools;
  GADGETRY_ASSIGN(tools.clang, find_clang(hint));
  std::vector<std::string> strips;
  std::string name = tools.clang.substr(tools.clang.rfind('/') + 1);
  if (name.starts_with("clang-")) strips.push_back("llvm-strip" + name.substr(5));
  strips.emplace_back("llvm-strip-19");
  for (int version = kNewestClang; version >= kOldestClang; --version) {
    strips.push_back("llvm-strip-" + std::to_string(version));
  }
  strips.emplace_back("llvm-strip");
  GADGETRY_ASSIGN(tools.strip, find_tool("LLVM_STRIP", strips, hint));
  return tools;
}

base::Result<CompileResult> compile(const CompileRequest& request) {
  std::vector<const Arch*> archs;
  for (const auto& name : request.archs) {
    GADGETRY_ASSIGN(const Arch* arch, find_arch(name));
    archs.push_back(arch);
  }
  GADGETRY_ASSIGN(Toolchain tools, find_toolchain());
  GADGETRY_TRY(check_sdk(request));
  GADGETRY_ASSIGN(TempDir temp, TempDir::make());
  GADGETRY_ASSIGN(Workplace place, make_workplace(temp, request));
  Steps steps;
  for (const Arch* arch : archs) add_steps(steps, tools, place, request, *arch);
  const std::string compiling = "compiling " + request.source;
  CompileResult out;
  GADGETRY_TRY(run_all(steps.include, place, request, compiling));  // what it says, the next step says again
  GADGETRY_ASSIGN(out.output, run_all(steps.compile, place, request, compiling));
  GADGETRY_TRY(run_all(steps.strip, place, request, "stripping the object of " + request.source));
  for (const auto& object : steps.objects) {
    GADGETRY_ASSIGN(std::string bytes, base::read_file(object, limits::kObjectBytes));
    out.objects.push_back(std::move(bytes));
  }
  return out;
}

}  // namespace gadgetry::build
