#include "stages/formatters.hpp"

#include <gtest/gtest.h>
#include <net/if.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <map>

#include "data/access.hpp"

extern "C" __attribute__((noinline, visibility("default"))) int gadgetry_stack_marker(int x) {
  return x + 3;
}

namespace gadgetry::stages {
namespace {

using data::Field;
using data::Kind;

struct FakeStacks : StackSource {
  size_t frames(uint32_t id, std::span<uint64_t> out) override {
    auto it = stacks.find(id);
    if (it == stacks.end()) return 0;
    size_t count = std::min(out.size(), it->second.size());
    std::copy_n(it->second.begin(), count, out.begin());
    return count;
  }
  std::map<uint32_t, std::vector<uint64_t>> stacks;
};

struct FakeBuildIds : BuildIdSource {
  size_t frames(uint32_t id, std::span<BuildIdFrame> out) override {
    if (id != 5) return 0;
    out[0].status = BuildIdFrame::kValid;
    std::memset(out[0].build_id, 0xab, sizeof out[0].build_id);
    out[0].offset_or_ip = 0x1234;
    out[1].status = BuildIdFrame::kIp;
    out[1].build_id[0] = 0;
    out[1].offset_or_ip = 0x7f00;
    out[2].status = BuildIdFrame::kEmpty;
    return 3;
  }
};

class FormattersTest : public testing::Test {
 protected:
  FormattersTest() {
    setenv("TZ", "UTC0", 1);
    tzset();
    write("passwd", "root:x:0:0::/:/bin/sh\nana:x:1000:1000::/:/bin/sh\n");
    write("group", "root:x:0:\nstaff:x:50:\n");
    write("kallsyms", "1000 T start_kernel\n2000 t vfs_read\n3000 T ksys_read\n4000 T end\n");
    context_.clock = sys::BootClock(1700000000'000000000);
    context_.users = sys::UserDatabase(path("passwd"), path("group"));
    context_.kallsyms = sys::Kallsyms(path("kallsyms"));
  }
  ~FormattersTest() override {
    for (const char* name : {"passwd", "group", "kallsyms"}) unlink(path(name).c_str());
  }

  // A member of the event. type: of its typedef, or "".
  Field& member(std::string name, Kind kind, std::string type, int parent = -1, uint32_t size = 0) {
    Field field;
    field.name = std::move(name);
    field.kind = kind;
    field.size = size != 0 ? size : data::kind_size(kind);
    if (parent < 0) {
      field.offset = at_;
    } else {
      const Field& in = source_.fields()[static_cast<size_t>(parent)];
      field.offset = in.offset + inside_[parent];
      inside_[parent] += field.size;
    }
    field.parent = parent;
    field.tags = {"name:" + field.name, "src:ebpf"};
    if (!type.empty()) field.tags.push_back("type:" + type);
    if (parent < 0) at_ += (field.size + 7) / 8 * 8;
    auto added = source_.add_field(std::move(field));
    EXPECT_TRUE(added.ok());
    return **added;
  }

  template <typename T>
  void set(const std::string& name, T value) {
    std::memcpy(sample_ + source_.find(name)->offset, &value, sizeof value);
  }

  // Sets everything up as the pipeline does; what is shown is everything.
  void prepare() {
    for (const Field& field : source_.fields()) places_[field.full_name] = field.offset;
    ASSERT_TRUE(stage_.add_fields(source_).ok());
    for (Field& field : source_.fields()) field.needed = true;
    ASSERT_TRUE(stage_.plan(source_).ok());
  }
  void run(uint32_t sample_size = sizeof sample_) {
    added_.assign(source_.added_size() / 8 + 1, 0);
    batch_.source = &source_;
    batch_.arena = &arena_;
    arena_.reset();
    batch_.records.assign(1, {sample_, sample_size, 0, reinterpret_cast<uint8_t*>(added_.data())});
    stage_.process(batch_);
  }
  std::string text(const std::string& name) {
    const Field* field = source_.find(name);
    return field == nullptr ? "(no field)" : std::string(data::read_text(batch_.records[0], *field));
  }
  // The text that `kind`'s raw value gives, in a source of its own.
  template <typename T>
  std::string convert(T value) {
    std::memcpy(sample_ + places_["x_raw"], &value, sizeof value);
    run();
    return text("x");
  }
  bool hidden(const std::string& name) { return source_.find(name)->hidden(); }

  void write(const std::string& name, std::string_view content) { std::ofstream(path(name)) << content; }
  std::string path(const std::string& name) {
    return "/tmp/gadgetry_fmt_" + std::to_string(getpid()) + "_" + name;
  }

  FormatterContext context_;
  FormatterStage stage_{context_};
  data::DataSource source_{"events", data::SourceType::kSingle};
  data::Arena arena_;
  data::Batch batch_;
  std::vector<uint64_t> added_;
  std::map<std::string, uint32_t> places_;
  std::map<int, uint32_t> inside_;
  uint32_t at_ = 0;
  uint8_t sample_[512] = {};
};

TEST_F(FormattersTest, Timestamp) {
  member("timestamp_raw", Kind::kUint64, "gadget_timestamp");
  member("next", Kind::kUint64, "");
  set("timestamp_raw", uint64_t{123456789});
  prepare();
  run();
  EXPECT_EQ(text("timestamp"), "2023-11-14T22:13:20.123456789Z");
  const Field& raw = *source_.find("timestamp_raw");
  EXPECT_EQ(raw.slot, data::Slot::kAdded);
  EXPECT_EQ(data::read_integer(batch_.records[0], raw), 1700000000'123456789u)
      << "rewritten to the time of day";
  EXPECT_TRUE(raw.hidden());
  EXPECT_TRUE(hidden("timestamp")) << "by its template";
  EXPECT_EQ(source_.find("timestamp")->annotation("columns.width"), "35");
  auto roots = source_.roots();
  ASSERT_EQ(roots.size(), 3u);
  EXPECT_EQ(roots[1]->name, "timestamp") << "right behind the raw field";
}

TEST_F(FormattersTest, TimestampFormatAndTarget) {
  Field& raw = member("ts", Kind::kUint64, "gadget_timestamp");
  raw.annotations["formatters.timestamp.target"] = "when";
  raw.annotations["formatters.timestamp.format"] = "15:04:05.000";
  raw.annotations["columns.hidden"] = "false";
  set("ts", uint64_t{7'000'000});
  prepare();
  run();
  EXPECT_EQ(text("when"), "22:13:20.007");
  EXPECT_FALSE(hidden("ts"));
}

TEST_F(FormattersTest, WithoutSuffixOrAnnotationNothingHappens) {
  member("ts", Kind::kUint64, "gadget_timestamp");
  member("error", Kind::kUint32, "gadget_errno");
  member("_raw", Kind::kUint32, "gadget_errno");
  prepare();
  EXPECT_EQ(source_.fields().size(), 3u);
  EXPECT_EQ(source_.find("ts")->slot, data::Slot::kSample);
  EXPECT_FALSE(hidden("ts"));
}

TEST_F(FormattersTest, TakenTargetNamesAreSkipped) {
  member("x", Kind::kUint32, "");
  member("x_raw", Kind::kUint32, "gadget_errno");
  prepare();
  EXPECT_EQ(source_.fields().size(), 2u);
}

TEST_F(FormattersTest, Signal) {
  member("x_raw", Kind::kUint32, "gadget_signal");
  prepare();
  EXPECT_EQ(convert(9u), "SIGKILL");
  EXPECT_EQ(convert(15u), "SIGTERM");
  EXPECT_EQ(convert(0u), "signal#0");
  EXPECT_EQ(convert(34u), "signal#34");
  EXPECT_EQ(convert(UINT32_MAX), "signal#4294967295");
}

TEST_F(FormattersTest, Errno) {
  member("x_raw", Kind::kUint32, "gadget_errno");
  prepare();
  EXPECT_EQ(convert(0u), "");
  EXPECT_EQ(convert(2u), "ENOENT");
  EXPECT_EQ(convert(4095u), "error#4095");
  EXPECT_TRUE(hidden("x_raw"));
  EXPECT_FALSE(hidden("x"));
}

TEST_F(FormattersTest, Syscall) {
  member("x_raw", Kind::kUint64, "gadget_syscall");
  prepare();
  EXPECT_EQ(convert(uint64_t{435}), "SYS_CLONE3");
  EXPECT_EQ(convert(UINT64_MAX), "SYS_UNKNOWN");
}

TEST_F(FormattersTest, FileModeAndFlags) {
  member("mode_raw", Kind::kUint32, "gadget_file_mode");
  member("flags_raw", Kind::kUint32, "gadget_file_flags");
  set("mode_raw", 0644u);
  set("flags_raw", 02000101u);
  prepare();
  run();
  EXPECT_EQ(text("mode"), "-rw-r--r--");
  EXPECT_EQ(text("flags"), "O_WRONLY|O_CREAT|O_CLOEXEC");
}

TEST_F(FormattersTest, BytesAndDuration) {
  member("size_raw", Kind::kUint64, "gadget_bytes");
  member("latency_raw", Kind::kUint64, "gadget_duration");
  set("size_raw", uint64_t{4096});
  set("latency_raw", uint64_t{1500});
  prepare();
  run();
  EXPECT_EQ(text("size"), "4.1 kB");
  EXPECT_EQ(text("latency"), "1.50µs");
}

TEST_F(FormattersTest, UsersAndGroups) {
  member("uid", Kind::kUint32, "gadget_uid");
  member("gid", Kind::kUint32, "gadget_gid");
  member("owner_raw", Kind::kUint32, "gadget_uid");
  member("loginuid", Kind::kUint32, "gadget_uid").annotations["uidgidresolver.target"] = "loginuser";
  member("euid", Kind::kUint32, "gadget_uid");
  set("uid", 1000u);
  set("gid", 50u);
  set("owner_raw", 77u);
  set("loginuid", UINT32_MAX);
  prepare();
  run();
  EXPECT_EQ(text("user"), "ana");
  EXPECT_EQ(text("group"), "staff");
  EXPECT_EQ(text("owner"), "uid:77");
  EXPECT_EQ(text("loginuser"), "uid:4294967295");
  EXPECT_TRUE(hidden("uid"));
  EXPECT_TRUE(hidden("user"));
  EXPECT_FALSE(hidden("euid")) << "a second field without a name of its own is left as it is";
}

TEST_F(FormattersTest, NestedFields) {
  member("proc", Kind::kBytes, "gadget_process", -1, 16);
  member("creds", Kind::kBytes, "gadget_creds", 0, 8);
  member("uid", Kind::kUint32, "gadget_uid", 1);
  member("gid", Kind::kUint32, "gadget_gid", 1);
  set("proc.creds.uid", 1000u);
  set("proc.creds.gid", 1234u);
  prepare();
  run();
  EXPECT_EQ(text("proc.creds.user"), "ana");
  EXPECT_EQ(text("proc.creds.group"), "gid:1234");
  EXPECT_EQ(source_.find("proc.creds.user")->parent, 1);
}

TEST_F(FormattersTest, Interfaces) {
  unsigned index = if_nametoindex("lo");
  if (index == 0) GTEST_SKIP() << "no loopback interface here";
  member("x_raw", Kind::kUint32, "gadget_ifindex");
  prepare();
  EXPECT_EQ(convert(index), "lo");
  EXPECT_EQ(convert(0u), "");
  EXPECT_EQ(convert(4000000u), "if#4000000");
}

std::shared_ptr<data::EnumTable> table(std::vector<data::EnumTable::Entry> entries, bool is_set = false) {
  auto out = std::make_shared<data::EnumTable>();
  out->is_set = is_set;
  out->entries = std::move(entries);
  return out;
}

TEST_F(FormattersTest, Enums) {
  member("x_raw", Kind::kInt32, "").enumeration =
      table({{0, "ZERO"}, {1, "ONE"}, {1, "UNO"}, {~uint64_t{0}, "MINUS"}});
  prepare();
  EXPECT_EQ(convert(0), "ZERO");
  EXPECT_EQ(convert(1), "ONE");
  EXPECT_EQ(convert(-1), "MINUS");
  EXPECT_EQ(convert(2), "UNKNOWN");
  EXPECT_TRUE(hidden("x_raw"));
}

TEST_F(FormattersTest, SmallAndLargeEnums) {
  Field& raw = member("kind", Kind::kUint64, "");
  raw.enumeration = table({{1, "SMALL"}, {uint64_t{1} << 40, "LARGE"}});
  raw.annotations["ebpf.formatter.enum"] = "x";
  Field& narrow = member("y_raw", Kind::kUint8, "");
  narrow.enumeration = table({{2, "TWO"}});
  prepare();
  set("kind", uint64_t{1} << 40);
  set("y_raw", uint8_t{2});
  run();
  EXPECT_EQ(text("x"), "LARGE");
  EXPECT_EQ(text("y"), "TWO");
  set("kind", uint64_t{2});
  set("y_raw", uint8_t{200});
  run();
  EXPECT_EQ(text("x"), "UNKNOWN");
  EXPECT_EQ(text("y"), "UNKNOWN");
}

TEST_F(FormattersTest, EnumInABitField) {
  Field& raw = member("x_raw", Kind::kUint8, "");
  raw.bit_offset = 3;
  raw.bit_size = 2;
  raw.enumeration = table({{0, "A"}, {2, "C"}});
  prepare();
  EXPECT_EQ(convert(uint8_t{0b11110111}), "C");
  EXPECT_EQ(convert(uint8_t{0b11100111}), "A");
}

TEST_F(FormattersTest, Sets) {
  member("x_raw", Kind::kUint32, "").enumeration =
      table({{1, "READ"}, {2, "WRITE"}, {3, "BOTH"}, {8, "EXEC"}}, true);
  prepare();
  EXPECT_EQ(convert(1u), "READ");
  EXPECT_EQ(convert(9u), "READ|EXEC");
  EXPECT_EQ(convert(3u), "READ|WRITE|BOTH");
  EXPECT_EQ(convert(0u), "");
  EXPECT_EQ(convert(64u), "UNKNOWN");
}

TEST_F(FormattersTest, SetSeparatorAndZero) {
  Field& raw = member("x_raw", Kind::kUint32, "");
  raw.enumeration = table({{0, "NONE"}, {1, "A"}, {2, "B"}}, true);
  raw.annotations["ebpf.formatter.bitfield.separator"] = ", ";
  prepare();
  EXPECT_EQ(convert(0u), "NONE");
  EXPECT_EQ(convert(3u), "A, B");
}

class EndpointTest : public FormattersTest {
 protected:
  void layout(bool l4) {
    member("dst", Kind::kBytes, l4 ? "gadget_l4endpoint_t" : "gadget_l3endpoint_t", -1, 32);
    member("addr_raw", Kind::kBytes, "gadget_ip_addr_t", 0, 16);
    Field& v4 = member("v4", Kind::kUint32, "", 1);
    v4.offset = 0;
    if (l4) {
      member("port", Kind::kUint16, "", 0);
      member("proto_raw", Kind::kUint16, "", 0);
    }
    member("version", Kind::kUint8, "", 0);
    prepare();
  }
  void address(std::initializer_list<uint8_t> bytes, uint8_t version) {
    std::copy(bytes.begin(), bytes.end(), sample_ + source_.find("dst.addr_raw")->offset);
    set("dst.version", version);
  }
};

TEST_F(EndpointTest, Layer4) {
  layout(true);
  address({192, 168, 0, 1}, 4);
  set("dst.port", uint16_t{443});
  set("dst.proto_raw", uint16_t{6});
  run();
  EXPECT_EQ(text("dst.addr"), "192.168.0.1");
  EXPECT_EQ(text("dst.endpoint"), "192.168.0.1:443");
  EXPECT_EQ(text("dst.proto"), "TCP");
  EXPECT_EQ(source_.find("dst")->annotation("columns.replace"), "dst.endpoint");
  EXPECT_EQ(source_.find("dst.endpoint")->annotation("json.skip"), "true");
  EXPECT_TRUE(source_.find("dst.endpoint")->has_tag("endpoint"));
  EXPECT_FALSE(hidden("dst"));
  for (const char* name :
       {"dst.addr", "dst.endpoint", "dst.proto", "dst.port", "dst.version", "dst.proto_raw"}) {
    EXPECT_TRUE(hidden(name)) << name;
  }
  EXPECT_TRUE(source_.find("dst.addr_raw")->unreferenced());
  EXPECT_TRUE(source_.find("dst.addr_raw.v4")->unreferenced());

  address({0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 6);
  set("dst.proto_raw", uint16_t{200});
  run();
  EXPECT_EQ(text("dst.endpoint"), "2001:db8::1:443") << "no brackets";
  EXPECT_EQ(text("dst.proto"), "proto#200");

  set("dst.version", uint8_t{0});
  run();
  EXPECT_EQ(text("dst.addr"), "");
  EXPECT_EQ(text("dst.endpoint"), "");
}

TEST_F(EndpointTest, Layer3) {
  layout(false);
  address({10, 0, 0, 1}, 4);
  run();
  EXPECT_EQ(text("dst.addr"), "10.0.0.1");
  EXPECT_EQ(source_.find("dst")->annotation("columns.replace"), "dst.addr");
  EXPECT_EQ(source_.find("dst.endpoint"), nullptr);
}

TEST_F(FormattersTest, KernelStack) {
  FakeStacks stacks;
  stacks.stacks[0] = {0x2010, 0x3000, 0x9000000, 0, 0x1000};
  context_.kernel_stacks = &stacks;
  member("x_raw", Kind::kUint32, "gadget_kernel_stack");
  prepare();
  EXPECT_EQ(convert(0u), "vfs_read; vfs_read; 0x9000000; ")
      << "the second frame returns to just behind vfs_read";
  EXPECT_EQ(convert(1u), "");
  EXPECT_EQ(convert(static_cast<uint32_t>(-17)), "") << "an error number";
  context_.kernel_stacks = nullptr;
  EXPECT_EQ(convert(0u), "");
}

class UserStackTest : public FormattersTest {
 protected:
  void SetUp() override {
    member("ustack", Kind::kBytes, "gadget_user_stack", -1, 72);
    struct Member {
      const char* name;
      Kind kind;
    };
    for (Member m : {Member{"major", Kind::kUint32},
                     {"minor", Kind::kUint32},
                     {"inode", Kind::kUint64},
                     {"mtime_sec", Kind::kUint64},
                     {"mtime_nsec", Kind::kUint32},
                     {"base_addr_hash", Kind::kUint32},
                     {"stack_id", Kind::kUint32},
                     {"tgid_level0", Kind::kUint32},
                     {"pid_level0", Kind::kUint32},
                     {"pidns_level0", Kind::kUint32},
                     {"pid_level1", Kind::kUint32},
                     {"pidns_level1", Kind::kUint32},
                     {"otel_correlation_id", Kind::kUint64},
                     {"boot_timestamp", Kind::kUint64}}) {
      member(m.name, m.kind, "", 0);
    }
    stacks_.stacks[5] = {reinterpret_cast<uint64_t>(&gadgetry_stack_marker), 0x10, 0};
    context_.user_stacks = &stacks_;
    context_.build_ids = &build_ids_;
    prepare();
  }
  FakeStacks stacks_;
  FakeBuildIds build_ids_;
};

TEST_F(UserStackTest, Texts) {
  set("ustack.inode", uint64_t{1});
  set("ustack.stack_id", 5u);
  set("ustack.tgid_level0", static_cast<uint32_t>(getpid()));
  run();
  char expected[64];
  snprintf(expected, sizeof expected, "0x%016lx; 0x0000000000000010; ",
           reinterpret_cast<unsigned long>(&gadgetry_stack_marker));
  EXPECT_EQ(text("ustack.addresses"), expected);
  EXPECT_EQ(text("ustack.symbols"), "gadgetry_stack_marker; 0x10; ");
  EXPECT_EQ(text("ustack.buildid"), std::string("abababababababababababababababababababab +1234; 7f00; "));
  for (const char* name : {"ustack.addresses", "ustack.symbols", "ustack.buildid"}) {
    EXPECT_TRUE(hidden(name)) << name;
    EXPECT_TRUE(source_.find(name)->has_tag("operator:ustack")) << name;
  }
}

TEST_F(UserStackTest, EmptyWhenDisabledOrFailed) {
  set("ustack.stack_id", 5u);
  run();
  EXPECT_EQ(text("ustack.symbols"), "") << "no inode";
  set("ustack.inode", uint64_t{1});
  set("ustack.stack_id", static_cast<uint32_t>(-14));
  run();
  EXPECT_EQ(text("ustack.addresses"), "");
  EXPECT_EQ(text("ustack.symbols"), "");
  EXPECT_EQ(text("ustack.buildid"), "");
}

TEST_F(FormattersTest, ShortSamplesReadAsZero) {
  member("a_raw", Kind::kUint32, "gadget_errno");
  member("b_raw", Kind::kUint32, "gadget_signal");
  member("c_raw", Kind::kUint64, "gadget_bytes");
  set("a_raw", 2u);
  set("b_raw", 9u);
  set("c_raw", uint64_t{5});
  prepare();
  run(4);
  EXPECT_EQ(text("a"), "ENOENT");
  EXPECT_EQ(text("b"), "signal#0");
  EXPECT_EQ(text("c"), "0 B");
  run(0);
  EXPECT_EQ(text("a"), "");
}

TEST_F(FormattersTest, ArraysAreLeftAlone) {
  Field& array = member("errors_raw", Kind::kUint32, "gadget_errno", -1, 16);
  array.is_array = true;
  array.count = 4;
  array.stride = 4;
  Field& structs = member("list", Kind::kBytes, "", -1, 16);
  structs.is_array = true;
  structs.count = 2;
  structs.stride = 8;
  member("error_raw", Kind::kUint32, "gadget_errno", 1);
  prepare();
  EXPECT_EQ(source_.fields().size(), 3u);
}

TEST_F(FormattersTest, OnlyWhatIsNeededIsDone) {
  member("a_raw", Kind::kUint32, "gadget_errno");
  member("b_raw", Kind::kUint32, "gadget_errno");
  member("t_raw", Kind::kUint64, "gadget_timestamp");
  set("a_raw", 2u);
  set("b_raw", 2u);
  set("t_raw", uint64_t{1});
  ASSERT_TRUE(stage_.add_fields(source_).ok());
  source_.find("a")->needed = true;
  source_.find("t_raw")->needed = true;
  ASSERT_TRUE(stage_.plan(source_).ok());
  EXPECT_TRUE(source_.find("a_raw")->needed);
  EXPECT_FALSE(source_.find("b_raw")->needed);
  run();
  EXPECT_EQ(text("a"), "ENOENT");
  EXPECT_EQ(text("b"), "");
  EXPECT_EQ(text("t"), "") << "the raw time is wanted, not its text";
  EXPECT_EQ(data::read_integer(batch_.records[0], *source_.find("t_raw")), 1700000000'000000001u);
}

}  // namespace
}  // namespace gadgetry::stages
