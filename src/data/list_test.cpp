// Lists: arrays whose length each record decides.
#include <gmock/gmock.h>

#include <array>

#include "data/expr_filter.hpp"
#include "data/owned_record.hpp"
#include "data/simple_filter.hpp"
#include "data/test_source.hpp"
#include "data/value.hpp"

namespace gadgetry::data {
namespace {

using testing::HasSubstr;

class Lists : public testing::Test {
 protected:
  Lists() {
    add("ports", Kind::kUint16);
    add("deltas", Kind::kInt64);
    add("oks", Kind::kBool);
    add("loads", Kind::kFloat32);
    add("argv", Kind::kString);
    add("chunks", Kind::kBytes);
    set("ports", ports_.data(), ports_.size());
    set("deltas", deltas_.data(), deltas_.size());
    set("oks", oks_.data(), oks_.size());
    set("loads", loads_.data(), loads_.size());
    set("argv", argv_.data(), argv_.size());
    set("chunks", chunks_.data(), chunks_.size());
    t.set<uint32_t>("pid", 2).set_text("comm", "-l");
  }

  void add(const std::string& name, Kind kind) {
    auto field = t.source.add_added_list(name, kind);
    ASSERT_TRUE(field) << field.error().text();
  }
  void set(std::string_view name, const void* elements, size_t count) {
    t.set(name, Text{static_cast<const char*>(elements), count});
  }

  bool matches(std::string_view text) {
    auto program = compile_expr_filter(t.source, text);
    EXPECT_TRUE(program) << text << ": " << program.error().text();
    return program && program->matches(t.record());
  }
  void all(std::initializer_list<std::string_view> texts, bool expected) {
    for (std::string_view text : texts) EXPECT_EQ(matches(text), expected) << text;
  }
  std::string error(std::string_view text) {
    auto program = compile_expr_filter(t.source, text);
    EXPECT_FALSE(program) << text;
    return program ? "" : program.error().text();
  }

  TestSource t;
  std::array<uint16_t, 3> ports_{22, 80, 65535};
  std::array<int64_t, 2> deltas_{INT64_MIN, 5};
  std::array<uint8_t, 2> oks_{1, 0};
  std::array<float, 1> loads_{0.5f};
  std::array<Text, 3> argv_{Text::of("ls"), Text::of("-l"), Text::of("")};
  std::array<Text, 1> chunks_{Text::of("\x01\x02")};
};

TEST_F(Lists, Declaration) {
  const Field& ports = *t.source.find("ports");
  EXPECT_TRUE(ports.is_list && ports.is_array && !ports.is_dynamic);
  EXPECT_EQ(ports.kind, Kind::kUint16);
  EXPECT_EQ(ports.stride, 2u);
  EXPECT_EQ(ports.size, sizeof(Text));
  const Field& argv = *t.source.find("argv");
  EXPECT_TRUE(argv.is_list && argv.is_dynamic);
  EXPECT_EQ(argv.stride, sizeof(Text));
  EXPECT_EQ(t.source.added_size() % 8, 0u);
  EXPECT_GE(t.source.added_size(), argv.offset + sizeof(Text));
}

TEST_F(Lists, MembersHaveNoPlace) {
  EXPECT_FALSE(t.source.add_added_field("argv.length", Kind::kUint32));
  EXPECT_FALSE(t.source.add_added_list("args.more", Kind::kUint32)) << "args is an array of structs";
  EXPECT_FALSE(t.source.add_added_field("args.parts.more", Kind::kUint32)) << "an array in an array";
  EXPECT_TRUE(t.source.add_added_list("proc.groups", Kind::kUint32)) << "proc is a struct";
  Field member;
  member.name = "x";
  member.parent = static_cast<int32_t>(t.source.find("ports")->index);
  EXPECT_FALSE(t.source.add_field(std::move(member)));
}

TEST_F(Lists, Elements) {
  const Record record = t.record();
  const Field& argv = *t.source.find("argv");
  ASSERT_EQ(element_count(record, argv), 3u);
  EXPECT_EQ(read_text(list_record(record, argv), argv, 1), "-l");
  const Field& deltas = *t.source.find("deltas");
  EXPECT_EQ(read_wide(list_record(record, deltas), deltas, 0), Wide{INT64_MIN});
  EXPECT_EQ(element_count(record, *t.source.find("nums")), 4u);
  EXPECT_EQ(element_count(record, *t.source.find("pid")), 1u);
}

TEST_F(Lists, ExpressionsIndex) {
  all({"ports[0] == 22", "ports[2] == 65535", "ports[-1] == 65535", "ports[pid] == 65535",
       "ports[pid - 1] == 80", "deltas[0] < 0", "deltas[1] == 5", "oks[0]", "not oks[1]", "loads[0] == 0.5",
       "argv[0] == 'ls'", "argv[1] == comm", "argv[1] startsWith '-'", "argv[0] matches '^l'",
       "argv[-1] == ''", "lower(argv[0]) == 'ls'", "len(argv[0]) == 2"},
      true);
}

TEST_F(Lists, IndexPastTheEndDoesNotMatch) {
  all({"ports[3] == 22", "ports[3] != 22", "not (ports[3] == 22)", "ports[-4] == 22", "argv[100] == ''",
       "argv[pid + 1] != 'x'", "oks[2]", "not oks[2]", "loads[1] == 0", "true and argv[3] == ''"},
      false);
}

TEST_F(Lists, ExpressionsSearch) {
  all({"80 in ports", "'-l' in argv", "comm in argv", "5 in deltas", "-9223372036854775808 in deltas",
       "true in oks", "false in oks", "0.5 in loads", "81 not in ports", "'' in argv"},
      true);
  all({"81 in ports", "'l' in argv", "0 in deltas", "1 in loads", "'-l' not in argv"}, false);
  EXPECT_THAT(error("'80' in ports"), HasSubstr("each is a number"));
}

TEST_F(Lists, Length) {
  all({"len(ports) == 3", "len(argv) == 3", "len(chunks) == 1", "len(deltas) > 1", "len(argv) + 1 == 4",
       "argv[len(argv) - 1] == ''", "ports[len(ports) - 1] == 65535"},
      true);
  t.set("argv", Text{});
  all({"len(argv) == 0"}, true);
}

TEST_F(Lists, EmptyOnes) {
  set("argv", argv_.data(), 0);  // a pointer, but no elements
  t.set("ports", Text{});        // as in a new record
  t.set("deltas", Text{});
  t.set("oks", Text{});
  t.set("loads", Text{});
  all({"argv[0] == ''", "argv[0] != ''", "ports[0] == 0", "ports[-1] == 0", "deltas[0] == 0", "oks[0]",
       "not oks[0]", "loads[0] == 0", "'' in argv", "0 in ports", "false in oks", "0 in loads"},
      false);
  all({"'' not in argv", "len(ports) == 0"}, true);
}

TEST_F(Lists, NeedAnElement) {
  EXPECT_THAT(error("ports == 80"), HasSubstr("ports is an array, not a single value"));
  EXPECT_THAT(error("argv contains 'x'"), HasSubstr("write argv[0], or VALUE in argv"));
  EXPECT_THAT(error("chunks[0] == 1"), HasSubstr("chunks holds raw bytes"));
  auto rule = compile_simple_filter(t.source, "argv==ls");
  ASSERT_FALSE(rule);
  EXPECT_THAT(rule.error().text(), HasSubstr("argv of data source open is an array"));
  EXPECT_FALSE(find_value(t.source, "ports"));
  EXPECT_FALSE(find_value(t.source, "ports", true)) << "there may be no first element";
  EXPECT_TRUE(find_value(t.source, "nums", true));
}

TEST_F(Lists, OwnedRecordsKeepTheirTextsAndLists) {
  std::vector<std::string> words{"a", "longer than what a string holds inside itself", ""};
  std::vector<Text> argv;
  for (const std::string& word : words) argv.push_back(Text::of(word));
  set("argv", argv.data(), argv.size());
  t.set("deltas", Text{});
  std::string path = "/etc/passwd";
  t.set_text("path", path);
  OwnedRecord owned(t.source, t.record(200));
  // Everything it was made from goes away.
  for (std::string& word : words) std::fill(word.begin(), word.end(), '!');
  std::fill(path.begin(), path.end(), '!');
  std::fill(argv.begin(), argv.end(), Text{});
  ports_.fill(0);
  t.set("ports", Text{}).set<uint32_t>("pid", 99);
  OwnedRecord moved = std::move(owned);
  const Record& record = moved.record();
  EXPECT_EQ(record.sample_size, 200u);
  EXPECT_EQ(read_integer(record, *t.source.find("pid")), 2u);
  EXPECT_EQ(read_text(record, *t.source.find("path")), "/etc/passwd");
  const Field& field = *t.source.find("argv");
  ASSERT_EQ(element_count(record, field), 3u);
  EXPECT_EQ(read_text(list_record(record, field), field, 0), "a");
  EXPECT_EQ(read_text(list_record(record, field), field, 1), "longer than what a string holds inside itself");
  EXPECT_EQ(read_text(list_record(record, field), field, 2), "");
  const Field& ports = *t.source.find("ports");
  EXPECT_EQ(read_integer(list_record(record, ports), ports, 2), 65535u);
  EXPECT_EQ(element_count(record, *t.source.find("deltas")), 0u);
}

TEST_F(Lists, FiltersMarkThemAsNeeded) {
  for (const char* text : {"len(argv) > 1", "'x' in argv", "argv[0] == 'x'"}) {
    t.source.find("argv")->needed = false;
    auto program = compile_expr_filter(t.source, text);
    ASSERT_TRUE(program);
    program->mark_needed();
    EXPECT_TRUE(t.source.find("argv")->needed) << text;
  }
}

}  // namespace
}  // namespace gadgetry::data
