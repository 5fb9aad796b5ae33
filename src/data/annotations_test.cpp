#include "data/annotations.hpp"

#include <gmock/gmock.h>

#include <set>

#include "data/test_source.hpp"

namespace gadgetry::data {
namespace {

using testing::HasSubstr;

std::string field_error(std::string_view key, std::string_view value, const DataSource* source = nullptr) {
  auto status = check_field_annotation(key, value, source);
  return status ? "" : status.error().text();
}
std::string source_error(std::string_view key, std::string_view value, const DataSource* source = nullptr) {
  auto status = check_source_annotation(key, value, source);
  return status ? "" : status.error().text();
}

TEST(Annotations, KeysAreUniqueAndExplained) {
  for (auto catalogue : {field_annotations(), source_annotations()}) {
    std::set<std::string_view> keys;
    for (const AnnotationInfo& info : catalogue) {
      EXPECT_TRUE(keys.insert(info.key).second) << info.key;
      EXPECT_FALSE(info.meaning.empty()) << info.key;
    }
  }
}

TEST(Annotations, GoodValues) {
  for (auto [key, value] :
       std::vector<std::pair<const char*, const char*>>{{"description", "any text"},
                                                        {"template", "timestamp"},
                                                        {"columns.width", "20"},
                                                        {"columns.maxwidth", "type"},
                                                        {"columns.alignment", "right"},
                                                        {"columns.ellipsis", ""},
                                                        {"columns.ellipsis", "middle"},
                                                        {"columns.hidden", "false"},
                                                        {"columns.precision", "3"},
                                                        {"columns.replace", "dst.endpoint"},
                                                        {"formatters.errno.target", "error"},
                                                        {"ebpf.formatter.bitfield.separator", " | "},
                                                        {"metrics.type", "histogram"},
                                                        {"metrics.boundaries", "1, 2.5,10"},
                                                        {"uidgidresolver.target", "user"},
                                                        {"json.skip", "true"}}) {
    EXPECT_EQ(field_error(key, value), "") << key;
  }
  for (auto [key, value] : std::vector<std::pair<const char*, const char*>>{
           {"cli.supported-output-modes", "json,columns,my-mode"},
           {"cli.clear-screen-before", "true"},
           {"fetch-interval", "1.5s"},
           {"fetch-interval", "0"},
           {"fetch-count", "0"},
           {"logs.severity", "24"},
           {"logs.array-handling", "elements"},
           {"env.fields.NODE", "x"},
           {"views.modes.table.x", "y"},
           {"profiles.stack-fields", "kstack, ustack"}}) {
    EXPECT_EQ(source_error(key, value), "") << key;
  }
}

TEST(Annotations, BadValuesAreToldWhatIsAllowed) {
  EXPECT_EQ(field_error("columns.hidden", "yes"),
            "annotation columns.hidden: \"yes\" is not allowed; allowed are true and false");
  EXPECT_THAT(field_error("columns.width", "wide"), HasSubstr("numbers from 0 to 4096, and type"));
  EXPECT_THAT(field_error("columns.width", "-1"), HasSubstr("is not allowed"));
  EXPECT_THAT(field_error("columns.width", "99999999999999999999"), HasSubstr("is not allowed"));
  EXPECT_THAT(field_error("columns.precision", "type"), HasSubstr("is not allowed"));
  EXPECT_THAT(field_error("columns.alignment", "middle"), HasSubstr("allowed are left, right"));
  EXPECT_THAT(field_error("template", "pids"), HasSubstr("is not allowed"));
  EXPECT_THAT(field_error("formatters.errno.target", "a b"), HasSubstr("write a name"));
  EXPECT_THAT(field_error("columns.replace", ""), HasSubstr("write the name of a field"));
  EXPECT_THAT(field_error("metrics.boundaries", "1,,2"), HasSubstr("write numbers"));
  EXPECT_THAT(source_error("fetch-interval", "1"), HasSubstr("write a duration"));
  EXPECT_THAT(source_error("fetch-interval", "-1s"), HasSubstr("write a duration"));
  EXPECT_THAT(source_error("logs.severity", "0"), HasSubstr("numbers from 1 to 24"));
}

TEST(Annotations, UnknownKeys) {
  EXPECT_EQ(field_error("columns.widht", "1"),
            "unknown annotation \"columns.widht\"; did you mean columns.width?");
  EXPECT_THAT(field_error("completely-different-thing", "1"), HasSubstr("known are description"));
  EXPECT_THAT(field_error("fetch-interval", "1s"),
              HasSubstr("unknown annotation"));  // that is one of data sources
  EXPECT_THAT(source_error("env.fields.", "x"), HasSubstr("unknown annotation"));
  EXPECT_EQ(find_field_annotation("nope"), nullptr);
  EXPECT_EQ(find_source_annotation("views.modes.a")->key, "views.*");
}

TEST(Annotations, NamedFieldsMustExist) {
  TestSource t;
  EXPECT_EQ(field_error("columns.replace", "dst.endpoint", &t.source), "");
  EXPECT_EQ(field_error("columns.replace", "dst.endpont", &t.source),
            "annotation columns.replace: there is no field dst.endpont in data source open; did you mean "
            "dst.endpoint?");
  EXPECT_EQ(source_error("profiles.stack-fields", "comm,path", &t.source), "");
  EXPECT_THAT(source_error("profiles.stack-fields", "comm,nothing", &t.source),
              HasSubstr("no field nothing"));
}

TEST(Templates, EveryPresetIsMadeOfValidAnnotations) {
  for (const std::string& name : template_names()) {
    EXPECT_EQ(field_error("template", name), "");
    const Template* preset = find_template(name);
    ASSERT_NE(preset, nullptr);
    for (const auto& [key, value] : preset->annotations) EXPECT_EQ(field_error(key, value), "") << name;
  }
  EXPECT_EQ(template_names().size(), find_field_annotation("template")->words.size());
  EXPECT_EQ(find_template("nope"), nullptr);
}

TEST(Templates, NamedTemplateFillsWhatIsMissing) {
  TestSource t;
  Field* path = t.source.find("path");
  path->annotations["template"] = "timestamp";
  path->annotations["columns.width"] = "10";
  ASSERT_TRUE(apply_templates(t.source));
  EXPECT_EQ(path->annotation("columns.width"), "10");
  EXPECT_EQ(path->annotation("columns.maxwidth"), "35");
  EXPECT_TRUE(path->hidden());
}

TEST(Templates, TypeTagsApplyTheirPreset) {
  TestSource t;
  t.source.find("pid")->tags = {"type:gadget_pid", "type:__u32", "name:pid"};
  t.source.find("comm")->tags = {"type:gadget_comm", "type:char"};
  t.source.find("u64")->tags = {"type:gadget_mntns_id"};
  t.source.find("i32")->tags = {"type:gadget_ptid"};
  t.source.find("u8")->tags = {"name:gadget_pid"};
  ASSERT_TRUE(apply_templates(t.source));
  EXPECT_EQ(t.source.find("pid")->annotation("columns.minwidth"), "7");
  EXPECT_FALSE(t.source.find("pid")->hidden());
  EXPECT_EQ(t.source.find("comm")->annotation("columns.maxwidth"), "16");
  EXPECT_TRUE(t.source.find("u64")->hidden());
  EXPECT_TRUE(t.source.find("i32")->hidden());
  EXPECT_TRUE(t.source.find("u8")->annotations.empty());
}

TEST(Templates, WhatTheGadgetSaysWins) {
  TestSource t;
  Field* field = t.source.find("u64");
  field->tags = {"type:gadget_mntns_id"};
  field->annotations["columns.hidden"] = "false";
  field->flags |= kFlagHidden;
  Field* named = t.source.find("pid");
  named->tags = {"type:gadget_pid"};
  named->annotations["template"] = "uid";
  ASSERT_TRUE(apply_templates(t.source));
  EXPECT_FALSE(field->hidden());
  EXPECT_EQ(named->annotation("description"), "User ID");
  EXPECT_EQ(named->annotation("columns.minwidth"), "8");
}

TEST(Templates, ProcessStructsHaveNoColumnAndShortTitles) {
  TestSource t;
  Field* proc = t.source.find("proc");
  proc->tags = {"type:gadget_process"};
  Field& parent = t.scalar("parent", Kind::kBytes, 176, proc);
  parent.tags = {"type:gadget_parent"};
  t.chars("comm", 176, 16, &parent).tags = {"type:gadget_pcomm"};
  t.source.find("proc.tid")->annotations["columns.alias"] = "thread";
  ASSERT_TRUE(apply_templates(t.source));
  EXPECT_TRUE(proc->hidden());
  EXPECT_TRUE(parent.hidden());
  EXPECT_EQ(t.source.find("proc.comm")->annotation("columns.alias"), "comm");
  EXPECT_EQ(t.source.find("proc.tid")->annotation("columns.alias"), "thread");
  EXPECT_EQ(t.source.find("proc.parent.comm")->annotation("columns.alias"), "pcomm");
  EXPECT_TRUE(t.source.find("proc.parent.comm")->hidden());
}

TEST(Templates, AgainForFieldsAddedLater) {
  TestSource t;
  t.source.find("proc")->tags = {"type:gadget_process"};
  ASSERT_TRUE(apply_templates(t.source));
  ASSERT_TRUE(t.source.add_added_field("proc.user", Kind::kString));
  ASSERT_TRUE(apply_templates(t.source));
  EXPECT_EQ(t.source.find("proc.user")->annotation("columns.alias"), "user");
}

TEST(Templates, UnknownTemplate) {
  TestSource t;
  t.source.find("pid")->annotations["template"] = "timestmap";
  auto status = apply_templates(t.source);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().text(),
            "field pid of data source open: unknown template \"timestmap\"; did you mean timestamp?");
}

}  // namespace
}  // namespace gadgetry::data
