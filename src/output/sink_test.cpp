// Every output mode over a data source with all kinds of fields, compared with files in golden/.
// GADGETRY_UPDATE_GOLDEN=1 in the environment writes them anew.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "output/json_plan.hpp"
#include "output/sink_factory.hpp"
#include "output/test_source.hpp"

namespace gadgetry::output {
namespace {

using testing::add_all_fields;
using ::testing::HasSubstr;
using testing::make_sample;
using ::testing::Not;
using testing::Rows;
using testing::Sample;

void expect_golden(const std::string& name, std::string_view got) {
  std::string path = std::string(GADGETRY_SOURCE_DIR) + "/src/output/golden/" + name;
  if (std::getenv("GADGETRY_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << got;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file.good()) << path;
  std::stringstream wanted;
  wanted << file.rdbuf();
  EXPECT_EQ(wanted.str(), got) << path;
}

// A source of add_all_fields with three records: a usual one, one cut short in the middle of comm, a hostile
// one.
struct Fixture {
  explicit Fixture(data::SourceType type = data::SourceType::kSingle) : source("test", type), rows(source) {}

  void add_records() {
    rows.add_full(make_sample(), "/etc/passwd");
    Sample second = make_sample();
    rows.add_full(second, "", offsetof(Sample, comm) + 2);
    Sample third = make_sample();
    std::memcpy(third.comm, "\x1b[31m\"\\\n\xff\xe6\xbc\xa2\xc3\xbc\xc3", 16);
    third.load = -0.0;
    third.ratio = 1.0f / 0.0f;
    rows.add_full(third, "/tmp/\x1b]0;owned\x07\n\u202e\u6f22\u5b57");
  }

  SinkOptions options(OutputMode mode, std::string fields = {}) {
    SinkOptions out;
    out.mode = mode;
    out.fields = std::move(fields);
    out.writer = &writer;
    return out;
  }

  // The text a sink makes of the batch.
  std::string run(const SinkOptions& opts) {
    writer.clear();
    auto sink = make_sink(opts, source);
    if (!sink.ok()) return "error: " + sink.error().text();
    if (auto planned = (*sink)->plan(source); !planned.ok()) return "error: " + planned.error().text();
    (*sink)->process(rows.batch);
    (void)(*sink)->finish().ok();
    (void)(*sink)->flush().ok();
    return std::string(writer.text());
  }
  std::string run(OutputMode mode, std::string fields = {}) { return run(options(mode, std::move(fields))); }

  data::DataSource source;
  Rows rows;
  Writer writer;
};

struct FullFixture : Fixture {
  explicit FullFixture(data::SourceType type = data::SourceType::kSingle) : Fixture(type) {
    add_all_fields(source);
    source.annotations()["metrics.print"] = "false";
    add_records();
  }
};

TEST(Golden, SingleSource) {
  FullFixture f;
  expect_golden("single.json", f.run(OutputMode::kJson));
  expect_golden("single.jsonpretty", f.run(OutputMode::kJsonPretty));
  expect_golden("single.yaml", f.run(OutputMode::kYaml));
  expect_golden("single.columns", f.run(OutputMode::kColumns));
  EXPECT_EQ(f.source.counters().delivered, 4 * 3u);
}

TEST(Golden, ArraySource) {
  FullFixture f(data::SourceType::kArray);
  expect_golden("array.json", f.run(OutputMode::kJson));
  expect_golden("array.jsonpretty", f.run(OutputMode::kJsonPretty));
  expect_golden("array.yaml", f.run(OutputMode::kYaml));
}

TEST(Golden, TerminalWidths) {
  FullFixture f;
  for (int width : {80, 120, 300}) {
    SinkOptions options = f.options(OutputMode::kColumns);
    options.terminal = true;
    options.width = width;
    expect_golden("terminal-" + std::to_string(width) + ".columns", f.run(options));
  }
  SinkOptions ascii = f.options(OutputMode::kColumns, "comm,path,pid");
  ascii.terminal = true;
  ascii.utf8 = false;
  ascii.width = 40;
  expect_golden("terminal-ascii.columns", f.run(ascii));
}

TEST(Golden, Histogram) {
  Fixture f(data::SourceType::kArray);
  add_all_fields(f.source);
  f.source.find("pid")->tags.push_back("role:key");
  f.source.find("comm")->tags.push_back("role:key");
  f.source.find("slots")->annotations["metrics.unit"] = "\u00b5s";
  f.add_records();
  expect_golden("histogram.utf8", f.run(OutputMode::kColumns));
  SinkOptions ascii = f.options(OutputMode::kColumns);
  ascii.utf8 = false;
  ascii.histogram_at_finish = true;
  expect_golden("histogram.ascii", f.run(ascii));
}

TEST(Json, EveryLineIsValid) {
  FullFixture f;
  std::istringstream lines(f.run(OutputMode::kJson));
  std::string line;
  int count = 0;
  for (; std::getline(lines, line); count++) {
    auto json = nlohmann::json::parse(line, nullptr, false);
    ASSERT_TRUE(json.is_object()) << line;
    EXPECT_FALSE(json.contains("raw")) << "unreferenced";
    EXPECT_FALSE(json.contains("screen")) << "json.skip";
    EXPECT_TRUE(json.contains("quiet")) << "hidden fields are shown";
    EXPECT_EQ(json["empty"], nlohmann::json::object());
    EXPECT_EQ(json["k8s"]["pod"], "web-1");
  }
  EXPECT_EQ(count, 3);
}

TEST(Json, ValuesSurvive) {
  FullFixture f;
  std::string text = f.run(OutputMode::kJson);
  auto json = nlohmann::json::parse(text.substr(0, text.find('\n')));
  EXPECT_EQ(json["when"], 1763724048123456789u);
  EXPECT_EQ(json["delta"], INT64_MIN);
  EXPECT_EQ(json["low"], 5);
  EXPECT_EQ(json["high"], -1);
  EXPECT_EQ(json["flag"], true);
  EXPECT_EQ(json["digest"], "00deadff");
  EXPECT_EQ(json["rest"], "0102");
  EXPECT_EQ(json["numbers"], nlohmann::json({1, -2, 3}));
  EXPECT_EQ(json["points"][1]["tag"], "long");
  EXPECT_EQ(json["creds"]["inner"]["x"], 7);
  EXPECT_EQ(json["quiet"], UINT64_MAX);
}

// Random samples of random length: always valid JSON, with the same shape.
TEST(Json, RandomBytesAreValid) {
  FullFixture f;
  std::mt19937 random(7);
  std::vector<uint8_t> bytes(sizeof(Sample));
  f.rows.batch.records.clear();
  for (int i = 0; i < 500; i++) {
    for (uint8_t& b : bytes) b = static_cast<uint8_t>(random());
    f.rows.add(bytes.data(), random() % (bytes.size() + 1));
  }
  std::istringstream lines(f.run(OutputMode::kJson));
  std::string line;
  int count = 0;
  for (; std::getline(lines, line); count++) {
    auto json = nlohmann::json::parse(line, nullptr, false);
    ASSERT_TRUE(json.is_object()) << line;
    ASSERT_EQ(json["points"].size(), 2u);
  }
  EXPECT_EQ(count, 500);
}

TEST(Json, EmptyFetch) {
  FullFixture f(data::SourceType::kArray);
  f.rows.batch.records.clear();
  EXPECT_EQ(f.run(OutputMode::kJson), "[]\n");
  EXPECT_EQ(f.run(OutputMode::kJsonPretty), "[]\n");
  EXPECT_EQ(f.run(OutputMode::kYaml), "");
}

TEST(Json, SelectedFields) {
  FullFixture f;
  f.rows.batch.records.resize(1);
  EXPECT_EQ(f.run(OutputMode::kJson, "pid,creds.inner.x,k8s.pod"),
            "{\"creds\":{\"inner\":{\"x\":7}},\"k8s\":{\"pod\":\"web-1\"},\"pid\":4242}\n");
  EXPECT_EQ(f.run(OutputMode::kJson, "creds"),
            "{\"creds\":{\"inner\":{\"x\":7},\"name\":\"someuser\",\"uid\":1000}}\n");
  EXPECT_EQ(f.run(OutputMode::kJson, "points.y"), "{\"points\":[{\"y\":-1},{\"y\":-2}]}\n");
  EXPECT_EQ(f.run(OutputMode::kYaml, "pid,creds.uid"), "---\ncreds:\n  uid: 1000\npid: 4242\n");
  auto json = nlohmann::json::parse(f.run(OutputMode::kJson, "+screen,-creds,-pid"));
  EXPECT_TRUE(json.contains("screen"));
  EXPECT_FALSE(json.contains("creds"));
  EXPECT_FALSE(json.contains("pid"));
  EXPECT_TRUE(json.contains("comm"));
}

TEST(Json, OnlyWhatIsShownIsNeeded) {
  FullFixture f;
  (void)f.run(OutputMode::kJson, "pid,k8s.pod");
  for (const data::Field& field : f.source.fields()) {
    EXPECT_EQ(field.needed, field.full_name == "pid" || field.full_name == "k8s.pod") << field.full_name;
  }
}

TEST(Json, SingleFieldsForTheApi) {
  FullFixture f;
  auto value = [&](const char* name) {
    JsonPlan plan = JsonPlan::compile_field(f.source, *f.source.find(name));
    std::string out;
    append_record_json(plan, f.rows.batch.records[0], out);
    return out;
  };
  EXPECT_EQ(value("pid"), "4242");
  EXPECT_EQ(value("comm"), "\"bash\"");
  EXPECT_EQ(value("creds"), "{\"inner\":{\"x\":7},\"name\":\"someuser\",\"uid\":1000}");
  EXPECT_EQ(value("numbers"), "[1,-2,3]");
  EXPECT_EQ(value("points"), "[{\"tag\":\"a\",\"x\":1,\"y\":-1},{\"tag\":\"long\",\"x\":2,\"y\":-2}]");
}

TEST(Json, LongTextGrowsTheBuffer) {
  FullFixture f;
  std::string path(300000, '\x01');
  f.rows.batch.records.clear();
  f.rows.add_full(make_sample(), path);
  auto json = nlohmann::json::parse(f.run(OutputMode::kJson));
  EXPECT_EQ(json["path"].get<std::string>(), path);
}

TEST(Sinks, NoneCountsOnly) {
  FullFixture f;
  EXPECT_EQ(f.run(OutputMode::kNone), "");
  EXPECT_EQ(f.source.counters().delivered, 3u);
  for (const data::Field& field : f.source.fields()) EXPECT_FALSE(field.needed);
}

TEST(Sinks, RecordsAfterAFailedWriteAreLost) {
  FullFixture f;
  Writer closed(9999);  // no such file descriptor
  SinkOptions options = f.options(OutputMode::kJson);
  options.writer = &closed;
  auto sink = std::move(make_sink(options, f.source)).value();
  ASSERT_TRUE(sink->plan(f.source).ok());
  sink->process(f.rows.batch);
  EXPECT_FALSE(sink->flush().ok());
  sink->process(f.rows.batch);
  EXPECT_EQ(f.source.counters().delivered, 3u);
  EXPECT_EQ(f.source.counters().lost_queue, 3u);
}

TEST(Factory, Modes) {
  for (std::string_view name : {"columns", "json", "jsonpretty", "yaml", "none", "tree"}) {
    auto mode = find_output_mode(name);
    ASSERT_TRUE(mode);
    EXPECT_EQ(output_mode_name(*mode), name);
  }
  EXPECT_FALSE(find_output_mode("jsno"));
  base::Error unknown = unknown_mode("jsno", {"advise"});
  EXPECT_EQ(unknown.kind, base::ErrorKind::kUsage);
  EXPECT_THAT(unknown.text(), HasSubstr("did you mean json?"));
  EXPECT_THAT(unknown.text(), HasSubstr("columns, json, jsonpretty, yaml, none, tree, advise"));
}

TEST(Factory, DataSourceSupports) {
  FullFixture f;
  f.source.annotations()["cli.supported-output-modes"] = "json, yaml";
  EXPECT_THAT(f.run(OutputMode::kColumns), HasSubstr("it supports json, yaml"));
  EXPECT_THAT(f.run(OutputMode::kYaml), HasSubstr("pid: 4242"));
}

TEST(Selection, Errors) {
  FullFixture f;
  EXPECT_THAT(f.run(OutputMode::kJson, "pdi"), HasSubstr("has no field \"pdi\"; did you mean pid?"));
  EXPECT_THAT(f.run(OutputMode::kColumns, "zzzzzzzzzz\x1b"),
              HasSubstr("\"zzzzzzzzzz\\x1b\"; its fields are"));
  EXPECT_THAT(f.run(OutputMode::kYaml, "pid,+comm"), HasSubstr("mixes names"));
  EXPECT_THAT(f.run(OutputMode::kJson, "pid,,comm"), HasSubstr("empty name"));
  EXPECT_THAT(f.run(OutputMode::kJson, "raw"), HasSubstr("no field \"raw\"")) << "unreferenced";
  EXPECT_FALSE(check_selection_sources("opne:pid", {"open", "close"}).ok());
  EXPECT_TRUE(check_selection_sources("open:pid;close:+fd", {"open", "close"}).ok());
}

TEST(Selection, PerSource) {
  FullFixture f;
  f.rows.batch.records.resize(1);
  EXPECT_EQ(f.run(OutputMode::kJson, "other:comm;test:pid"), "{\"pid\":4242}\n");
  EXPECT_THAT(f.run(OutputMode::kJson, "other:comm"), HasSubstr("\"when\""));
  EXPECT_EQ(f.run(OutputMode::kJson, " PID , creds.UID "), "{\"creds\":{\"uid\":1000},\"pid\":4242}\n")
      << "titles";
}

}  // namespace
}  // namespace gadgetry::output
