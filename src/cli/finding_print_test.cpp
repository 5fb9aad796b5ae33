#include "cli/finding_print.hpp"

#include <gtest/gtest.h>

namespace gadgetry::cli {
namespace {

using bpf::Answer;

std::vector<bpf::FindingSection> sections() {
  return {{"programs",
           "Programs",
           {{.name = "tp", .answer = Answer::kYes, .is_needed = true},
            {.name = "raw_tp", .answer = Answer::kYes},
            {.name = "fentry", .answer = Answer::kNo, .detail = "refused", .fix = "boot another"},
            {.name = "fexit", .answer = Answer::kNo, .detail = "refused", .fix = "boot another"},
            {.name = "kprobe",
             .answer = Answer::kNo,
             .detail = "no\033[31m kprobes",
             .fix = "CONFIG_KPROBES=y",
             .is_needed = true}}},
          {"limits", "Limits", {{.name = "open files", .answer = Answer::kInfo, .detail = "1024"}}}};
}

TEST(Findings, AreATableForPeople) {
  EXPECT_EQ(format_sections(sections(), false),
            "Programs (2 of 5)\n"
            "  yes      tp, raw_tp\n"
            "  no       fentry, fexit\n"
            "           refused\n"
            "           -> boot another\n"
            "  no       kprobe  no\\x1b[31m kprobes\n"
            "           -> CONFIG_KPROBES=y\n"
            "\n"
            "Limits\n"
            "  -        open files  1024\n"
            "\n");
  EXPECT_NE(format_sections(sections(), true).find("\033[32myes\033[0m      tp"), std::string::npos);
}

TEST(Findings, AreJson) {
  const Json json = findings_json(sections()[0].findings);
  ASSERT_EQ(json.size(), 5u);
  EXPECT_EQ(json[0].dump(), R"({"name":"tp","status":"yes","needed":true})");
  EXPECT_EQ(json[2].dump(),
            R"({"name":"fentry","status":"no","detail":"refused","fix":"boot another","needed":false})");
}

TEST(Findings, WhatIsNeededAndMissingIsNamed) {
  EXPECT_EQ(missing_needs(sections()), std::vector<std::string>{"programs: kprobe"});
}

}  // namespace
}  // namespace gadgetry::cli
