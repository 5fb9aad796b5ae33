#include "cli/text_diff.hpp"

#include <gtest/gtest.h>

namespace gadgetry::cli {
namespace {

TEST(TextDiff, ShowsWhatChangedWithTwoLinesAround) {
  TextDiff diff = diff_lines("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n", 40);
  EXPECT_EQ(diff.text, "@@ line 3\n 3\n 4\n-5\n+five\n 6\n 7\n");
  EXPECT_EQ(diff.removed, 1u);
  EXPECT_EQ(diff.added, 1u);
}

TEST(TextDiff, LeavesOutWhatIsTheSameBetweenTwoChanges) {
  TextDiff diff = diff_lines("a\n1\n2\n3\n4\n5\n6\nb\n", "1\n2\n3\n4\n5\n6\n", 40);
  EXPECT_EQ(diff.text, "@@ line 1\n-a\n 1\n 2\n@@ line 5\n 5\n 6\n-b\n");
  EXPECT_EQ(diff.removed, 2u);
}

TEST(TextDiff, CountsBeyondTheLinesThatAreShown) {
  std::string after;
  for (int i = 0; i < 100; i++) after += std::to_string(i) + "\n";
  TextDiff diff = diff_lines("", after, 10);
  EXPECT_EQ(diff.added, 100u);
  EXPECT_NE(diff.text.find("+9\n..."), std::string::npos) << diff.text;
  EXPECT_EQ(diff.text.find("+10\n"), std::string::npos);
}

TEST(TextDiff, TextsThatHaveNothingInCommonAndAreLarge) {
  std::string before;
  std::string after;
  for (int i = 0; i < 3000; i++) {
    before += "a" + std::to_string(i) + "\n";
    after += "b" + std::to_string(i) + "\n";
  }
  TextDiff diff = diff_lines(before, after, 10);
  EXPECT_EQ(diff.removed, 3000u);
  EXPECT_EQ(diff.added, 3000u);
}

TEST(TextDiff, OnlyTheLastNewline) {
  TextDiff diff = diff_lines("a\n", "a", 10);
  EXPECT_EQ(diff.added + diff.removed, 0u);
  EXPECT_EQ(diff.text, "only the newline at the end differs\n");
}

TEST(TextDiff, ControlCharactersAreShownSafely) {
  EXPECT_EQ(diff_lines("", "\x1b[31m\n", 10).text, "@@ line 1\n+\\x1b[31m\n");
}

}  // namespace
}  // namespace gadgetry::cli
