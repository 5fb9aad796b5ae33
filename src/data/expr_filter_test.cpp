#include "data/expr_filter.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "base/limits.hpp"
#include "data/test_source.hpp"

namespace gadgetry::data {
namespace {

using testing::HasSubstr;

class ExprFilter : public testing::Test {
 protected:
  ExprFilter() {
    t.set<uint32_t>("pid", 123)
        .set<int32_t>("i32", -5)
        .set<int64_t>("i64", INT64_MIN)
        .set("u64", ~uint64_t{0});
    t.set<double>("f64", 2.5).set("flag", true).set_text("comm", "bash").set_text("path", "/etc/passwd");
    t.set_text("dst.addr", "10.1.2.3").set_text("dst.endpoint", "10.1.2.3:80").set_text("k8s.pod", "");
  }
  bool matches(std::string_view text) {
    auto program = compile_expr_filter(t.source, text);
    EXPECT_TRUE(program) << text << ": " << program.error().text();
    return program && program->matches(t.record());
  }
  std::string error(std::string_view text) {
    auto program = compile_expr_filter(t.source, text);
    EXPECT_FALSE(program) << text;
    return program ? "" : program.error().text();
  }
  void all(std::initializer_list<std::string_view> texts, bool expected) {
    for (std::string_view text : texts) EXPECT_EQ(matches(text), expected) << text;
  }
  TestSource t;
};

TEST_F(ExprFilter, Comparisons) {
  all({"pid == 123",     "pid != 124",          "pid < 124",      "pid <= 123",     "pid > 122",
       "pid >= 123",     "123 == pid",          "i32 < 0",        "comm == 'bash'", "comm == \"bash\"",
       "comm == `bash`", "comm < 'c'",          "comm >= 'bash'", "f64 == 2.5",     "f64 > 2",
       "f64 < 3",        "flag == true",        "flag != false",  "flag",           "true",
       "path != comm",   "flag == (pid == 123)"},
      true);
  all({"pid == 124", "pid != 123", "pid < 123", "pid > 123", "comm == 'Bash'", "comm < 'a'", "f64 != 2.5",
       "!flag", "flag == false", "false"},
      false);
}

TEST_F(ExprFilter, IntegersAreExact) {
  all({"u64 == 18446744073709551615",
       "u64 > i64",
       "i64 == -9223372036854775808",
       "u64 > 0",
       "i64 < u64",
       "u64 + 1 == 18446744073709551615 + 1",
       "u64 + 1 > u64",
       "i64 - 1 < i64",
       "-i64 == 9223372036854775808",
       "u64 * 2 > u64",
       "pid != -1",
       "i32 == -5",
       "i32 > -6",
       "u64 - u64 == 0",
       "i32 % 3 == -2",
       "pid % 10 == 3",
       "pid == 0x7b",
       "pid == 0b1111011",
       "pid == 0o173",
       "pid == 1_2_3"},
      true);
}

TEST_F(ExprFilter, ArithmeticPrecedence) {
  all({"1 + 2 * 3 == 7", "(1 + 2) * 3 == 9", "10 - 4 - 3 == 3", "-2 * -3 == 6", "- -2 == 2", "+2 == 2",
       "7 % 4 * 2 == 6", "7 / 2 == 3.5", "8 / 4 / 2 == 1", "2 * 0.5 == 1", "1.5e1 == 15", ".5 + .5 == 1",
       "pid / 2 == 61.5", "f64 * 2 == 5", "f64 - 1 == 1.5", "-f64 == -2.5", "i32 + pid == 118", "1 - -1 == 2",
       "f64 / 0 > 1e308"},
      true);
}

TEST_F(ExprFilter, LogicPrecedence) {
  all({"true or false and false", "true || false && false", "not false and true", "!false && true",
       "false or not false", "pid == 123 and comm == 'bash' or false", "not (pid == 1)",
       "not (true and false)", "not not true", "!!flag", "false and false or true", "true or true and false"},
      true);
  all({"(true or false) and false", "not true or false", "false or false", "true and not flag"}, false);
}

TEST_F(ExprFilter, ShortCircuit) {
  // What is on the other side has no value, which would make the record not match.
  all({"true or nums[i32 + 100] == 1", "pid == 123 or 1 % (pid - 123) == 0",
       "not (false and 1 % (pid - 123) == 0)"},
      true);
  all({"false or nums[i32 + 100] == 1", "true and 1 % (pid - 123) == 0", "not (1 % (pid - 123) == 0)",
       "nums[i32 + 100] == 1 or true"},
      false);
}

TEST_F(ExprFilter, LongRowsAreNotDeep) {
  std::string text = "pid == 123";
  for (int i = 0; i < 200; i++) text += " and pid == 123";
  EXPECT_TRUE(matches(text));
  for (size_t at = 0; (at = text.find("and", at)) != std::string::npos;) text.replace(at, 3, "or");
  EXPECT_TRUE(matches(text));
}

TEST_F(ExprFilter, InLists) {
  t.set<int32_t>("nums", 7, 2)
      .set_text("names", "zwei", 1)
      .set<float>("shares", 0.5f, 1)
      .set("flags", true, 2);
  all({"pid in [1, 123]",
       "pid in [1, 123,]",
       "comm in ['zsh', \"bash\"]",
       "pid not in [1, 2]",
       "not (pid in [1])",
       "pid in [pid]",
       "comm in ['x', path, comm]",
       "f64 in [1, 2.5]",
       "pid in [1.5, 123]",
       "flag in [true]",
       "i32 in [-5]",
       "i64 in [-9223372036854775808]",
       "u64 in [0xffffffffffffffff, 1]",
       "comm not in []",
       "7 in nums",
       "0 in nums",
       "i32 not in nums",
       "'zwei' in names",
       "'' in names",
       "'x' not in names",
       "0.5 in shares",
       "0 in shares",
       "true in flags",
       "false in flags",
       "lower('ZWEI') in names"},
      true);
  all({"pid in []", "pid in [1, 2]", "comm in ['x']", "8 in nums", "comm in names", "1.5 in shares"}, false);
}

TEST_F(ExprFilter, Ranges) {
  all({"pid in 123..123", "pid in 100..200", "pid not in 124..200", "i32 in -10..0", "pid in 1..pid",
       "pid in 60+3..2*100"},
      true);
  all({"pid in 200..100", "pid in 0..122"}, false);
}

TEST_F(ExprFilter, TextOperators) {
  all({"path contains 'etc'", "path startsWith '/etc'", "path endsWith 'wd'", "path contains ''",
       "path matches '^/e'", "path not contains 'x'", "path not startsWith 'etc'", "path not endsWith '/'",
       "comm not matches '^z'", "path contains lower('ETC')", "'bash' startsWith comm",
       "'' startsWith k8s.pod"},
      true);
  all({"path contains 'ETC'", "path startsWith 'etc'", "path endsWith 'x'", "path matches '^e'",
       "comm contains path"},
      false);
}

TEST_F(ExprFilter, Functions) {
  all({"len(comm) == 4", "len(nums) == 4", "len(args) == 3", "len([1, 2]) == 2", "len(blob) == 8",
       "len('caf\xc3\xa9') == 4", "lower('AbC1\xc3\x89') == 'abc1\xc3\x89'", "upper(comm) == 'BASH'",
       "lower(upper(comm)) == comm", "len(k8s.pod) == 0"},
      true);
}

TEST_F(ExprFilter, LongTextIsChangedWhole) {
  std::string text(10000, 'A');
  t.set_text("path", text);
  EXPECT_TRUE(matches(
      "lower(path) == lower(lower(path)) and lower(path) endsWith 'aaaa' and len(lower(path)) == 10000"));
  EXPECT_TRUE(matches("not (lower(path) contains 'A')"));
}

TEST_F(ExprFilter, Networks) {
  all({"dst.addr in cidr('10.0.0.0/8')", "dst in cidr('10.0.0.0/8')", "dst.addr not in cidr('11.0.0.0/8')",
       "dst.addr in cidr('192.168.0.0/16', '10.1.2.3')", "dst.addr in cidr('0.0.0.0/0')",
       "'10.1.2.200' in cidr('10.1.2.128/25')", "'fd00::1' in cidr('fd00::/8')",
       "'::ffff:10.0.0.1' in cidr('10.0.0.0/8')", "'fe80::1' not in cidr('fd00::/8')",
       "'10.0.0.1' in cidr('::/0')", "'10.0.0.1' in cidr('::ffff:0:0/96')"},
      true);
  all({"comm in cidr('0.0.0.0/0')", "k8s.pod in cidr('0.0.0.0/0')", "'10.1.2.100' in cidr('10.1.2.128/25')",
       "'fd00::1' in cidr('0.0.0.0/0')", "'1.2.3.4:80' in cidr('0.0.0.0/0')", "'::1' in cidr('10.0.0.0/8')"},
      false);
}

TEST_F(ExprFilter, Elements) {
  t.set<int32_t>("nums", -9, 0).set<int32_t>("nums", 11, 3).set<uint8_t>("u8", 3).set_text("names", "a", 1);
  uint32_t second = element_base(*t.source.find("args"), 1);
  t.set<uint16_t>("args.len", 77, 0, second).set<uint8_t>("args.kinds", 4, 3, second);
  t.set<int16_t>("args.parts.x", -6, 0, element_base(*t.source.find("args.parts"), 1, second));
  all({"nums[0] == -9", "nums[3] == 11", "nums[-1] == 11", "nums[u8] == 11", "nums[u8 - 3] < 0",
       "names[1] == 'a'", "args[1].len == 77", "args[0].len == 0", "args[1].kinds[3] == 4",
       "4 in args[1].kinds", "4 not in args[0].kinds", "args[1].parts[1].x == -6",
       "args[u8 - 2].parts[-1].x == -6", "len(args[0].parts) == 2", "$env['nums'][0] == -9",
       "$env['proc.tid'] == 0", "nums[nums[3] - 11] == -9"},
      true);
  t.set<uint8_t>("u8", 4);
  all({"nums[u8] == 0", "nums[u8] != 0", "args[u8].len == 0", "nums[-u8 - 1] == 0"},
      false);  // there is no such element
}

TEST_F(ExprFilter, TextLiterals) {
  t.set_text("path", "a\"b'c\\d\n\t\x01\xc3\xa9\xf0\x9f\x90\xa7");
  EXPECT_TRUE(matches(R"(path == "a\"b'c\\d\n\t\x01\u00e9\U0001F427")"));
  EXPECT_TRUE(matches(R"(path startsWith 'a"b\'c')"));
  EXPECT_TRUE(matches(R"(path matches `\\d`)"));
  EXPECT_TRUE(matches("path contains '\xf0\x9f\x90\xa7'"));
}

TEST_F(ExprFilter, NotANumber) {
  t.set<double>("f64", std::nan(""));
  all({"f64 == f64", "f64 < 1", "f64 > 1", "f64 in [1.5]"}, false);
  all({"f64 != f64", "not (f64 < 1)"}, true);
}

TEST_F(ExprFilter, ErrorsPointAtThePlace) {
  EXPECT_EQ(error("pid > 1 && comn == 'x'").substr(0, error("pid > 1 && comn == 'x'").find(';')),
            "line 1, column 12: unknown field \"comn\" of data source open\n"
            "  pid > 1 && comn == 'x'\n"
            "             ^~~~");
  EXPECT_THAT(error("comm == 'caf\xc3\xa9' or\n  pid == x"),
              HasSubstr("line 2, column 10: unknown field \"x\""));
  EXPECT_THAT(error("comm == 'caf\xc3\xa9' or x"), HasSubstr("line 1, column 19: unknown field \"x\""));
  EXPECT_THAT(error("pid =="), HasSubstr("column 7: the expression ends here; expected a field"));
  EXPECT_THAT(error("\tpid = 1"), HasSubstr("\n  \\x09pid = 1\n          ^"));
}

TEST_F(ExprFilter, SyntaxErrors) {
  EXPECT_THAT(error(""), HasSubstr("the expression is empty"));
  EXPECT_THAT(error("  "), HasSubstr("the expression is empty"));
  EXPECT_THAT(error("pid = 1"), HasSubstr("use == to compare"));
  EXPECT_THAT(error("flag & flag"), HasSubstr("use && or and"));
  EXPECT_THAT(error("flag | flag"), HasSubstr("use || or or"));
  EXPECT_THAT(error("(pid == 1"), HasSubstr("expected \")\""));
  EXPECT_THAT(error("pid == 1)"), HasSubstr("unexpected )"));
  EXPECT_THAT(error("pid == 1 pid"), HasSubstr("unexpected pid; expected an operator"));
  EXPECT_THAT(error("pid in [1 2]"), HasSubstr("expected \",\""));
  EXPECT_THAT(error("pid in [1,"), HasSubstr("the expression ends here"));
  EXPECT_THAT(error("comm == 'x"), HasSubstr("the text has no end: ' is missing"));
  EXPECT_THAT(error("comm == `x"), HasSubstr("` is missing"));
  EXPECT_THAT(error("comm == '\\q'"), HasSubstr("unknown escape"));
  EXPECT_THAT(error("comm == '\\x4'"), HasSubstr("not a character code"));
  EXPECT_THAT(error("comm == '\\ud800'"), HasSubstr("not a character code"));
  EXPECT_THAT(error("comm == '\\"), HasSubstr("column"));
  EXPECT_THAT(error("pid == 1x"), HasSubstr("not a number"));
  EXPECT_THAT(error("pid == 0x"), HasSubstr("not a number"));
  EXPECT_THAT(error("pid == 18446744073709551616"), HasSubstr("does not fit in 64 bits"));
  EXPECT_THAT(error("pid == @"), HasSubstr("this character has no meaning"));
  EXPECT_THAT(error("and"), HasSubstr("unexpected and"));
  EXPECT_THAT(error("pid == nil"), HasSubstr("nil is never the value"));
  EXPECT_THAT(error("pid not 1"), HasSubstr("unexpected not"));
  EXPECT_THAT(error("$env[pid] == 1"), HasSubstr("in quotes"));
  EXPECT_THAT(error("pid == 1 ? true : false"), HasSubstr("no meaning"));
}

TEST_F(ExprFilter, TypeErrors) {
  EXPECT_THAT(error("comm"), HasSubstr("comm is text (cstring): a filter must be a condition"));
  EXPECT_THAT(error("pid + 1"), HasSubstr("must be a condition"));
  EXPECT_THAT(error("pid == 'a'"),
              HasSubstr("pid is a number (uint32), this is text: they cannot be compared"));
  EXPECT_THAT(error("comm == 1"), HasSubstr("put quotes around text"));
  EXPECT_THAT(error("flag == 1"), HasSubstr("join conditions with and, or, not"));
  EXPECT_THAT(error("1 < pid < 3"), HasSubstr("join conditions"));
  EXPECT_THAT(error("flag < true"), HasSubstr("conditions have no order"));
  EXPECT_THAT(error("not pid == 1"), HasSubstr("write not (a == b)"));
  EXPECT_THAT(error("pid and true"), HasSubstr("and needs conditions"));
  EXPECT_THAT(error("-comm == 1"), HasSubstr("- needs a number"));
  EXPECT_THAT(error("comm + 1 == 1"), HasSubstr("+ needs numbers"));
  EXPECT_THAT(error("f64 % 2 == 1"), HasSubstr("% needs whole numbers"));
  EXPECT_THAT(error("pid % 0 == 1"), HasSubstr("no remainder by zero"));
  EXPECT_THAT(error("pid contains 'x'"), HasSubstr("contains needs text on both sides"));
  EXPECT_THAT(error("comm matches path"), HasSubstr("must be written out"));
  EXPECT_THAT(error("comm matches '('"), HasSubstr("missing )"));
  EXPECT_THAT(error("comm in ['a', 1]"), HasSubstr("cannot be compared"));
  EXPECT_THAT(error("comm in 1..2"), HasSubstr("only a whole number"));
  EXPECT_THAT(error("pid in 1.5..2"), HasSubstr("whole numbers as ends"));
  EXPECT_THAT(error("pid in comm"), HasSubstr("in needs a list"));
  EXPECT_THAT(error("'a' in nums"), HasSubstr("each is a number"));
  EXPECT_THAT(error("pid in cidr('10.0.0.0/8')"), HasSubstr("only an address"));
  EXPECT_THAT(error("dst.addr == cidr('10.0.0.0/8')"), HasSubstr("this is a network"));
  EXPECT_THAT(error("dst.addr in cidr('10.0.0.0/33')"), HasSubstr("is not a network"));
  EXPECT_THAT(error("dst.addr in cidr('x')"), HasSubstr("is not a network"));
  EXPECT_THAT(error("dst.addr in cidr(path)"), HasSubstr("written out in quotes"));
  EXPECT_THAT(error("dst.addr in cidr()"), HasSubstr("needs a network"));
  EXPECT_THAT(error("size(comm) == 1"), HasSubstr("unknown function \"size\""));
  EXPECT_THAT(error("len(pid) == 1"), HasSubstr("len() needs text or an array"));
  EXPECT_THAT(error("lower(pid) == 'x'"), HasSubstr("lower() needs text"));
  EXPECT_THAT(error("len(comm, comm) == 1"), HasSubstr("takes one argument"));
  EXPECT_THAT(error("nums == 1"), HasSubstr("write nums[0], or VALUE in nums"));
  EXPECT_THAT(error("nums[4] == 1"), HasSubstr("nums has 4 elements"));
  EXPECT_THAT(error("nums[-5] == 1"), HasSubstr("nums has 4 elements"));
  EXPECT_THAT(error("nums['a'] == 1"), HasSubstr("an index is a whole number"));
  EXPECT_THAT(error("pid[0] == 1"), HasSubstr("only arrays have elements"));
  EXPECT_THAT(error("args == 1"), HasSubstr("write args[0].len"));
  EXPECT_THAT(error("args[0] == 1"), HasSubstr("write args[0].len"));
  EXPECT_THAT(error("args.len == 1"), HasSubstr("write args[0].len"));
  EXPECT_THAT(error("args[0].nope == 1"), HasSubstr("members of args are len, kinds, parts"));
  EXPECT_THAT(error("args[0].parts.x == 1"), HasSubstr("write parts[0]"));
  EXPECT_THAT(error("args[0]. == 1"), HasSubstr("the name of a member"));
  EXPECT_THAT(error("comm.x == 1"), HasSubstr("unknown field \"comm.x\""));
  EXPECT_THAT(error("(comm).x == 1"), HasSubstr("it has no members"));
  EXPECT_THAT(error("proc == 1"), HasSubstr("write proc.comm"));
  EXPECT_THAT(error("blob == 'x'"), HasSubstr("holds raw bytes"));
}

TEST_F(ExprFilter, Limits) {
  std::string nested(100, '(');
  EXPECT_THAT(error(nested + "flag" + std::string(100, ')')), HasSubstr("nested deeper than 64"));
  EXPECT_THAT(error(std::string(10000, '!') + "flag"), HasSubstr("nested deeper than 64"));
  std::string sum = "pid";
  for (int i = 0; i < 80; i++) sum += " + pid";
  EXPECT_THAT(error(sum + " > 1"), HasSubstr("nested deeper than 64"));
  std::string many = "flag";
  for (int i = 0; i < 2000; i++) many += " or flag";
  EXPECT_THAT(error(many), HasSubstr("more than 1024 parts"));
  EXPECT_THAT(error(std::string(limits::kFilterBytes + 1, ' ')), HasSubstr("longer than"));
  EXPECT_THAT(error("comm matches '((a{1000}){1000}){1000}'"), HasSubstr("regular expression"));
}

TEST_F(ExprFilter, MarksWhatItReads) {
  auto program = compile_expr_filter(
      t.source, "lower(comm) == 'x' or args[u8].len in [pid] or dst in cidr('::/0') or 1 in nums");
  ASSERT_TRUE(program) << program.error().text();
  program->mark_needed();
  for (const char* name : {"comm", "args", "args.len", "u8", "pid", "dst.addr", "nums"}) {
    EXPECT_TRUE(t.source.find(name)->needed) << name;
  }
  for (const char* name : {"path", "dst.endpoint", "args.kinds", "i32"})
    EXPECT_FALSE(t.source.find(name)->needed) << name;
}

TEST_F(ExprFilter, ProgramsCanBeMoved) {
  auto program =
      compile_expr_filter(t.source, "comm in ['bash'] and path matches '^/' and path contains 'etc'");
  ASSERT_TRUE(program);
  FilterProgram moved = std::move(program).value();
  std::vector<FilterProgram> many;
  many.push_back(std::move(moved));
  many.push_back(std::move(*compile_expr_filter(t.source, "pid == 1")));
  EXPECT_TRUE(many[0].matches(t.record()));
  EXPECT_FALSE(many[1].matches(t.record()));
}

TEST_F(ExprFilter, FieldsMayMoveAfterCompiling) {
  auto program = compile_expr_filter(t.source, "pid == 9");
  ASSERT_TRUE(program);
  t.source.move_to_added(*t.source.find("pid"));
  t.set<uint32_t>("pid", 9);
  EXPECT_TRUE(program->matches(t.record()));
}

}  // namespace
}  // namespace gadgetry::data
