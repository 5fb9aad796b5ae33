// Output modes that a data source brings along, and who gets which mode for one -o NAME.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "output/mode_chooser.hpp"
#include "output/test_source.hpp"
#include "output/text.hpp"

namespace gadgetry::output {
namespace {

using data::DataSource;
using data::Kind;
using data::SourceType;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A mode that writes the number of records, and counts its calls.
data::TextMode counting_mode(const std::string& name, int* finished = nullptr) {
  data::TextMode mode;
  mode.name = name;
  mode.write = [](data::Batch& batch, std::string& out) -> base::Status {
    out += std::to_string(batch.records.size()) + " rows\n";
    return {};
  };
  mode.finish = [finished](std::string& out) -> base::Status {
    if (finished != nullptr) ++*finished;
    out += "end\n";
    return {};
  };
  return mode;
}

struct TextModes : ::testing::Test {
  TextModes() : source("profile", SourceType::kArray), rows(source) { options.writer = &writer; }
  std::unique_ptr<OutputSink> sink() {
    auto made = make_sink(options, source);
    EXPECT_TRUE(made.ok());
    auto out = std::move(made).value();
    EXPECT_TRUE(out->plan(source).ok());
    return out;
  }

  DataSource source;
  testing::Rows rows;
  Writer writer;
  SinkOptions options;
};

TEST_F(TextModes, ModuleWritesTheText) {
  int finished = 0;
  source.text_modes().push_back(counting_mode("other"));
  source.text_modes().push_back(counting_mode("graph", &finished));
  ModeChooser modes("graph");
  ASSERT_TRUE(modes.choose(source, options).ok());
  ASSERT_TRUE(modes.check().ok());
  auto graph = sink();
  EXPECT_EQ(graph->name(), "graph");
  rows.add(nullptr, 0);
  rows.add(nullptr, 0);
  graph->process(rows.batch);
  rows.batch.records.clear();
  graph->process(rows.batch);
  EXPECT_TRUE(graph->finish().ok());
  EXPECT_TRUE(graph->flush().ok());
  EXPECT_EQ(writer.text(), "2 rows\n0 rows\nend\n");
  EXPECT_EQ(finished, 1);
  EXPECT_EQ(source.counters().delivered, 2u);
}

TEST_F(TextModes, WhatAFailedModuleLeavesIsLost) {
  int finished = 0;
  int calls = 0;
  data::TextMode mode = counting_mode("graph", &finished);
  mode.write = [&calls](data::Batch&, std::string& out) -> base::Status {
    out += "half";
    return ++calls == 1 ? base::Error("it trapped") : base::Error("called again");
  };
  source.text_modes().push_back(mode);
  options.mode = OutputMode::kOwn;
  options.own_mode = "graph";
  auto graph = sink();
  rows.add(nullptr, 0);
  graph->process(rows.batch);
  graph->process(rows.batch);
  EXPECT_TRUE(graph->finish().ok());
  auto flushed = graph->flush();
  ASSERT_FALSE(flushed.ok());
  EXPECT_EQ(flushed.error().message, "output mode graph: it trapped");
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(finished, 0);
  EXPECT_EQ(writer.text(), "half");
  EXPECT_EQ(source.counters().delivered, 0u);
  EXPECT_EQ(source.counters().lost_module, 2u);
  EXPECT_EQ(source.counters().lost(), 2u);
}

TEST_F(TextModes, RecordsTheModeTookOutAreNotDelivered) {
  data::TextMode mode = counting_mode("graph");
  mode.write = [](data::Batch& batch, std::string&) -> base::Status {
    batch.source->counters().filtered += 1;
    batch.records.pop_back();
    return {};
  };
  source.text_modes().push_back(mode);
  options.mode = OutputMode::kOwn;
  options.own_mode = "graph";
  auto graph = sink();
  rows.add(nullptr, 0);
  rows.add(nullptr, 0);
  graph->process(rows.batch);
  EXPECT_EQ(source.counters().delivered, 1u);
  EXPECT_EQ(source.counters().filtered, 1u);
  EXPECT_EQ(writer.text(), "");
}

TEST_F(TextModes, FailureAtTheEnd) {
  data::TextMode mode = counting_mode("graph");
  mode.finish = [](std::string&) -> base::Status { return base::Error("no end"); };
  source.text_modes().push_back(mode);
  options.mode = OutputMode::kOwn;
  options.own_mode = "graph";
  auto graph = sink();
  EXPECT_TRUE(graph->finish().ok());
  EXPECT_THAT(graph->flush().error().text(), HasSubstr("no end"));
}

TEST_F(TextModes, TerminalsGetLinesAndTabsOnly) {
  data::TextMode mode = counting_mode("graph");
  mode.write = [](data::Batch&, std::string& out) -> base::Status {
    out += "a\tb\n\x1b[2Jc\r\x80\n";
    return {};
  };
  source.text_modes().push_back(mode);
  options.mode = OutputMode::kOwn;
  options.own_mode = "graph";
  sink()->process(rows.batch);
  EXPECT_EQ(writer.text(), "a\tb\n\x1b[2Jc\r\x80\n") << "a file gets the bytes";
  writer.clear();
  options.terminal = true;
  sink()->process(rows.batch);
  EXPECT_EQ(writer.text(), "a\tb\n\\x1b[2Jc\\x0d\xef\xbf\xbd\n");
}

TEST_F(TextModes, FieldTextIsTheOlderConvention) {
  ASSERT_TRUE(source.add_added_field("text", Kind::kString).ok());
  source.annotations()["cli.supported-output-modes"] = "advise";
  ModeChooser modes("");
  ASSERT_TRUE(modes.choose(source, options).ok());
  EXPECT_EQ(options.own_mode, "advise") << "the only mode there is";
  auto advise = sink();
  EXPECT_EQ(advise->name(), "advise");
  EXPECT_TRUE(source.find("text")->needed);
  data::store_text(rows.add(nullptr, 0), *source.find("text"), "line 1\n\tline \"2\"");
  rows.add(nullptr, 0);
  advise->process(rows.batch);
  EXPECT_EQ(writer.text(), "line 1\n\tline \"2\"\n\n");
  EXPECT_EQ(source.counters().delivered, 2u);
}

TEST_F(TextModes, FieldTextOfAllKinds) {
  testing::add_all_fields(source);
  data::Field* last = source.add_added_list("words", Kind::kString).value();
  source.annotations()["cli.supported-output-modes"] = "line";
  options.mode = OutputMode::kOwn;
  options.own_mode = "line";
  auto line = sink();
  rows.add_full(testing::make_sample(), "/p");
  const data::Text words[] = {data::Text::of("x"), data::Text::of("y")};
  data::store(rows.batch.records[0], *last, data::Text{reinterpret_cast<const char*>(words), 2});
  line->process(rows.batch);
  EXPECT_THAT(std::string(writer.text()), ::testing::StartsWith("web-1"));
  EXPECT_THAT(std::string(writer.text()), HasSubstr("bash/p4242-2"));
  EXPECT_THAT(std::string(writer.text()), HasSubstr("18446744073709551615only here")) << "hidden ones too";
  EXPECT_THAT(std::string(writer.text()), ::testing::EndsWith("0102[x y]\n"));
  EXPECT_FALSE(source.find("raw")->needed) << "unreferenced";
}

TEST(ModeChooser, CommonModesAreForAll) {
  DataSource a("a", SourceType::kSingle);
  a.text_modes().push_back(counting_mode("json"));
  SinkOptions options;
  ModeChooser modes("json");
  ASSERT_TRUE(modes.choose(a, options).ok());
  EXPECT_EQ(options.mode, OutputMode::kJson);
  EXPECT_TRUE(modes.check().ok());
  EXPECT_TRUE(own_output_modes(a).empty()) << "a common name cannot be taken";
}

TEST(ModeChooser, OnlyTheSourceThatHasTheModeIsShown) {
  DataSource a("a", SourceType::kSingle);
  DataSource b("b", SourceType::kSingle);
  b.text_modes().push_back(counting_mode("graph"));
  b.annotations()["cli.supported-output-modes"] = "json,graph, advise,pcap-ng";
  EXPECT_THAT(own_output_modes(b), ElementsAre("graph", "advise"));
  for (const char* name : {"graph", "advise"}) {
    ModeChooser modes(name);
    SinkOptions options;
    ASSERT_TRUE(modes.choose(a, options).ok());
    EXPECT_EQ(options.mode, OutputMode::kNone);
    ASSERT_TRUE(modes.choose(b, options).ok());
    EXPECT_EQ(options.mode, OutputMode::kOwn);
    EXPECT_EQ(options.own_mode, name);
    ASSERT_TRUE(modes.choose(a, options).ok());
    EXPECT_EQ(options.own_mode, "");
    EXPECT_TRUE(modes.check().ok());
  }
}

TEST(ModeChooser, UnknownNamesShowAtTheEnd) {
  DataSource a("a", SourceType::kSingle);
  DataSource b("b", SourceType::kSingle);
  b.text_modes().push_back(counting_mode("graph"));
  SinkOptions options;
  ModeChooser modes("grahp");
  ASSERT_TRUE(modes.choose(a, options).ok());
  ASSERT_TRUE(modes.choose(b, options).ok());
  auto checked = modes.check();
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.error().kind, base::ErrorKind::kUsage);
  EXPECT_EQ(
      checked.error().text(),
      "output mode \"grahp\": unknown; did you mean graph? choose one of columns, json, jsonpretty, yaml, "
      "none, tree, graph");
}

TEST(ModeChooser, DataSourceDecides) {
  DataSource a("a", SourceType::kSingle);
  a.text_modes().push_back(counting_mode("graph"));
  auto mode_of = [&a]() -> std::string {
    SinkOptions options;
    ModeChooser modes("");
    if (auto chosen = modes.choose(a, options); !chosen.ok()) return chosen.error().text();
    return options.mode == OutputMode::kOwn ? options.own_mode : std::string(output_mode_name(options.mode));
  };
  EXPECT_EQ(mode_of(), "columns");
  a.annotations()["cli.supported-output-modes"] = "pcap-ng, yaml,json";
  EXPECT_EQ(mode_of(), "yaml");
  a.annotations()["cli.supported-output-modes"] = "json,columns";
  EXPECT_EQ(mode_of(), "columns");
  a.annotations()["cli.default-output-mode"] = " json";
  EXPECT_EQ(mode_of(), "json");
  a.annotations()["cli.default-output-mode"] = "graph";
  EXPECT_EQ(mode_of(), "graph");
  a.annotations()["cli.default-output-mode"] = "bogus";
  EXPECT_THAT(mode_of(), HasSubstr("data source a: cli.default-output-mode: output mode \"bogus\": unknown"));
}

TEST(Titles, OnlyWhenSeveralDataSourcesAreShown) {
  for (bool several : {false, true}) {
    DataSource source("procs", SourceType::kArray);
    ASSERT_TRUE(source.add_added_field("pid", Kind::kUint32).ok());
    testing::Rows rows(source);
    rows.add(nullptr, 0);
    Writer writer;
    SinkOptions options;
    options.writer = &writer;
    options.prefix_source = !several;
    auto sink = std::move(make_sink(options, source)).value();
    ASSERT_TRUE(sink->plan(source).ok());
    sink->set_prefix_source(several);
    sink->process(rows.batch);
    EXPECT_EQ(writer.text().starts_with("procs:\n"), several);
  }
}

}  // namespace
}  // namespace gadgetry::output
