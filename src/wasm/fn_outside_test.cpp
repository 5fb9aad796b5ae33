// Parameters, eBPF objects, facts about the machine, files and network, called by a module.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/fd.hpp"
#include "bpf/features.hpp"
#include "bpf/object.hpp"
#include "wasm/machine.hpp"
#include "wasm/test_script.hpp"

namespace gadgetry::wasm {
namespace {

using testing::HasSubstr;
using Script = TestScript;

class ObjectEnvironment : public TestEnvironment {
 public:
  bpf::Object* object() override { return eBpf.get(); }
  std::unique_ptr<bpf::Object> eBpf;
};

const std::string kOutsideBuffer = Script::i64(uint64_t{16} << 32 | 0xfffffff0);
const std::string kOutsidePointer = Script::i32(0xfffffffe);
const std::string kV2 = "gadget_v2";

TEST(FnConfig, Parameters) {
  TestEnvironment environment;
  environment.params = {{"key", "value"}, {"empty", ""}};
  Script script;
  auto buffer = script.out(8);
  auto length = script.out(4);
  auto fill = [&] { return script.text("########"); };
  std::string exact = fill();
  size_t good = script.call("ig", "getParamValue", {script.text("key"), exact});
  size_t missing = script.call("ig", "getParamValue", {script.text("none"), buffer.buffer});
  size_t small = script.call("ig", "getParamValue", {script.text("key"), script.out(4).buffer});
  size_t empty = script.call("ig", "getParamValue", {script.text("empty"), Script::i64(0)});
  size_t outside = script.call("ig", "getParamValue", {script.text("key"), kOutsideBuffer});
  size_t outside_key = script.call("ig", "getParamValue", {kOutsideBuffer, buffer.buffer});
  size_t v2 = script.call(kV2, "paramGet", {script.text("key"), buffer.buffer, length.pointer});
  size_t v2_small = script.call(kV2, "paramGet", {script.text("key"), script.out(4).buffer, length.pointer});
  size_t v2_missing = script.call(kV2, "paramGet", {script.text("none"), buffer.buffer, length.pointer});
  size_t v2_outside = script.call(kV2, "paramGet", {script.text("key"), buffer.buffer, kOutsidePointer});
  ASSERT_TRUE(script.run(environment));
  EXPECT_EQ(script.result(good), 0u);
  // Neither a NUL nor anything else behind the value.
  Script::Out exact_out{static_cast<uint32_t>(1024 + 8 + 8), exact, ""};
  EXPECT_EQ(script.bytes(exact_out, 8), "value###");
  EXPECT_EQ(script.result(missing), 1u);
  EXPECT_EQ(script.result(small), 1u);
  EXPECT_EQ(script.result(empty), 0u);
  EXPECT_EQ(script.result(outside), 1u);
  EXPECT_EQ(script.result(outside_key), 1u);
  EXPECT_EQ(script.code(v2), Code::kOk);
  EXPECT_EQ(script.value<uint32_t>(length), 5u);
  EXPECT_EQ(script.bytes(buffer, 5), "value");
  EXPECT_EQ(script.code(v2_small), Code::kTooSmall);
  EXPECT_EQ(script.code(v2_missing), Code::kNotFound);
  EXPECT_EQ(script.code(v2_outside), Code::kMemory);
}

TEST(FnConfig, SetConfig) {
  for (const char* where : {"gadgetInit", "gadgetPreStart", "gadgetStart"}) {
    TestEnvironment environment;
    Script script;
    size_t good = script.call("ig", "setConfig",
                              {script.text("programs.p.attach_to"), script.text("f"), Script::i32(12)});
    size_t kind = script.call("ig", "setConfig",
                              {script.text("programs.q.attach_to"), script.text("f"), Script::i32(8)});
    size_t outside = script.call("ig", "setConfig", {script.text("k"), kOutsideBuffer, Script::i32(12)});
    ASSERT_TRUE(script.run(environment, {}, where));
    bool late = where == std::string("gadgetStart");
    EXPECT_EQ(script.result(good), late ? 1u : 0u) << where;
    EXPECT_EQ(environment.config.count("programs.p.attach_to"), late ? 0u : 1u);
    EXPECT_EQ(script.result(kind), 1u);
    EXPECT_EQ(script.result(outside), 1u);
    EXPECT_LE(environment.config.size(), 1u);
  }
}

class FnObjects : public testing::Test {
 protected:
  void SetUp() override {
    auto bytes =
        base::read_file(std::string(GADGETRY_BINARY_DIR) + "/tests/objects/variables.bpf.o", 1u << 20);
    if (!bytes.ok()) GTEST_SKIP() << bytes.error().text();
    auto object = bpf::Object::open("variables", base::as_bytes(*bytes));
    ASSERT_TRUE(object.ok()) << object.error().text();
    environment_.eBpf = std::move(*object);
    for (const auto& program : environment_.eBpf->declarations().programs) programs_.push_back(program.name);
  }
  ObjectEnvironment environment_;
  std::vector<std::string> programs_;
};

TEST_F(FnObjects, ProgramsAndVariables) {
  ASSERT_FALSE(programs_.empty());
  auto variables = environment_.eBpf->declarations().variables;
  ASSERT_FALSE(variables.empty());
  const auto number = std::find_if(variables.begin(), variables.end(), [&](const auto& one) {
    return environment_.eBpf->set_variable(one.name, "7").ok();
  });
  ASSERT_NE(number, variables.end());
  Script script;
  auto buffer = script.out(64);
  auto section = script.out(64);
  auto text = script.out(64);
  auto length = script.out(4);
  auto section_length = script.out(4);
  auto text_length = script.out(4);
  std::string program = script.text(programs_[0]);
  size_t name = script.call(kV2, "programName", {Script::i32(0), buffer.buffer, length.pointer});
  size_t past = script.call(kV2, "programName", {Script::i32(1000), buffer.buffer, length.pointer});
  size_t sections = script.call(kV2, "programSection", {program, section.buffer, section_length.pointer});
  size_t none = script.call(kV2, "programSection", {script.text("nope"), buffer.buffer, length.pointer});
  size_t target = script.call(kV2, "programSetTarget", {program, script.text("vfs_open")});
  size_t off = script.call(kV2, "programSetEnabled", {program, Script::i32(0)});
  size_t off_none = script.call(kV2, "programSetEnabled", {script.text("nope"), Script::i32(0)});
  size_t set = script.call(kV2, "variableSet", {script.text(number->name), script.text("12")});
  size_t get = script.call(kV2, "variableGet", {script.text(number->name), text.buffer, text_length.pointer});
  size_t bad = script.call(kV2, "variableSet", {script.text(number->name), script.text("apples")});
  size_t nul = script.call(kV2, "variableSet", {script.text(std::string("a\0b", 3)), script.text("1")});
  size_t unknown = script.call(kV2, "variableSet", {script.text("nope"), script.text("1")});
  ASSERT_TRUE(script.run(environment_));
  EXPECT_EQ(script.code(name), Code::kOk);
  EXPECT_EQ(script.bytes(buffer, script.value<uint32_t>(length)), programs_[0]);
  EXPECT_EQ(script.code(past), Code::kNotFound);
  EXPECT_EQ(script.code(sections), Code::kOk);
  EXPECT_EQ(script.bytes(section, script.value<uint32_t>(section_length)),
            environment_.eBpf->declarations().programs[0].section);
  EXPECT_EQ(script.code(none), Code::kNotFound);
  EXPECT_EQ(script.code(target), Code::kOk);
  EXPECT_EQ(script.code(off), Code::kOk);
  EXPECT_EQ(environment_.config["programs." + programs_[0] + ".attach_to"], "gadget_program_disabled");
  EXPECT_EQ(script.code(off_none), Code::kNotFound);
  EXPECT_EQ(script.code(set), Code::kOk);
  EXPECT_EQ(script.code(get), Code::kOk);
  EXPECT_EQ(script.bytes(text, script.value<uint32_t>(text_length)), "12");
  EXPECT_EQ(script.code(bad), Code::kInvalid);
  EXPECT_EQ(script.code(nul), Code::kInvalid);
  EXPECT_EQ(script.code(unknown), Code::kNotFound);

  Script on;
  size_t enable = on.call(kV2, "programSetEnabled", {on.text(programs_[0]), Script::i32(1)});
  ASSERT_TRUE(on.run(environment_, {}, "gadgetPreStart"));
  EXPECT_EQ(on.code(enable), Code::kOk);
  EXPECT_EQ(environment_.config["programs." + programs_[0] + ".attach_to"], "");
}

TEST_F(FnObjects, OnlyBeforeTheLoad) {
  Script script;
  std::string program = script.text(programs_[0]);
  auto buffer = script.out(64);
  std::vector<size_t> calls = {
      script.call(kV2, "programSetTarget", {program, program}),
      script.call(kV2, "programSetEnabled", {program, Script::i32(0)}),
      script.call(kV2, "variableSet", {program, program}),
      script.call(kV2, "variableGet", {program, buffer.buffer, buffer.pointer}),
      script.call(kV2, "mapSetMaxEntries", {program, Script::i32(5)}),
  };
  ASSERT_TRUE(script.run(environment_, {}, "gadgetStart"));
  for (size_t call : calls) EXPECT_EQ(script.code(call), Code::kState);
  EXPECT_TRUE(environment_.config.empty());
}

TEST(FnObjectsWithout, Object) {
  TestEnvironment environment;
  Script script;
  auto buffer = script.out(64);
  size_t name = script.call(kV2, "programName", {Script::i32(0), buffer.buffer, buffer.pointer});
  size_t map = script.call(kV2, "mapSetMaxEntries", {script.text("m"), Script::i32(1)});
  ASSERT_TRUE(script.run(environment));
  EXPECT_EQ(script.code(name), Code::kUnsupported);
  EXPECT_EQ(script.code(map), Code::kUnsupported);
}

TEST(FnMaps, Declared) {
  auto bytes =
      base::read_file(std::string(GADGETRY_BINARY_DIR) + "/tests/objects/declarations.bpf.o", 1u << 20);
  if (!bytes.ok()) GTEST_SKIP() << bytes.error().text();
  auto object = bpf::Object::open("declarations", base::as_bytes(*bytes));
  ASSERT_TRUE(object.ok());
  ObjectEnvironment environment;
  environment.eBpf = std::move(*object);
  Script script;
  auto buffer = script.out(64);
  auto length = script.out(4);
  auto before = script.out(20);
  auto after = script.out(20);
  std::string counts = script.text("counts");
  size_t name = script.call(kV2, "mapName", {Script::i32(0), buffer.buffer, length.pointer});
  size_t past = script.call(kV2, "mapName", {Script::i32(0xffffffff), buffer.buffer, length.pointer});
  size_t info = script.call(kV2, "mapInfo", {counts, before.buffer});
  size_t set = script.call(kV2, "mapSetMaxEntries", {counts, Script::i32(77)});
  size_t again = script.call(kV2, "mapInfo", {counts, after.buffer});
  size_t zero = script.call(kV2, "mapSetMaxEntries", {counts, Script::i32(0)});
  size_t huge = script.call(kV2, "mapSetMaxEntries", {counts, Script::i32(0xffffffff)});
  size_t none = script.call(kV2, "mapInfo", {script.text("nope"), after.buffer});
  size_t small = script.call(kV2, "mapInfo", {counts, script.out(19).buffer});
  ASSERT_TRUE(script.run(environment));
  EXPECT_EQ(script.code(name), Code::kOk);
  EXPECT_GT(script.value<uint32_t>(length), 0u);
  EXPECT_EQ(script.code(past), Code::kNotFound);
  EXPECT_EQ(script.code(info), Code::kOk);
  EXPECT_EQ(script.code(set), Code::kOk);
  EXPECT_EQ(script.code(again), Code::kOk);
  EXPECT_EQ(script.bytes(before, 12), script.bytes(after, 12));
  uint32_t entries = 0;
  std::memcpy(&entries, script.bytes(after, 20).data() + 12, 4);
  EXPECT_EQ(entries, 77u);
  EXPECT_EQ(script.code(zero), Code::kInvalid);
  EXPECT_EQ(script.code(huge), Code::kLimit);
  EXPECT_EQ(script.code(none), Code::kNotFound);
  EXPECT_EQ(script.code(small), Code::kTooSmall);
}

TEST(FnMachine, VersionAndClocks) {
  TestEnvironment environment;
  Script script;
  auto version = script.out(4);
  auto boot = script.out(8);
  auto real = script.out(8);
  size_t versions = script.call(kV2, "kernelVersion", {version.pointer});
  size_t boots = script.call(kV2, "clockNow", {Script::i32(0), boot.pointer});
  size_t reals = script.call(kV2, "clockNow", {Script::i32(1), real.pointer});
  size_t no_clock = script.call(kV2, "clockNow", {Script::i32(2), real.pointer});
  size_t outside = script.call(kV2, "clockNow", {Script::i32(0), kOutsidePointer});
  ASSERT_TRUE(script.run(environment));
  EXPECT_EQ(script.code(versions), Code::kOk);
  EXPECT_EQ(script.value<uint32_t>(version) >> 16, bpf::kernel_version().major);
  EXPECT_EQ(script.code(boots), Code::kOk);
  EXPECT_GT(script.value<uint64_t>(boot), 0u);
  EXPECT_EQ(script.code(reals), Code::kOk);
  EXPECT_GT(script.value<uint64_t>(real), 1'600'000'000'000'000'000u);
  EXPECT_EQ(script.code(no_clock), Code::kInvalid);
  EXPECT_EQ(script.code(outside), Code::kMemory);
}

TEST(FnMachine, Processes) {
  TestEnvironment environment;
  Script script;
  auto info = script.out(64);
  auto comm = script.out(3);
  auto length = script.out(4);
  uint32_t pid = static_cast<uint32_t>(::getpid());
  size_t infos = script.call(kV2, "processInfo", {Script::i32(pid), info.buffer});
  size_t small = script.call(kV2, "processInfo", {Script::i32(pid), script.out(63).buffer});
  size_t nobody = script.call(kV2, "processInfo", {Script::i32(0x7fffffff), info.buffer});
  size_t comms =
      script.call(kV2, "processText", {Script::i32(pid), Script::i32(0), comm.buffer, length.pointer});
  size_t no_text =
      script.call(kV2, "processText", {Script::i32(pid), Script::i32(5), comm.buffer, length.pointer});
  size_t container =
      script.call(kV2, "containerOf", {Script::i32(2), Script::i64(1), comm.buffer, length.pointer});
  size_t wide =
      script.call(kV2, "containerOf", {Script::i32(0), Script::i64(1ull << 32), comm.buffer, length.pointer});
  size_t no_ns =
      script.call(kV2, "containerOf", {Script::i32(1), Script::i64(1), comm.buffer, length.pointer});
  ASSERT_TRUE(script.run(environment));
  EXPECT_EQ(script.code(infos), Code::kOk);
  auto process = script.value<ProcessInfo>(info);
  EXPECT_EQ(process.pid, pid);
  EXPECT_EQ(process.parent, static_cast<uint32_t>(::getppid()));
  EXPECT_EQ(script.code(small), Code::kTooSmall);
  EXPECT_EQ(script.code(nobody), Code::kNotFound);
  EXPECT_EQ(script.code(comms), Code::kOk);
  EXPECT_EQ(script.value<uint32_t>(length), 3u);  // cut
  EXPECT_EQ(script.bytes(comm, 3), std::string(process.comm, 3));
  EXPECT_EQ(script.code(no_text), Code::kInvalid);
  EXPECT_EQ(script.code(container), Code::kInvalid);
  EXPECT_EQ(script.code(wide), Code::kInvalid);
  EXPECT_EQ(script.code(no_ns), Code::kNotFound);
}

TEST(FnMachine, SymbolsTypesAndFeatures) {
  TestEnvironment environment;
  Script script;
  auto address = script.out(8);
  size_t no_symbol = script.call(kV2, "kallsymsAddress", {script.text("no_such_symbol_"), address.pointer});
  size_t no_symbol_v1 = script.call("ig", "kallsymsSymbolExists", {script.text("no_such_symbol_")});
  size_t symbol_v1 = script.call("ig", "kallsymsSymbolExists", {script.text("vfs_read")});
  size_t symbol_outside = script.call("ig", "kallsymsSymbolExists", {kOutsideBuffer});
  size_t feature = script.call(kV2, "featureExists", {script.text("nonsense")});
  size_t type = script.call(kV2, "btfTypeExists", {script.text("struct no_such_struct_")});
  size_t field = script.call(kV2, "btfFieldExists", {script.text("task_struct"), script.text("pid")});
  ASSERT_TRUE(script.run(environment));
  if (::access("/proc/kallsyms", R_OK) == 0) {
    EXPECT_EQ(script.code(no_symbol), Code::kNotFound);
    EXPECT_EQ(script.result(symbol_v1), 1u);
  }
  EXPECT_EQ(script.result(no_symbol_v1), 0u);
  EXPECT_EQ(script.result(symbol_outside), 0u);
  EXPECT_EQ(script.code(feature), Code::kInvalid);
  bool has_types = ::access("/sys/kernel/btf/vmlinux", R_OK) == 0;
  EXPECT_EQ(script.code(type), has_types ? Code::kNotFound : Code::kUnsupported);
  EXPECT_EQ(script.code(field), has_types ? Code::kOk : Code::kUnsupported);
  Machine::instance().release();
}

TEST(FnMachine, SymbolsBothWays) {
  uint64_t cost = 0;
  auto known = Machine::instance().symbol_address("vfs_read", cost);
  if (!known.ok() || !known->has_value() || **known == 0) GTEST_SKIP() << "the kernel hides its symbols";
  TestEnvironment environment;
  Script script;
  auto address = script.out(8);
  auto name = script.out(32);
  auto length = script.out(4);
  auto offset = script.out(8);
  size_t addresses = script.call(kV2, "kallsymsAddress", {script.text("vfs_read"), address.pointer});
  std::string inside = "(i64.add (i64.load " + address.pointer + ") (i64.const 3))";
  size_t names = script.call(kV2, "kallsymsName", {inside, name.buffer, length.pointer, offset.pointer});
  size_t nothing =
      script.call(kV2, "kallsymsName", {Script::i64(5), name.buffer, length.pointer, offset.pointer});
  size_t outside = script.call(kV2, "kallsymsName", {inside, name.buffer, length.pointer, kOutsidePointer});
  ASSERT_TRUE(script.run(environment));
  EXPECT_EQ(script.code(addresses), Code::kOk);
  EXPECT_EQ(script.value<uint64_t>(address), **known);
  EXPECT_EQ(script.code(names), Code::kOk);
  EXPECT_EQ(script.bytes(name, script.value<uint32_t>(length)), "vfs_read");
  EXPECT_EQ(script.value<uint64_t>(offset), 3u);
  EXPECT_EQ(script.code(nothing), Code::kNotFound);
  EXPECT_EQ(script.code(outside), Code::kMemory);
  Machine::instance().release();
}

TEST(FnFiles, ByPermission) {
  std::string folder = (std::filesystem::temp_directory_path() / "wasm_fn_files_XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  std::ofstream(folder + "/in") << "some text";
  TestEnvironment environment;
  Script script;
  auto file = script.out(4);
  auto written = script.out(4);
  auto buffer = script.out(4);
  auto count = script.out(4);
  auto rest_count = script.out(4);
  auto end_count = script.out(4);
  auto error = script.out(200);
  size_t denied =
      script.call(kV2, "fileOpen", {script.text("/etc/\x1bshadow"), Script::i32(1), file.pointer});
  size_t message = script.call(kV2, "lastError", {error.buffer});
  size_t outside =
      script.call(kV2, "fileOpen", {script.text(folder + "/in"), Script::i32(1), kOutsidePointer});
  size_t open = script.call(kV2, "fileOpen", {script.text(folder + "/in"), Script::i32(1), file.pointer});
  size_t read = script.call(kV2, "fileRead", {Script::load(file), buffer.buffer, count.pointer});
  size_t lost = script.call(kV2, "fileRead", {Script::load(file), buffer.buffer, kOutsidePointer});
  size_t seek = script.call(kV2, "fileSeek", {Script::load(file), Script::i64(5)});
  size_t rest = script.call(kV2, "fileRead", {Script::load(file), buffer.buffer, rest_count.pointer});
  size_t end = script.call(kV2, "fileRead", {Script::load(file), buffer.buffer, end_count.pointer});
  size_t refused = script.call(kV2, "fileWrite", {Script::load(file), script.text("x"), written.pointer});
  size_t released = script.call(kV2, "release", {Script::load(file)});
  size_t gone = script.call(kV2, "fileRead", {Script::load(file), buffer.buffer, count.pointer});
  size_t make =
      script.call(kV2, "fileOpen", {script.text(folder + "/out"), Script::i32(2 | 4 | 8), file.pointer});
  size_t write = script.call(kV2, "fileWrite", {Script::load(file), script.text("written"), written.pointer});
  size_t socket = script.call(kV2, "netSend", {Script::load(file), script.text("x"), written.pointer});
  HostOptions options;
  options.permissions = {.read = {}, .write = {folder}, .net = {}};
  ASSERT_TRUE(script.run(environment, std::move(options)));
  EXPECT_EQ(script.code(denied), Code::kDenied);
  EXPECT_THAT(script.bytes(error, script.result(message)),
              HasSubstr("fileOpen: /etc/\\x1bshadow: not granted;"));
  EXPECT_EQ(script.code(outside), Code::kMemory);
  EXPECT_EQ(script.code(open), Code::kOk);
  EXPECT_EQ(script.code(read), Code::kOk);
  EXPECT_EQ(script.code(lost), Code::kMemory);
  EXPECT_EQ(script.code(seek), Code::kOk);
  EXPECT_EQ(script.code(rest), Code::kOk);
  EXPECT_EQ(script.value<uint32_t>(rest_count), 4u);
  EXPECT_EQ(script.bytes(buffer, 4), "text");
  EXPECT_EQ(script.code(end), Code::kEnd);
  EXPECT_EQ(script.value<uint32_t>(end_count), 0u);
  EXPECT_EQ(script.code(refused), Code::kDenied);
  EXPECT_EQ(script.code(released), Code::kOk);
  EXPECT_EQ(script.code(gone), Code::kBadHandle);
  EXPECT_EQ(script.code(make), Code::kOk);
  EXPECT_EQ(script.code(write), Code::kOk);
  EXPECT_EQ(script.code(socket), Code::kBadHandle);
  std::ifstream made(folder + "/out");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(made), {}), "written");
  std::filesystem::remove_all(folder);
}

TEST(FnNet, ByPermission) {
  base::Fd server(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(server.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::getsockname(server.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  std::string name = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  TestEnvironment environment;
  Script script;
  auto socket = script.out(4);
  auto count = script.out(4);
  auto buffer = script.out(16);
  size_t denied = script.call(kV2, "netConnect",
                              {script.text("127.0.0.2:1"), Script::i32(1), Script::i32(0), socket.pointer});
  size_t open =
      script.call(kV2, "netConnect", {script.text(name), Script::i32(1), Script::i32(100), socket.pointer});
  size_t send = script.call(kV2, "netSend", {Script::load(socket), script.text("ping"), count.pointer});
  size_t receive =
      script.call(kV2, "netReceive", {Script::load(socket), buffer.buffer, Script::i32(1), count.pointer});
  size_t outside =
      script.call(kV2, "netReceive", {Script::load(socket), kOutsideBuffer, Script::i32(1), count.pointer});
  size_t handle =
      script.call(kV2, "netReceive", {Script::i32(77), buffer.buffer, Script::i32(1), count.pointer});
  HostOptions options;
  options.permissions = {.read = {}, .write = {}, .net = {name}};
  ASSERT_TRUE(script.run(environment, std::move(options)));
  EXPECT_EQ(script.code(denied), Code::kDenied);
  EXPECT_EQ(script.code(open), Code::kOk);
  EXPECT_EQ(script.code(send), Code::kOk);
  char got[16];
  EXPECT_EQ(::recv(server.get(), got, sizeof got, MSG_DONTWAIT), 4);
  EXPECT_EQ(script.code(receive), Code::kAgain);
  EXPECT_EQ(script.code(outside), Code::kMemory);
  EXPECT_EQ(script.code(handle), Code::kBadHandle);
}

}  // namespace
}  // namespace gadgetry::wasm
