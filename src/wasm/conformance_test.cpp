// Runs the conformance modules of the SDKs (sdk/wasm/conformance.md): the one in C++, compiled here, and
// those that GADGETRY_CONFORMANCE lists, separated by colons.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/fd.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"
#include "data/access.hpp"
#include "wasm/host.hpp"
#include "wasm/stage.hpp"
#include "wasm/test_guest.hpp"

namespace gadgetry::wasm {
namespace {

constexpr uint32_t kSteps = 51;

// Sends back what it gets, on a port of the loopback device, until it is destroyed.
class EchoServer {
 public:
  EchoServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(socket_.get(), 1), 0);
    EXPECT_EQ(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { serve(); });
  }
  ~EchoServer() {
    ::shutdown(socket_.get(), SHUT_RDWR);
    thread_.join();
  }
  EchoServer(const EchoServer&) = delete;
  EchoServer& operator=(const EchoServer&) = delete;
  const std::string& address() const { return address_; }

 private:
  void serve() {
    while (true) {
      base::Fd client(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client) return;
      char bytes[64];
      ssize_t size;
      while ((size = ::recv(client.get(), bytes, sizeof(bytes), 0)) > 0) {
        if (::send(client.get(), bytes, static_cast<size_t>(size), MSG_NOSIGNAL) != size) break;
      }
    }
  }

  base::Fd socket_;
  std::string address_;
  std::thread thread_;
};

class TemporaryFolder {
 public:
  TemporaryFolder() {
    char path[] = "/tmp/gadgetry_conformance_XXXXXX";
    EXPECT_NE(::mkdtemp(path), nullptr);
    path_ = path;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct StepResult {
  uint64_t step;
  std::string name;
  bool ok;
  std::string why;
};

// Keeps what the module emits.
class ConformanceEnvironment : public TestEnvironment {
 public:
  base::Status emit(Packet& packet) override {
    data::DataSource& source = *packet.source;
    for (const data::Record& record : packet.batch->records) {
      if (source.name() == "results") {
        results.push_back({data::read_integer(record, *source.find("step")),
                           std::string(data::read_text(record, *source.find("name"))),
                           data::read_integer(record, *source.find("ok")) != 0,
                           std::string(data::read_text(record, *source.find("why")))});
      } else if (source.name() == "table") {
        table.push_back(data::read_integer(record, *source.find("value")));
      } else if (source.is_referenced()) {
        ADD_FAILURE() << "an event of " << source.name();
      }
    }
    return {};
  }

  std::vector<StepResult> results;
  std::vector<uint64_t> table;
};

#pragma pack(push, 1)
struct NumbersSample {
  int8_t i8;
  char pad1;
  int16_t i16;
  int32_t i32;
  int64_t i64;
  uint8_t u8;
  char pad2;
  uint16_t u16;
  uint32_t u32;
  uint64_t u64;
  float f32;
  char pad3[4];
  double f64;
  uint8_t b;
  char text[16];
  uint8_t bytes[8];
  char pad4[7];
};
#pragma pack(pop)
struct RowsSample {
  uint32_t id;
  char name[16];
};

void add_field(data::DataSource& source, const char* name, data::Kind kind, size_t offset, size_t size) {
  data::Field field;
  field.name = name;
  field.kind = kind;
  field.offset = static_cast<uint32_t>(offset);
  field.size = static_cast<uint32_t>(size);
  field.flags = data::kFlagStaticMember;
  ASSERT_TRUE(source.add_field(std::move(field)).ok());
}

void add_sources(ConformanceEnvironment& environment) {
  using data::Kind;
  data::DataSource& numbers = environment.add("numbers");
#define FIELD(name, kind) \
  add_field(numbers, #name, kind, offsetof(NumbersSample, name), sizeof(NumbersSample::name))
  FIELD(i8, Kind::kInt8);
  FIELD(i16, Kind::kInt16);
  FIELD(i32, Kind::kInt32);
  FIELD(i64, Kind::kInt64);
  FIELD(u8, Kind::kUint8);
  FIELD(u16, Kind::kUint16);
  FIELD(u32, Kind::kUint32);
  FIELD(u64, Kind::kUint64);
  FIELD(f32, Kind::kFloat32);
  FIELD(f64, Kind::kFloat64);
  FIELD(b, Kind::kBool);
  FIELD(text, Kind::kCString);
  FIELD(bytes, Kind::kBytes);
#undef FIELD
  numbers.set_sample_size(sizeof(NumbersSample));
  data::DataSource& rows = environment.add("rows", data::SourceType::kArray);
  add_field(rows, "id", Kind::kUint32, offsetof(RowsSample, id), sizeof(RowsSample::id));
  add_field(rows, "name", Kind::kCString, offsetof(RowsSample, name), sizeof(RowsSample::name));
  rows.set_sample_size(sizeof(RowsSample));
}

template <typename Sample>
std::string bytes_of(const Sample& sample) {
  return std::string(reinterpret_cast<const char*>(&sample), sizeof(Sample));
}

std::string numbers_event(int n) {
  NumbersSample sample{};
  auto u = static_cast<uint32_t>(n);
  sample.i8 = static_cast<int8_t>(-1 - n);
  sample.i16 = static_cast<int16_t>(-300 - n);
  sample.i32 = -70000 - n;
  sample.i64 = -5000000000 - n;
  sample.u8 = static_cast<uint8_t>(200 + n);
  sample.u16 = static_cast<uint16_t>(60000 + n);
  sample.u32 = 4000000000u + u;
  sample.u64 = 18000000000000000000u + u;
  sample.f32 = 0.5f + static_cast<float>(n);
  sample.f64 = -0.25 - n;
  sample.b = n % 2 == 1 ? 1 : 0;
  std::strcpy(sample.text, ("text-" + std::to_string(n)).c_str());
  for (uint8_t i = 0; i < 8; i++) sample.bytes[i] = i == 0 ? static_cast<uint8_t>(n) : i;
  return bytes_of(sample);
}

std::string rows_row(uint32_t id) {
  RowsSample sample{};
  sample.id = id;
  std::strcpy(sample.name, ("row-" + std::to_string(id)).c_str());
  return bytes_of(sample);
}

std::vector<std::string>& log_lines() {
  static std::vector<std::string> lines;
  return lines;
}

int64_t monotonic_ns() {
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000 + now.tv_nsec;
}

// One data source on its way through both places before the filter.
class Path {
 public:
  Path(Host& host, data::DataSource& source)
      : first_(host, source), second_(host, StagePlace::kBeforeFilter) {
    EXPECT_TRUE(second_.plan(source).ok());
  }
  void add(const std::string& sample) { first_.add(sample); }
  void process() {
    first_.process();
    second_.process(first_.batch);
  }
  data::Batch& batch() { return first_.batch; }

 private:
  TestStage first_;
  WasmStage second_;
};

// What `-o conformance` would print.
std::string output_text(Host& host, data::Batch& batch) {
  std::string text;
  if (host.output_modes().size() != 1) {
    ADD_FAILURE() << host.output_modes().size() << " output modes";
    return text;
  }
  const OutputMode& mode = host.output_modes()[0];
  EXPECT_EQ(mode.name, "conformance");
  Packet packet;
  packet.source = batch.source;
  packet.batch = &batch;
  packet.is_live = true;
  for (uint32_t i = 0; i < batch.records.size(); i++) {
    uint32_t handle =
        host.handles().add({.type = ObjectType::kRow, .source = batch.source, .packet = &packet});
    host.handles().find(handle)->index = i;
    EXPECT_TRUE(host.call_output(mode, &packet, handle, text).ok());
    host.handles().remove(handle);
  }
  EXPECT_TRUE(host.call_output(mode, nullptr, 0, text).ok());
  return text;
}

void check_numbers(const data::Batch& batch) {
  const data::DataSource& source = *batch.source;
  ASSERT_EQ(batch.records.size(), 2u);
  for (size_t i = 0; i < 2; i++) {
    const data::Record& record = batch.records[i];
    EXPECT_EQ(data::read_integer(record, *source.find("u32")), i == 0 ? 5u : 4000000003u);
    EXPECT_EQ(data::read_text(record, *source.find("text")), i == 0 ? "from batch" : "changed");
    EXPECT_EQ(static_cast<int64_t>(data::read_integer(record, *source.find("i8"))), -8);
    EXPECT_EQ(data::read_integer(record, *source.find("added")), 8u);
    const data::Field& list = *source.find("list");
    ASSERT_EQ(data::element_count(record, list), 3u);
    data::Record elements = data::list_record(record, list);
    uint16_t sent = static_cast<uint16_t>(4000000000u + (i == 0 ? 0 : 3));
    EXPECT_EQ(data::read_integer(elements, list, 0), sent);
    EXPECT_EQ(data::read_integer(elements, list, 2), 2u);
    const data::Field& names = *source.find("names");
    ASSERT_EQ(data::element_count(record, names), 2u);
    elements = data::list_record(record, names);
    EXPECT_EQ(data::read_text(elements, names, 0), "a");
    EXPECT_EQ(data::read_text(elements, names, 1), "bb");
  }
  EXPECT_EQ(source.find("added")->annotation("columns.width"), "9");
}

void check_results(const ConformanceEnvironment& environment) {
  ASSERT_EQ(environment.results.size(), kSteps);
  for (uint32_t i = 0; i < kSteps; i++) {
    const StepResult& result = environment.results[i];
    EXPECT_EQ(result.step, i + 1);
    EXPECT_TRUE(result.ok) << result.step << " " << result.name << ": " << result.why;
    bool skipped = result.name.ends_with(" (skip)");
    std::string name = skipped ? result.name.substr(0, result.name.size() - 7) : result.name;
    std::string line = "test: " + std::to_string(i + 1) + " " + name + (skipped ? " skip" : " ok");
    bool found = std::find(log_lines().begin(), log_lines().end(), line) != log_lines().end();
    EXPECT_TRUE(found || !result.ok) << line;
    if (skipped) std::fprintf(stderr, "skipped: %s\n", name.c_str());
  }
}

void run_module(const std::string& bytes) {
  TemporaryFolder folder;
  EchoServer server;
  ConformanceEnvironment environment;
  add_sources(environment);
  environment.params = {{"greeting", "hello"}, {"folder", folder.path()}, {"address", server.address()}};
  HostOptions options;
  options.name = "test";
  auto permissions =
      parse_permissions({.read = {folder.path()}, .write = {folder.path()}, .net = {server.address()}});
  ASSERT_TRUE(permissions.ok());
  options.permissions = *permissions;
  auto module = Module::load("test", bytes);
  ASSERT_TRUE(module.ok()) << module.error().message;
  auto made = Host::create(*module, options, environment);
  ASSERT_TRUE(made.ok()) << made.error().message;
  Host& host = **made;

  auto expect_ok = [](const base::Status& status) {
    EXPECT_TRUE(status.ok()) << status.error().message;
    return status.ok();
  };
  ASSERT_TRUE(expect_ok(host.init()));
  ASSERT_TRUE(expect_ok(host.pre_start()));
  ASSERT_TRUE(expect_ok(host.start()));
  Path rows(host, *environment.sources()[1]);
  for (uint32_t id = 10; id < 13; id++) rows.add(rows_row(id));
  rows.process();
  Path numbers(host, *environment.sources()[0]);
  for (int n = 0; n < 4; n++) numbers.add(numbers_event(n));
  numbers.process();
  int64_t deadline = monotonic_ns() + 5'000'000'000;
  while (host.next_timer_ns() != INT64_MAX && monotonic_ns() < deadline) {
    int64_t wait = host.next_timer_ns() - monotonic_ns();
    if (wait > 0) ::usleep(static_cast<useconds_t>(wait / 1000 + 1));
    host.run_timers(monotonic_ns());
  }
  std::string text = output_text(host, numbers.batch());
  host.stop();
  host.post_stop();

  ASSERT_TRUE(expect_ok(host.failure()));
  EXPECT_TRUE(host.active());
  EXPECT_EQ(host.stats().traps, 0u);
  check_results(environment);
  check_numbers(numbers.batch());
  EXPECT_EQ(numbers.batch().source->counters().filtered, 2u);
  EXPECT_EQ(text, "event 5 from batch\nevent 4000000003 changed\nend\n");
  std::vector<uint64_t> ids;
  for (const data::Record& record : rows.batch().records) {
    ids.push_back(data::read_integer(record, *rows.batch().source->find("id")));
  }
  EXPECT_EQ(ids, (std::vector<uint64_t>{10, 12, 99}));
  EXPECT_EQ(environment.table, (std::vector<uint64_t>{1, 2}));
  EXPECT_EQ(environment.config["conformance.key"], "value");
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

class Conformance : public testing::Test {
 protected:
  void SetUp() override {
    log_lines().clear();
    base::set_log_sink([](base::LogLevel, std::string_view message) { log_lines().emplace_back(message); });
  }
  void TearDown() override {
    base::set_log_sink(nullptr);
    if (HasFailure()) {
      for (const std::string& line : log_lines()) std::fprintf(stderr, "%s\n", line.c_str());
    }
  }
};

TEST_F(Conformance, Cpp) {
  if (std::system("clang++-19 --version >/dev/null 2>&1 && wasm-ld-19 --version >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "clang++-19 and wasm-ld-19 are missing";
  }
  TemporaryFolder folder;
  std::string sdk = std::string(GADGETRY_SOURCE_DIR) + "/sdk/wasm/cpp";
  std::string out = folder.path() + "/conformance.wasm";
  std::string command =
      "clang++-19 --target=wasm32-unknown-unknown -mbulk-memory -std=c++20 -Os -fno-exceptions -fno-rtti "
      "-nostdlib "
      "-Wl,--no-entry -I" +
      sdk + " " + sdk + "/conformance/*.cpp -o " + out;
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
  run_module(read_file(out));
}

class GivenConformance : public Conformance, public testing::WithParamInterface<std::string> {};

std::vector<std::string> given_modules() {
  const char* list = std::getenv("GADGETRY_CONFORMANCE");
  std::vector<std::string> out;
  if (list == nullptr || *list == '\0') return out;
  for (std::string_view path : base::split(list, ':')) out.emplace_back(path);
  return out;
}

TEST_P(GivenConformance, Module) {
  run_module(read_file(GetParam()));
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GivenConformance);
INSTANTIATE_TEST_SUITE_P(Environment, GivenConformance, testing::ValuesIn(given_modules()));

}  // namespace
}  // namespace gadgetry::wasm
