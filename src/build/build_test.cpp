// Building small gadgets against a stand-in SDK. Needs a clang; skipped without one.
#include "build/build.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "base/fd.hpp"
#include "bpf/object.hpp"
#include "build/compiler.hpp"
#include "build/init.hpp"
#include "build/module_info.hpp"
#include "build/package.hpp"
#include "build/process.hpp"
#include "oci/image.hpp"
#include "oci/tarball.hpp"

namespace gadgetry::build {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kVmlinux = R"(
typedef unsigned char __u8; typedef unsigned short __u16; typedef unsigned int __u32; typedef unsigned long long __u64;
typedef signed char __s8; typedef short __s16; typedef int __s32; typedef long long __s64;
typedef __u16 __be16; typedef __u32 __be32; typedef __u64 __be64; typedef __u32 __wsum; typedef _Bool bool;
enum { false = 0, true = 1 };
enum bpf_map_type { BPF_MAP_TYPE_RINGBUF = 27 };
)";

constexpr std::string_view kProgram = R"(// SPDX-License-Identifier: GPL-2.0
#include <vmlinux.h>
#include <bpf/bpf_helpers.h>
#include "local.h"
struct event { __u32 pid; __u32 error_raw; char name[16]; };
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } events SEC(".maps");
const void *gadget_tracer_open___events___event __attribute__((unused));
const struct event *__gadget_tracer_type_open __attribute__((unused));
const volatile __u32 limit = LIMIT;
const void *gadget_param_limit __attribute__((unused));
int state;
SEC("tracepoint/syscalls/sys_enter_openat") int on_open(void *ctx) {
  state = limit;
  bpf_printk("%s", __FILE__);
  return 0;
}
char LICENSE[] SEC("license") = "GPL";
)";

constexpr std::string_view kMetadata = R"(name: opens
description: d
homepageURL: https://example.org
annotations:
  own: value
datasources:
  open:
    fields:
      name:
        annotations:
          columns.width: 16
params:
  ebpf:
    limit:
      key: limit
      description: l
)";

// The smallest module that a host accepts: exports gadgetAPIVersion, which returns 1.
constexpr std::string_view kModule(
    "\0asm\1\0\0\0"
    "\1\5\1\x60\0\1\x7e"
    "\3\2\1\0"
    "\7\x14\1\x10"
    "gadgetAPIVersion"
    "\0\0"
    "\x0a\6\1\4\0\x42\1\x0b",
    49);

class BuildTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!find_toolchain().ok()) GTEST_SKIP() << find_toolchain().error().text();
    auto made = TempDir::make();
    ASSERT_TRUE(made.ok());
    temp_.emplace(std::move(*made));
    for (const char* arch : {"amd64", "arm64"}) {
      write("sdk/gadget/" + std::string(arch) + "/vmlinux.h", kVmlinux);
    }
    write_gadget("g");
  }
  void TearDown() override {
    ::unsetenv("CLANG");
    ::unsetenv("LLVM_STRIP");
  }

  std::string path(const std::string& name) const { return temp_->path() + "/" + name; }
  void write(const std::string& name, std::string_view text) {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    ASSERT_TRUE(base::replace_file(path(name), text).ok());
  }
  void write_gadget(const std::string& dir) {
    write(dir + "/program.bpf.c", kProgram);
    write(dir + "/local.h", "#ifndef LIMIT\n#define LIMIT 7\n#endif\n");
    write(dir + "/gadget.yaml", kMetadata);
  }
  BuildOptions options(const std::string& dir = "g") {
    BuildOptions out;
    out.dir = path(dir);
    out.sdk_dir = path("sdk");
    return out;
  }
  std::string error_of(const BuildOptions& with) {
    auto built = build_folder(with);
    return built.ok() ? "" : built.error().text();
  }

  std::optional<TempDir> temp_;
};

TEST_F(BuildTest, BuildsBothArchitectures) {
  auto built = build_folder(options());
  ASSERT_TRUE(built.ok()) << built.error().text();
  EXPECT_EQ(built->name, "g");
  ASSERT_EQ(built->objects.size(), 2u);
  EXPECT_EQ(built->objects[0].arch, "amd64");
  for (const auto& object : built->objects) {
    EXPECT_TRUE(
        object.ebpf.starts_with("\x7f"
                                "ELF"));
    EXPECT_THAT(object.ebpf, Not(HasSubstr(temp_->path())));
    EXPECT_THAT(object.ebpf, Not(HasSubstr(".debug_info")));
    EXPECT_THAT(object.ebpf, HasSubstr(".BTF.ext"));
  }
  EXPECT_EQ(built->metadata, kMetadata);
  EXPECT_TRUE(built->diagnostics.empty());
}

TEST_F(BuildTest, SameBytesWhereverItStands) {
  write_gadget("elsewhere/deep/g");
  auto one = build_folder(options());
  BuildOptions other = options("elsewhere/deep/g");
  std::filesystem::create_directories(path("sdk2"));
  std::filesystem::copy(path("sdk"), path("sdk2/x"), std::filesystem::copy_options::recursive);
  other.sdk_dir = path("sdk2/x");
  auto two = build_folder(other);
  ASSERT_TRUE(one.ok() && two.ok());
  for (size_t i = 0; i < 2; ++i) EXPECT_TRUE(one->objects[i].ebpf == two->objects[i].ebpf);
  auto reference = oci::Reference::parse("g:v1");
  auto first = package_to_folder(*one, *reference, path("out1"));
  auto second = package_to_tar(*two, *reference, path("out2.tar"));
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->to_string(), second->to_string());
  auto again = package_to_tar(*one, *reference, path("out3.tar"));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*base::read_file(path("out2.tar"), 1u << 26), *base::read_file(path("out3.tar"), 1u << 26));
}

TEST_F(BuildTest, TheImageHoldsWhatWasBuilt) {
  auto built = build_folder(options());
  ASSERT_TRUE(built.ok());
  auto reference = oci::Reference::parse("g:v1");
  ASSERT_TRUE(package_to_folder(*built, *reference, path("out")).ok());
  auto store = oci::LayoutStore::open(path("out"), oci::OpenMode::kReadOnly);
  ASSERT_TRUE(store.ok());
  auto image = oci::load_image(*store, *reference, "arm64");
  ASSERT_TRUE(image.ok()) << image.error().text();
  EXPECT_TRUE(image->ebpf == built->objects[1].ebpf);
  EXPECT_EQ(image->metadata, kMetadata);
  EXPECT_EQ(image->annotations.at("own"), "value");
  EXPECT_EQ(image->annotations.at("org.opencontainers.image.url"), "https://example.org");
}

TEST_F(BuildTest, HonoursBuildYaml) {
  write("g/build.yaml",
        "ebpfsource: other.bpf.c\nmetadata: other.yaml\nwasm: m.wasm\ncflags: -DLIMIT=99 -Iinc\n");
  std::filesystem::rename(path("g/program.bpf.c"), path("g/other.bpf.c"));
  std::filesystem::rename(path("g/gadget.yaml"), path("g/other.yaml"));
  std::filesystem::create_directories(path("g/inc"));
  std::filesystem::rename(path("g/local.h"), path("g/inc/local.h"));
  write("g/m.wasm", kModule);
  auto built = build_folder(options());
  ASSERT_TRUE(built.ok()) << built.error().text();
  EXPECT_EQ(built->wasm, kModule);
  auto object = bpf::Object::open("g", base::as_bytes(built->objects[0].ebpf));
  ASSERT_TRUE(object.ok());
  EXPECT_EQ(*(*object)->variable_text("limit"), "99");
}

TEST_F(BuildTest, CompilerMessagesComeThrough) {
  write("g/local.h", "#define LIMIT 1\nstatic int unused_function(void) { return 0; }\n");
  auto built = build_folder(options());
  ASSERT_TRUE(built.ok());
  EXPECT_THAT(built->compiler_output, HasSubstr("unused_function"));
  EXPECT_EQ(built->compiler_output.find("unused_function"),
            built->compiler_output.find("'unused_function'") + 1)
      << "the same warning of two architectures is shown once";
  write("g/local.h", "#define LIMIT nope\n");
  EXPECT_THAT(error_of(options()), HasSubstr("compiling program.bpf.c for amd64"));
  EXPECT_THAT(error_of(options()), HasSubstr("use of undeclared identifier 'nope'"));
}

TEST_F(BuildTest, MissingTools) {
  ::setenv("CLANG", "/nowhere/clang", 1);
  EXPECT_THAT(error_of(options()), HasSubstr("there is no program \"/nowhere/clang\", which $CLANG names"));
  ::unsetenv("CLANG");
  ::setenv("LLVM_STRIP", "no-such-strip", 1);
  EXPECT_THAT(error_of(options()), HasSubstr("no-such-strip"));
  ::unsetenv("LLVM_STRIP");
  std::string saved = std::getenv("PATH");
  ::setenv("PATH", "/nowhere", 1);
  EXPECT_THAT(error_of(options()), HasSubstr("there is no clang on this machine; install clang"));
  ::setenv("PATH", saved.c_str(), 1);
}

TEST_F(BuildTest, MissingFiles) {
  BuildOptions with = options();
  with.sdk_dir = path("nowhere");
  EXPECT_THAT(error_of(with), HasSubstr("--sdk"));
  with.sdk_dir = path("g");
  EXPECT_THAT(error_of(with), HasSubstr("gadget/amd64/vmlinux.h"));
  with = options("nowhere");
  EXPECT_THAT(error_of(with), HasSubstr("nowhere"));
  std::filesystem::create_directories(path("empty"));
  EXPECT_THAT(error_of(options("empty")), HasSubstr("holds no gadget"));
  write("g/build.yaml", "ebpfsource: gone.c\n");
  EXPECT_THAT(error_of(options()), HasSubstr("gone.c"));
  write("g/build.yaml", "metadata: gone.yaml\n");
  EXPECT_THAT(error_of(options()), HasSubstr("gone.yaml"));
  write("g/build.yaml", "wasm: main.zig\n");
  EXPECT_THAT(error_of(options()), HasSubstr("main.zig is of an unknown kind"));
  write("g/build.yaml", "wasm: main.go\n");
  EXPECT_THAT(error_of(options()), HasSubstr("main.go"));
  write("g/m.wasm", "text");
  write("g/build.yaml", "wasm: m.wasm\n");
  EXPECT_THAT(error_of(options()), HasSubstr("it is no Wasm module"));
}

TEST_F(BuildTest, MetadataIsCheckedAgainstTheObject) {
  write("g/gadget.yaml",
        "name: x\ndatasources:\n  open:\n    fields:\n      nam: {}\nparams: {ebpf: {state: {key: s}}}\n");
  std::string text = error_of(options());
  EXPECT_THAT(
      text,
      HasSubstr("gadget.yaml:5:7: error: data source \"open\" has no field \"nam\"; did you mean \"name\"?"));
  EXPECT_THAT(text, HasSubstr("gadget.yaml:6:17: error: the variable \"state\" is not const volatile"));
  BuildOptions with = options();
  with.validate_metadata = false;
  EXPECT_EQ(error_of(with), "");
  write("g/gadget.yaml", "name: [\n");
  EXPECT_THAT(error_of(with), HasSubstr("gadget.yaml:"));
}

TEST_F(BuildTest, UpdatesMetadata) {
  std::filesystem::remove(path("g/gadget.yaml"));
  BuildOptions with = options();
  with.update_metadata = true;
  auto built = build_folder(with);
  ASSERT_TRUE(built.ok()) << built.error().text();
  auto text = base::read_file(path("g/gadget.yaml"), 1u << 20);
  ASSERT_TRUE(text.ok());
  EXPECT_THAT(*text, HasSubstr("name: g\n"));
  EXPECT_THAT(*text, HasSubstr("  open:\n    fields:\n      pid:\n"));
  EXPECT_THAT(*text, HasSubstr("    limit:\n      key: limit\n      defaultValue: \"7\"\n"));
  EXPECT_EQ(built->metadata, *text);
}

TEST_F(BuildTest, ProgAndDefinition) {
  write("def.yaml",
        "name: d\ncolumns:\n  - name: name\n    width: 8\nebpf_params:\n  - {key: limit, var: limit}\n");
  BuildOptions with = options();
  with.dir = path("empty");
  std::filesystem::create_directories(with.dir);
  with.prog = path("g/program.bpf.c");
  with.definition = path("def.yaml");
  auto built = build_folder(with);
  ASSERT_TRUE(built.ok()) << built.error().text();
  EXPECT_EQ(built->name, "program");
  EXPECT_THAT(built->metadata, HasSubstr("columns:"));
}

TEST_F(BuildTest, LeavesNothingBehind) {
  std::string temp = path("tmp");
  std::filesystem::create_directories(temp);
  ::setenv("TMPDIR", temp.c_str(), 1);
  EXPECT_EQ(error_of(options()), "");
  write("g/local.h", "#define LIMIT nope\n");
  EXPECT_NE(error_of(options()), "");
  ::unsetenv("TMPDIR");
  EXPECT_TRUE(std::filesystem::is_empty(temp));
}

TEST_F(BuildTest, CompilesModulesInC) {
  if (!find_program("wasm-ld-19") && !find_program("wasm-ld")) GTEST_SKIP() << "there is no wasm-ld";
  std::filesystem::create_directories(path("wasm/cpp"));  // beside the other SDK
  write("wasm/cpp/gadget/x.h", "#define VERSION 1\n");
  write("g/build.yaml", "wasm: m/m.cpp\nwasm-cflags: -DRESULT=0\n");
  constexpr std::string_view kSource =
      "#include <gadget/x.h>\n#include \"own.h\"\n"
      "int from_file = sizeof(__FILE__);\n"
      "struct Global { Global() : value(VERSION) {} volatile long long value; } global;\n"
      "extern \"C\" { __attribute__((export_name(\"gadgetAPIVersion\"))) long long v() { return "
      "global.value; }\n"
      "int gadgetInit() { return RESULT; } __attribute__((export_name(\"path\"))) const char* p() { return "
      "__FILE__; } }\n";
  write("g/m/m.cpp", kSource);
  write("g/m/own.h", "");
  auto built = build_folder(options());
  ASSERT_TRUE(built.ok()) << built.error().text();
  auto info = describe_module(built->wasm);
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(info->api_version, 1u) << "the constructor of the global object must have run";
  ASSERT_NE(info->find_export("gadgetInit"), nullptr) << "exported by its name";
  EXPECT_NE(info->find_export("_initialize"), nullptr);
  EXPECT_THAT(built->wasm, Not(HasSubstr(temp_->path())));
  std::filesystem::create_directories(path("deep/er"));
  std::filesystem::copy(path("g"), path("deep/er/g"), std::filesystem::copy_options::recursive);
  auto again = build_folder(options("deep/er/g"));
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->wasm == built->wasm);
  write("g/m/m.cpp", std::string(kSource) + "int broken = nowhere;\n");
  EXPECT_THAT(error_of(options()), HasSubstr("compiling m.cpp: "));
  EXPECT_THAT(error_of(options()), HasSubstr("use of undeclared identifier 'nowhere'"));
  write("g/m/m.cpp", "extern \"C\" { long long f(); long long gadgetAPIVersion() { return f(); } }\n");
  EXPECT_THAT(error_of(options()), HasSubstr("undefined symbol: f"));
}

TEST(ModuleInfo, DescribesAndChecks) {
  auto info = describe_module(kModule);
  ASSERT_TRUE(info.ok()) << info.error().text();
  EXPECT_EQ(info->api_version, 1u);
  EXPECT_EQ(info->memory_min, 0u);
  std::vector<std::string> warnings;
  EXPECT_TRUE(check_module(*info, warnings).ok());
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_THAT(warnings[0], HasSubstr("it does nothing"));
  auto problem = [&](const ModuleImport& import) {
    ModuleInfo with = *info;
    with.imports.push_back(import);
    warnings.clear();
    auto checked = check_module(with, warnings);
    return checked.ok() ? std::string() : checked.error().text();
  };
  EXPECT_EQ(problem({"ig", "fieldGetScalar", "iiii:I"}), "");
  EXPECT_EQ(problem({"ig", "dataSourceSubscribe", "iiiI:i"}), "");
  EXPECT_EQ(problem({"gadget_v2", "subscribeBatch", "iiIiiIi:i"}), "");
  EXPECT_EQ(problem({"wasi_snapshot_preview1", "fd_write", "iiii:i"}), "");
  EXPECT_THAT(problem({"ig", "gadgetLog", "ii:"}),
              HasSubstr("as (i32, i32) -> (), but it is (i32, i64) -> ()"));
  EXPECT_THAT(problem({"ig", "fieldGetScaler", ":"}), HasSubstr("did you mean \"fieldGetScalar\"?"));
  EXPECT_THAT(problem({"env", "puts", "i:i"}), HasSubstr("defined nowhere"));
  EXPECT_THAT(problem({"env", "memory", ""}), HasSubstr("is no function"));
  EXPECT_EQ(problem({"gadget_v2", "futureCall", ":i"}), "") << "a host returns that it is unsupported";
  EXPECT_EQ(warnings.size(), 2u);
  EXPECT_FALSE(describe_module(kModule.substr(0, 40)).ok());
  EXPECT_FALSE(describe_module("").ok());
}

TEST_F(BuildTest, InitRefusesToOverwrite) {
  auto kind = find_kind("topper");
  ASSERT_TRUE(kind.ok());
  auto made = init_gadget("my_top", path("new/my_top"), **kind);
  ASSERT_TRUE(made.ok()) << made.error().text();
  EXPECT_EQ(made->size(), 4u);
  EXPECT_THAT(*base::read_file(path("new/my_top/gadget.yaml"), 1u << 20), HasSubstr("name: my_top\n"));
  EXPECT_THAT(init_gadget("my_top", path("new/my_top"), **kind).error().text(), HasSubstr("exists already"));
  EXPECT_FALSE(find_kind("toper").ok());
  for (const char* name : {"", "-x", "a b", "UP", "../x"})
    EXPECT_FALSE(init_gadget(name, path("y"), **kind).ok()) << name;
}

TEST(Process, ReportsHowItEnded) {
  auto temp = TempDir::make();
  ASSERT_TRUE(temp.ok());
  std::string out = temp->path() + "/out";
  auto run = [&](std::vector<std::string> argv) {
    auto process = Process::start(argv, "/", out);
    return process.ok() ? *process->finish() : process.error().text();
  };
  EXPECT_EQ(run({"/bin/sh", "-c", "echo hello; pwd"}), "");
  EXPECT_EQ(*base::read_file(out, 100), "hello\n/\n");
  EXPECT_EQ(run({"/bin/sh", "-c", "exit 3"}), "exited with status 3");
  EXPECT_EQ(run({"/bin/sh", "-c", "kill -9 $$"}), "was killed by signal 9");
  EXPECT_THAT(run({"/nowhere/x"}), HasSubstr("cannot run /nowhere/x"));
}

}  // namespace
}  // namespace gadgetry::build
