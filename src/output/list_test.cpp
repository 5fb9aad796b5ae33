// Lists (arrays whose length each record decides) in every output mode.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

#include "output/histogram.hpp"
#include "output/json_plan.hpp"
#include "output/sink_factory.hpp"
#include "output/test_source.hpp"

namespace gadgetry::output {
namespace {

using data::Kind;
using data::Text;

struct Lists : ::testing::Test {
  Lists() : source("test", data::SourceType::kSingle), rows(source) {
    for (auto [name, kind] : {std::pair<const char*, Kind>{"argv", Kind::kString},
                              {"bools", Kind::kBool},
                              {"bytes", Kind::kBytes},
                              {"f32", Kind::kFloat32},
                              {"f64", Kind::kFloat64},
                              {"i16", Kind::kInt16},
                              {"i32", Kind::kInt32},
                              {"i64", Kind::kInt64},
                              {"i8", Kind::kInt8},
                              {"in.u16", Kind::kUint16},
                              {"u32", Kind::kUint32},
                              {"u64", Kind::kUint64},
                              {"u8", Kind::kUint8}}) {
      EXPECT_TRUE(source.add_added_list(name, kind).ok()) << name;
    }
    EXPECT_TRUE(source.add_added_field("z", Kind::kUint8).ok());
  }

  template <typename T>
  void set(data::Record& record, const char* name, std::initializer_list<T> values) {
    char* elements = rows.arena.allocate(values.size() * sizeof(T));
    std::memcpy(elements, std::data(values), values.size() * sizeof(T));
    data::store(record, *source.find(name), Text{elements, values.size()});
  }

  void add_full() {
    data::Record& r = rows.add(nullptr, 0);
    set<Text>(r, "argv", {Text::of("ls"), Text::of("a \"b\"\n\x1b[1m"), Text{}});
    set<uint8_t>(r, "bools", {1, 0});
    set<Text>(r, "bytes", {Text::of({"\x00\xff", 2}), Text{}});
    set<float>(r, "f32", {0.1f, -2});
    set<double>(r, "f64", {1e21, 1.0 / 0.0});
    set<int16_t>(r, "i16", {-300});
    set<int32_t>(r, "i32", {-1, 2, -3});
    set<int64_t>(r, "i64", {INT64_MIN, INT64_MAX});
    set<int8_t>(r, "i8", {-128, 127});
    set<uint16_t>(r, "in.u16", {65535});
    set<uint32_t>(r, "u32", {0, 4294967295u});
    set<uint64_t>(r, "u64", {UINT64_MAX});
    set<uint8_t>(r, "u8", {255, 0});
    data::store(r, *source.find("z"), uint8_t{9});
  }

  std::string run(OutputMode mode, const std::string& fields = {}) {
    SinkOptions options;
    options.mode = mode;
    options.fields = fields;
    options.writer = &writer;
    writer.clear();
    auto sink = make_sink(options, source);
    if (!sink.ok()) return sink.error().text();
    if (auto planned = (*sink)->plan(source); !planned.ok()) return planned.error().text();
    (*sink)->process(rows.batch);
    return std::string(writer.text());
  }

  data::DataSource source;
  testing::Rows rows;
  Writer writer;
};

TEST_F(Lists, Json) {
  add_full();
  EXPECT_EQ(run(OutputMode::kJson),
            R"({"argv":["ls","a \"b\"\n\u001b[1m",""],"bools":[true,false],"bytes":["00ff",""],)"
            R"("f32":[0.1,-2],"f64":[1e+21,null],"i16":[-300],"i32":[-1,2,-3],)"
            R"("i64":[-9223372036854775808,9223372036854775807],"i8":[-128,127],"in":{"u16":[65535]},)"
            R"("u32":[0,4294967295],"u64":[18446744073709551615],"u8":[255,0],"z":9})"
            "\n");
}

TEST_F(Lists, JsonOfEmptyOnes) {
  rows.add(nullptr, 0);
  EXPECT_EQ(run(OutputMode::kJson),
            R"({"argv":[],"bools":[],"bytes":[],"f32":[],"f64":[],"i16":[],"i32":[],"i64":[],"i8":[],)"
            R"("in":{"u16":[]},"u32":[],"u64":[],"u8":[],"z":0})"
            "\n");
}

TEST_F(Lists, JsonPretty) {
  add_full();
  rows.add(nullptr, 0);
  EXPECT_EQ(run(OutputMode::kJsonPretty, "i32,in.u16,z"), R"({
  "i32": [
    -1,
    2,
    -3
  ],
  "in": {
    "u16": [
      65535
    ]
  },
  "z": 9
}
{
  "i32": [],
  "in": {
    "u16": []
  },
  "z": 0
}
)");
}

TEST_F(Lists, Yaml) {
  add_full();
  rows.add(nullptr, 0);
  EXPECT_EQ(run(OutputMode::kYaml, "argv,bools,bytes,f64,in.u16,z"), R"(---
argv:
- ls
- "a \"b\"\n\u001b[1m"
- ""
bools:
- true
- false
bytes:
- "00ff"
- ""
f64:
- 1e+21
- .inf
in:
  u16:
  - 65535
z: 9
---
argv: []
bools: []
bytes: []
f64: []
in:
  u16: []
z: 0
)");
}

TEST_F(Lists, Columns) {
  add_full();
  rows.add(nullptr, 0);
  EXPECT_EQ(run(OutputMode::kColumns, "argv,bools,bytes,f32,i32,u64,z"),
            "ARGV             BOOLS            BYTES            F32              I32              "
            "U64              Z\n"
            "[ls a \"b\"\\n\\x1b[1m ] [true false]     [00ff ]          [0.10 -2.00]     [-1 2 -3]        "
            "[18446744073709551615] 9\n"
            "[]               []               []               []               []               "
            "[]               0\n");
  source.find("i8")->annotations["columns.hex"] = "true";
  EXPECT_THAT(run(OutputMode::kColumns, "i8"), ::testing::HasSubstr("[0x80 0x7f]"));
}

// Every list needs more room than the plan's fixed bound says.
TEST_F(Lists, LongOnes) {
  data::Record& r = rows.add(nullptr, 0);
  std::vector<Text> words;
  std::vector<uint64_t> numbers(60000, UINT64_MAX);
  std::string big(3000, '\x01');
  for (size_t i = 0; i < 500; i++) words.push_back(i % 7 == 0 ? Text{} : Text::of(big));
  data::store(r, *source.find("argv"), Text{reinterpret_cast<const char*>(words.data()), words.size()});
  data::store(r, *source.find("u64"), Text{reinterpret_cast<const char*>(numbers.data()), numbers.size()});
  for (OutputMode mode : {OutputMode::kJson, OutputMode::kJsonPretty}) {
    auto json = nlohmann::json::parse(run(mode), nullptr, false);
    ASSERT_TRUE(json.is_object());
    EXPECT_EQ(json["argv"].size(), words.size());
    EXPECT_EQ(json["argv"][1], big);
    EXPECT_EQ(json["u64"].get<std::vector<uint64_t>>(), numbers);
  }
}

TEST_F(Lists, OneFieldForTheApi) {
  add_full();
  JsonPlan plan = JsonPlan::compile_field(source, *source.find("argv"));
  std::string out;
  append_record_json(plan, rows.batch.records[0], out);
  EXPECT_EQ(out, R"(["ls","a \"b\"\n\u001b[1m",""])");
}

TEST_F(Lists, AreMarkedAsNeeded) {
  (void)run(OutputMode::kJson, "argv");
  EXPECT_TRUE(source.find("argv")->needed);
  EXPECT_FALSE(source.find("u32")->needed);
  (void)run(OutputMode::kColumns, "u32");
  EXPECT_TRUE(source.find("u32")->needed);
}

TEST_F(Lists, AreNoHistograms) {
  source.find("u32")->tags.push_back("type:gadget_histogram_slot__u32");
  EXPECT_FALSE(is_histogram(*source.find("u32")));
  EXPECT_FALSE(draws_histograms(source));
}

}  // namespace
}  // namespace gadgetry::output
