#include "data/simple_filter.hpp"

#include <gmock/gmock.h>

#include "base/limits.hpp"
#include "data/test_source.hpp"

namespace gadgetry::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SimpleFilter : public testing::Test {
 protected:
  bool matches(std::string_view text) {
    auto program = compile_simple_filter(t.source, text);
    EXPECT_TRUE(program) << text << ": " << program.error().text();
    return program && program->matches(t.record());
  }
  std::string error(std::string_view text) {
    auto program = compile_simple_filter(t.source, text);
    EXPECT_FALSE(program) << text;
    return program ? "" : program.error().text();
  }
  TestSource t;
};

TEST_F(SimpleFilter, EveryOperatorOnIntegers) {
  t.set<uint32_t>("pid", 123);
  EXPECT_TRUE(matches("pid=123"));
  EXPECT_TRUE(matches("pid==123"));
  EXPECT_FALSE(matches("pid==124"));
  EXPECT_TRUE(matches("pid!=124"));
  EXPECT_FALSE(matches("pid!=123"));
  EXPECT_TRUE(matches("pid>122"));
  EXPECT_FALSE(matches("pid>123"));
  EXPECT_TRUE(matches("pid>=123"));
  EXPECT_FALSE(matches("pid>=124"));
  EXPECT_TRUE(matches("pid<124"));
  EXPECT_FALSE(matches("pid<123"));
  EXPECT_TRUE(matches("pid<=123"));
  EXPECT_FALSE(matches("pid<=122"));
  EXPECT_TRUE(matches("pid==0x7b"));
}

TEST_F(SimpleFilter, SignednessIsThatOfTheField) {
  t.set<int32_t>("i32", -5).set<uint64_t>("u64", ~uint64_t{0}).set<int64_t>("i64", INT64_MIN);
  EXPECT_TRUE(matches("i32<0"));
  EXPECT_TRUE(matches("i32==-5"));
  EXPECT_TRUE(matches("u64>0"));
  EXPECT_TRUE(matches("u64==18446744073709551615"));
  EXPECT_TRUE(matches("u64>=0x8000000000000000"));
  EXPECT_TRUE(matches("i64==-9223372036854775808"));
}

TEST_F(SimpleFilter, TextIsComparedByteByByte) {
  t.set_text("comm", "abc").set_text("path", "");
  EXPECT_TRUE(matches("comm==abc"));
  EXPECT_FALSE(matches("comm==ab"));
  EXPECT_TRUE(matches("comm!=def"));
  EXPECT_TRUE(matches("comm<=def"));
  EXPECT_FALSE(matches("comm>=def"));
  EXPECT_TRUE(matches("comm>ab"));
  EXPECT_TRUE(matches("comm>ABC"));
  EXPECT_TRUE(matches("path=="));
  EXPECT_FALSE(matches("comm=="));
  EXPECT_FALSE(matches("comm== abc"));  // a space belongs to the text
  t.set_text("comm", "caf\xc3\xa9");
  EXPECT_TRUE(matches("comm==caf\xc3\xa9"));
}

TEST_F(SimpleFilter, RegularExpressions) {
  t.set_text("comm", "bash");
  EXPECT_TRUE(matches("comm~^ba.*$"));
  EXPECT_TRUE(matches("comm~as"));
  EXPECT_FALSE(matches("comm~^as"));
  EXPECT_TRUE(matches("comm!~zsh"));
  EXPECT_FALSE(matches("comm!~sh$"));
  EXPECT_TRUE(matches("comm~\\w{4}"));
  EXPECT_TRUE(matches("comm~^(ba|z)sh$"));
}

TEST_F(SimpleFilter, CommasAndBackslashes) {
  t.set_text("path", "a,b\\c");
  EXPECT_TRUE(matches("path==a\\,b\\c"));
  EXPECT_TRUE(matches("path~^a\\,b.c$,pid==0"));
  EXPECT_TRUE(matches(",,pid==0, ,"));
}

TEST_F(SimpleFilter, AllRulesMustHold) {
  t.set_text("comm", "abc").set<int64_t>("i64", 123).set<double>("f64", 456).set("flag", true);
  EXPECT_TRUE(matches("comm==abc,i64==123,f64==456.0,flag==true"));
  EXPECT_FALSE(matches("comm==abc,i64==123,f64==456.0,flag==false"));
  EXPECT_FALSE(matches("comm==x,i64==123"));
}

TEST_F(SimpleFilter, BooleansAndFractions) {
  t.set("flag", true).set<float>("f32", 0.5f).set<double>("f64", -1e300);
  for (const char* text :
       {"flag==true", "flag=1", "flag!=false", "flag!=0", "f32==0.5", "f32>0", "f64<-1e299", "f64<=0"}) {
    EXPECT_TRUE(matches(text)) << text;
  }
}

TEST_F(SimpleFilter, BitFieldsAndMembers) {
  t.set<uint32_t>("low", 21u | 0x7du << 5)
      .set_text("proc.comm", "init")
      .set_text("dst.endpoint", "10.0.0.1:80");
  EXPECT_TRUE(matches("low==21,high==-3"));
  EXPECT_TRUE(matches("proc.comm==init"));
  EXPECT_TRUE(matches("dst==10.0.0.1:80"));
}

TEST_F(SimpleFilter, NoRulesMatchEverything) {
  EXPECT_TRUE(matches(""));
  EXPECT_TRUE(matches(" , "));
}

TEST_F(SimpleFilter, RulesMayNameTheirDataSource) {
  t.set<uint32_t>("pid", 1);
  EXPECT_TRUE(matches("open:pid==1"));
  EXPECT_FALSE(matches("open : pid==2"));
  EXPECT_TRUE(matches("exec:whatever==2,open:pid==1"));  // that of another source is not for this one
  auto names = simple_filter_sources("exec:a==1,pid==2,open:b~:x,exec:c==d:e");
  ASSERT_TRUE(names);
  EXPECT_THAT(*names, ElementsAre("exec", "open"));
}

TEST_F(SimpleFilter, ErrorsNameTheColumnAndWhatIsAllowed) {
  EXPECT_EQ(error("pid==1,incomplete"),
            "column 8: \"incomplete\" has no operator; a rule is FIELD OPERATOR VALUE; operators are == = != "
            "> >= < <= ~ !~");
  EXPECT_THAT(error("pid===1"), HasSubstr("column 4: unknown operator \"===\""));
  EXPECT_THAT(error("pid!==1"), HasSubstr("unknown operator \"!==\""));
  EXPECT_THAT(error("pid!1"), HasSubstr("unknown operator \"!\""));
  EXPECT_THAT(error("==1"), HasSubstr("column 1: no field"));
  EXPECT_THAT(error(":pid==1"), HasSubstr("no data source"));
  EXPECT_THAT(error("open:==1"), HasSubstr("no field"));
  EXPECT_THAT(error("flag==1,pidd==1"), HasSubstr("column 9: unknown field \"pidd\""));
  EXPECT_THAT(
      error("pid==abc"),
      HasSubstr("pid is a number (uint32), and \"abc\" is not; use a whole number from 0 to 4294967295"));
  EXPECT_THAT(error("pid=="), HasSubstr("is not"));
  EXPECT_THAT(error("pid==-1"), HasSubstr("pid cannot be -1; use a whole number from 0 to 4294967295"));
  EXPECT_THAT(error("pid==4294967296"), HasSubstr("cannot be 4294967296"));
  EXPECT_THAT(error("i8==128"), HasSubstr("from -128 to 127"));
  EXPECT_THAT(error("low==32"), HasSubstr("from 0 to 31"));
  EXPECT_THAT(error("high==64"), HasSubstr("from -64 to 63"));
  EXPECT_THAT(error("i64==9223372036854775808"),
              HasSubstr("from -9223372036854775808 to 9223372036854775807"));
  EXPECT_THAT(error("u64==18446744073709551616"), HasSubstr("is not"));
  EXPECT_THAT(error("pid==1.5"), HasSubstr("is not"));
  EXPECT_THAT(error("pid==--1"), HasSubstr("is not"));
  EXPECT_THAT(error("pid~1"), HasSubstr("pid is a number: ~ needs text"));
  EXPECT_THAT(error("flag>true"), HasSubstr("has no order"));
  EXPECT_THAT(error("flag==yes"), HasSubstr("use true, false, 1 or 0"));
  EXPECT_THAT(error("f64==x"), HasSubstr("f64 is a fraction"));
  EXPECT_THAT(error("proc==1"), HasSubstr("is a struct"));
  EXPECT_THAT(error("blob==1"), HasSubstr("raw bytes"));
  EXPECT_THAT(error("nums==1"), HasSubstr("value in nums"));
  EXPECT_THAT(error("args.len==1"), HasSubstr("args[0].len"));
}

TEST_F(SimpleFilter, BadPatterns) {
  EXPECT_THAT(error("comm~???a"), HasSubstr("column 1: regular expression \"???a\""));
  EXPECT_THAT(error("comm~(a"), HasSubstr("missing )"));
  EXPECT_THAT(error("comm~((a{1000}){1000}){1000}"), HasSubstr("regular expression"));
  EXPECT_THAT(error("comm~" + std::string(limits::kPatternBytes + 1, 'a')),
              HasSubstr("longer than 4096 bytes"));
  EXPECT_THAT(error("comm~\xff"), HasSubstr("UTF-8"));
}

TEST_F(SimpleFilter, Limits) {
  std::string many = "comm~a";
  for (size_t i = 0; i < limits::kFilterPatterns; i++) many += ",comm~a";
  EXPECT_THAT(error(many), HasSubstr("more than 64 regular expressions"));
  std::string rules;
  for (size_t i = 0; i < 200; i++) rules += "pid!=1,";
  EXPECT_TRUE(matches(rules));
  for (size_t i = 0; i < 200; i++) rules += "pid!=1,";
  EXPECT_THAT(error(rules), HasSubstr("more than 1024 parts"));
  EXPECT_THAT(error("comm==" + std::string(limits::kFilterBytes, 'a')), HasSubstr("longer than"));
}

TEST_F(SimpleFilter, MarksWhatItReads) {
  auto program = compile_simple_filter(t.source, "pid==1,dst==x");
  ASSERT_TRUE(program);
  program->mark_needed();
  EXPECT_TRUE(t.source.find("pid")->needed);
  EXPECT_TRUE(t.source.find("dst.endpoint")->needed);
  EXPECT_FALSE(t.source.find("comm")->needed);
}

TEST_F(SimpleFilter, ShortSamplesAreZeroBehindTheirEnd) {
  t.set<uint32_t>("pid", 7).set_text("comm", "x");
  auto program = compile_simple_filter(t.source, "pid==0,comm==");
  ASSERT_TRUE(program);
  EXPECT_FALSE(program->matches(t.record()));
  EXPECT_TRUE(program->matches(t.record(10)));
}

}  // namespace
}  // namespace gadgetry::data
