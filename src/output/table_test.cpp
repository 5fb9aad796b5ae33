// Columns, trees and histograms in detail.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "output/histogram.hpp"
#include "output/sink_factory.hpp"
#include "output/test_source.hpp"
#include "output/text.hpp"
#include "output/tree_sink.hpp"

namespace gadgetry::output {
namespace {

using ::testing::ElementsAre;
using testing::FieldMaker;
using ::testing::HasSubstr;
using testing::Rows;

struct Process {
  char comm[16];
  uint32_t pid;
  uint32_t ppid;
  double load;
};

struct Processes {
  explicit Processes(data::SourceType type = data::SourceType::kArray) : source("procs", type), rows(source) {
    FieldMaker make(source);
    make.add("comm", data::Kind::kCString, offsetof(Process, comm), 16);
    make.add("pid", data::Kind::kUint32, offsetof(Process, pid), 4);
    make.add("ppid", data::Kind::kUint32, offsetof(Process, ppid), 4);
    make.add("load", data::Kind::kFloat64, offsetof(Process, load), 8);
    source.set_sample_size(sizeof(Process));
  }
  void add(std::string_view comm, uint32_t pid, uint32_t ppid, double load = 0) {
    Process p{};
    std::memcpy(p.comm, comm.data(), std::min<size_t>(comm.size(), 16));
    p.pid = pid;
    p.ppid = ppid;
    p.load = load;
    rows.add(&p, sizeof(p));
  }
  void annotate(const char* field, const char* key, const char* value) {
    source.find(field)->annotations[key] = value;
  }

  std::unique_ptr<OutputSink> open(SinkOptions options) {
    options.writer = &writer;
    auto sink = make_sink(options, source);
    EXPECT_TRUE(sink.ok());
    auto planned = (*sink)->plan(source);
    EXPECT_TRUE(planned.ok()) << planned.error().text();
    return std::move(*sink);
  }
  std::string run(const SinkOptions& options) {
    writer.clear();
    auto sink = open(options);
    sink->process(rows.batch);
    EXPECT_TRUE(sink->flush().ok());
    return std::string(writer.text());
  }

  data::DataSource source;
  Rows rows;
  Writer writer;
};

SinkOptions terminal(int width, int height = 24) {
  SinkOptions options;
  options.terminal = true;
  options.width = width;
  options.height = height;
  return options;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  size_t at = 0;
  for (size_t end; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
    lines.push_back(text.substr(at, end - at));
  return lines;
}

TEST(Columns, PipedOutputIsPaddedAndNeverCut) {
  Processes p(data::SourceType::kSingle);
  p.annotate("comm", "columns.width", "4");
  p.annotate("pid", "columns.width", "type");
  p.annotate("pid", "columns.alignment", "right");
  p.annotate("load", "columns.precision", "3");
  p.annotate("ppid", "columns.hex", "true");
  p.annotate("ppid", "columns.alias", "parent");
  p.add("a-long-command", 7, 31, 0.5);
  p.add("sh", 4000000000, 1, 12.25);
  EXPECT_EQ(p.run({}),
            "COMM        PID PARENT           LOAD\n"
            "a-long-command          7 0x1f             0.500\n"
            "sh   4000000000 0x1              12.250\n");
}

TEST(Columns, RowsFitTheTerminal) {
  for (int width : {20, 33, 50, 80, 200}) {
    Processes p(data::SourceType::kSingle);
    p.annotate("comm", "columns.minwidth", "2");
    p.add(
        "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2"
        "abcdefg",
        4000000000, 31, 0.5);
    p.annotate("pid", "columns.minwidth", "3");
    p.annotate("ppid", "columns.minwidth", "3");
    p.annotate("load", "columns.minwidth", "3");
    for (const std::string& line : lines_of(p.run(terminal(width)))) {
      EXPECT_LE(text_cells(line), static_cast<size_t>(width)) << line;
    }
  }
}

TEST(Columns, WidthsFollowTheAnnotations) {
  Processes p(data::SourceType::kSingle);
  p.annotate("comm", "columns.width", "10");
  p.annotate("comm", "columns.maxwidth", "12");
  p.annotate("pid", "columns.width", "8");
  p.annotate("pid", "columns.fixed", "true");
  p.annotate("ppid", "columns.hidden", "true");
  p.annotate("load", "columns.width", "6");
  p.add("x", 1, 2, 1);
  EXPECT_EQ(lines_of(p.run(terminal(100)))[0], "COMM         PID      LOAD")
      << "text grows to its maximum, numbers do not";
  EXPECT_EQ(lines_of(p.run(terminal(22)))[0], "COMM   PID      LOAD");
}

TEST(Columns, EllipsisAndSelection) {
  Processes p(data::SourceType::kSingle);
  p.annotate("comm", "columns.width", "6");
  p.annotate("comm", "columns.fixed", "true");
  p.add("abcdefghij", 1, 2, 1);
  SinkOptions options = terminal(80);
  options.fields = "comm";
  for (auto [ellipsis, wanted] : {std::pair{"end", "abcde\u2026"},
                                  {"start", "\u2026fghij"},
                                  {"middle", "abc\u2026ij"},
                                  {"none", "abcdef"}}) {
    p.annotate("comm", "columns.ellipsis", ellipsis);
    EXPECT_THAT(lines_of(p.run(options)), ElementsAre("COMM", wanted));
  }
  options.fields = "load,pid";
  EXPECT_EQ(lines_of(p.run(options))[0], "LOAD             PID");
  options.fields = "-comm,-load";
  EXPECT_EQ(lines_of(p.run(options))[0], "PID              PPID");
}

TEST(Columns, HiddenAndReplacedFields) {
  data::DataSource source("net", data::SourceType::kSingle);
  FieldMaker make(source);
  data::Field& src = make.add("src", data::Kind::kBytes, 0, 4);
  src.annotations["columns.replace"] = "src.endpoint";
  make.add("port", data::Kind::kUint16, 0, 2, &src);
  data::Field& proc = make.add("proc", data::Kind::kBytes, 4, 4);
  proc.tags.push_back("type:gadget_process");
  proc.flags |= data::kFlagHidden;
  make.add("pid", data::Kind::kUint32, 4, 4, &proc);
  data::Field* endpoint = source.add_added_field("src.endpoint", data::Kind::kString).value();
  endpoint->flags |= data::kFlagHidden;
  Rows rows(source);
  uint32_t bytes[2] = {80, 9};
  data::store_text(rows.add(bytes, 8), *endpoint, "10.0.0.1:80");
  Writer writer;
  SinkOptions options;
  options.writer = &writer;
  auto run = [&](std::string fields) {
    writer.clear();
    options.fields = std::move(fields);
    auto sink = std::move(make_sink(options, source)).value();
    EXPECT_TRUE(sink->plan(source).ok());
    sink->process(rows.batch);
    return std::string(writer.text());
  };
  EXPECT_EQ(run(""), "SRC              PID\n10.0.0.1:80      9\n");
  EXPECT_TRUE(endpoint->needed);
  EXPECT_EQ(run("src.port,pid"), "SRC.PORT         PID\n80               9\n");
  EXPECT_EQ(run("+src.port"),
            "SRC              PID              SRC.PORT\n10.0.0.1:80      9                80\n");
}

TEST(Columns, NothingLeftToShow) {
  Processes p;
  SinkOptions options;
  options.fields = "-comm,-pid,-ppid,-load";
  options.writer = &p.writer;
  auto sink = std::move(make_sink(options, p.source)).value();
  auto planned = sink->plan(p.source);
  ASSERT_FALSE(planned.ok());
  EXPECT_THAT(planned.error().text(), HasSubstr("no column is left"));
}

TEST(Columns, HeaderComesBeforeTheFirstEventAndAfterAResize) {
  Processes p(data::SourceType::kSingle);
  auto sink = p.open(terminal(80));
  ASSERT_TRUE(sink->flush().ok());
  EXPECT_EQ(lines_of(std::string(p.writer.text())).size(), 1u);
  p.add("a", 1, 0);
  sink->process(p.rows.batch);
  EXPECT_EQ(lines_of(std::string(p.writer.text())).size(), 2u);
  sink->set_terminal_size(40, 24);
  sink->process(p.rows.batch);
  EXPECT_EQ(lines_of(std::string(p.writer.text())).size(), 4u);
}

TEST(Columns, SourcesThatShareTheOutputSayTheirName) {
  Processes a(data::SourceType::kSingle);
  Processes b(data::SourceType::kSingle);
  a.add("a", 1, 0);
  b.add("b", 2, 0);
  SinkOptions options;
  options.prefix_source = true;
  options.fields = "comm";
  options.writer = &a.writer;
  auto first = a.open(options);
  auto second = std::move(make_sink(options, b.source)).value();
  ASSERT_TRUE(second->plan(b.source).ok());
  ASSERT_TRUE(first->flush().ok());
  first->process(a.rows.batch);
  first->process(a.rows.batch);
  second->process(b.rows.batch);
  EXPECT_EQ(a.writer.text(), "procs:\nCOMM\na\na\nprocs:\nCOMM\nb\n");
}

TEST(Columns, RepaintsInPlaceOnATerminalOnly) {
  Processes p;
  p.source.annotations()["cli.clear-screen-before"] = "true";
  for (uint32_t i = 0; i < 10; i++) p.add("p", i, 0);
  auto sink = p.open(terminal(30, 6));
  sink->process(p.rows.batch);
  std::string first(p.writer.text());
  EXPECT_THAT(first, ::testing::StartsWith("\x1b[H\x1b[2J"));
  EXPECT_THAT(first, ::testing::EndsWith("\x1b[K\n\x1b[J"));
  EXPECT_EQ(lines_of(first).size(), 5u) << "header and the rows that fit above the last line";
  p.writer.clear();
  sink->process(p.rows.batch);
  EXPECT_EQ(p.writer.text().substr(0, 4), "\x1b[HC");
  SinkOptions piped;
  std::string text = p.run(piped);
  EXPECT_EQ(lines_of(text).size(), 11u);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(p.source.counters().delivered, 30u);
}

TEST(Tree, DrawsProcessesUnderTheirParents) {
  Processes p;
  p.annotate("load", "columns.hidden", "true");
  p.add("init", 1, 0);
  p.add("sshd", 10, 1);
  p.add("cron", 20, 1);
  p.add("bash", 11, 10);
  p.add("vim", 12, 11);
  p.add("top", 13, 11);
  p.add("orphan", 99, 98);
  SinkOptions options;
  options.mode = OutputMode::kTree;
  EXPECT_EQ(p.run(options),
            "COMM             PID              PPID\n"
            "init             1                0\n"
            "\u251c\u2500 sshd          10               1\n"
            "\u2502  \u2514\u2500 bash       11               10\n"
            "\u2502     \u251c\u2500 vim     12               11\n"
            "\u2502     \u2514\u2500 top     13               11\n"
            "\u2514\u2500 cron          20               1\n"
            "orphan           99               98\n");
  options.utf8 = false;
  EXPECT_THAT(p.run(options), HasSubstr("|  `- bash       11"));
  EXPECT_EQ(p.source.counters().delivered, 14u);
}

TEST(Tree, CyclesAndDuplicatesDoNotHang) {
  Processes p;
  p.add("a", 1, 2);
  p.add("b", 2, 1);
  p.add("self", 3, 3);
  p.add("thread", 1, 2);
  SinkOptions options;
  options.mode = OutputMode::kTree;
  EXPECT_EQ(lines_of(p.run(options)).size(), 5u);

  constexpr size_t kChain = 100000;
  std::vector<int64_t> chain(kChain);
  for (size_t i = 0; i < kChain; i++) chain[i] = static_cast<int64_t>((i + 1) % kChain);
  EXPECT_EQ(order_tree(chain).size(), kChain);
}

TEST(Tree, NeedsAnArrayWithPids) {
  Processes events(data::SourceType::kSingle);
  SinkOptions options;
  options.mode = OutputMode::kTree;
  options.writer = &events.writer;
  auto sink = std::move(make_sink(options, events.source)).value();
  auto planned = sink->plan(events.source);
  ASSERT_FALSE(planned.ok());
  EXPECT_THAT(planned.error().text(), HasSubstr("one by one"));
  EXPECT_FALSE(planned.error().hint.empty());

  Processes p;
  p.source.find("ppid")->flags |= data::kFlagUnreferenced;
  planned = std::move(make_sink(options, p.source)).value()->plan(p.source);
  ASSERT_FALSE(planned.ok());
  EXPECT_THAT(planned.error().text(), HasSubstr("no field holds the pid of the parent"));
}

TEST(Tree, FindsTheFieldsOfGadgetProcess) {
  data::DataSource source("s", data::SourceType::kArray);
  FieldMaker make(source);
  data::Field& proc = make.add("who", data::Kind::kBytes, 0, 64);
  proc.tags.push_back("type:gadget_process");
  data::Field& pid = make.add("pid", data::Kind::kUint32, 16, 4, &proc);
  data::Field& parent = make.add("parent", data::Kind::kBytes, 40, 24, &proc);
  data::Field& ppid = make.add("pid", data::Kind::kUint32, 56, 4, &parent);
  TreeFields found = find_tree_fields(source);
  EXPECT_EQ(found.pid, &pid);
  EXPECT_EQ(found.parent, &ppid);
}

TEST(Histogram, Slots) {
  EXPECT_EQ(slot_range(0).high, 0u);
  EXPECT_EQ(slot_range(1).low, 1u);
  EXPECT_EQ(slot_range(1).high, 1u);
  EXPECT_EQ(slot_range(4).low, 8u);
  EXPECT_EQ(slot_range(4).high, 15u);
  EXPECT_EQ(slot_range(64).high, UINT64_MAX);
  EXPECT_EQ(slot_range(1000).low, UINT64_MAX);
  Writer out;
  std::vector<uint64_t> none(27, 0);
  draw_histogram(none, "ns", 40, true, out);
  EXPECT_EQ(out.text(), "  no values\n");
  out.clear();
  std::vector<uint64_t> slots = {0, 2, 0, 8, 0};
  draw_histogram(slots, "ns", 8, false, out);
  EXPECT_EQ(out.text(),
            "      ns  count  distribution\n"
            "  1 .. 1      2  **\n"
            "  2 .. 3      0\n"
            "  4 .. 7      8  ********\n");
  out.clear();
  std::vector<uint64_t> huge(65, UINT64_MAX);
  draw_histogram(huge, "", 8, true, out);
  EXPECT_EQ(lines_of(std::string(out.text())).size(), 66u);
}

}  // namespace
}  // namespace gadgetry::output
