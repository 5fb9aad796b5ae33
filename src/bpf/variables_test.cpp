#include "bpf/variables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bpf/test_objects.hpp"

namespace gadgetry::bpf {
namespace {

using testing::HasSubstr;

class VariablesTest : public testing::Test {
 protected:
  void SetUp() override {
    object_ = open_test_object("variables");
    ASSERT_NE(object_, nullptr);
  }
  const VariableDecl& decl(const std::string& name) {
    const Variable* found = object_->find_variable(name);
    if (found == nullptr) {
      ADD_FAILURE() << "no variable " << name;
      static const VariableDecl none;
      return none;
    }
    return found->decl;
  }
  std::string set(const std::string& name, const std::string& text) {
    auto status = object_->set_variable(name, text);
    if (!status.ok()) return "error: " + status.error().text();
    return *object_->variable_text(name);
  }

  std::unique_ptr<Object> object_;
};

TEST_F(VariablesTest, TypesAndDefaults) {
  const struct {
    const char* name;
    VariableType type;
    const char* type_name;
    uint32_t size;
    const char* value;
  } expected[] = {
      {"verbose", VariableType::kBool, "bool", 1, "true"},
      {"small", VariableType::kSigned, "int8", 1, "-5"},
      {"port", VariableType::kUnsigned, "uint16", 2, "443"},
      {"targ_uid", VariableType::kUnsigned, "uint32", 4, "4294967295"},
      {"family", VariableType::kSigned, "int32", 4, "-1"},
      {"threshold_ns", VariableType::kUnsigned, "uint64", 8, "10000000000"},
      {"offset", VariableType::kSigned, "int64", 8, "-9000000000"},
      {"targ_comm", VariableType::kString, "string", 16, "cat"},
      {"ratio", VariableType::kFloat, "float32", 4, "1.5"},
      {"factor", VariableType::kFloat, "float64", 8, "0.25"},
      {"peer", VariableType::kIp, "ip", 32, "0.0.0.0"},
      {"peer6", VariableType::kIp, "ip", 32, "::1"},
      {"policy", VariableType::kSigned, "int32", 4, "POLICY_DENY"},
      {"rights", VariableType::kUnsigned, "uint32", 4, "RIGHT_READ"},
      {"other", VariableType::kOther, "bytes", 8, ""},
      {"custom", VariableType::kUnsigned, "uint32", 4, "77"},
  };
  for (const auto& e : expected) {
    EXPECT_EQ(decl(e.name).type, e.type) << e.name;
    EXPECT_EQ(decl(e.name).type_name, e.type_name) << e.name;
    EXPECT_EQ(decl(e.name).size, e.size) << e.name;
    EXPECT_EQ(decl(e.name).default_value, e.value) << e.name;
  }
  EXPECT_EQ(object_->declarations().variables.size(), std::size(expected));
  EXPECT_TRUE(decl("targ_comm").is_param);
  EXPECT_FALSE(decl("port").is_param);
  EXPECT_THAT(decl("policy").value_names, testing::ElementsAre("POLICY_ALLOW", "POLICY_DENY", "POLICY_ODD"));
}

TEST_F(VariablesTest, OnlyGlobalConstVolatile) {
  for (const char* name : {"only_const", "only_volatile", "not_global"}) {
    EXPECT_EQ(object_->find_variable(name), nullptr) << name;
  }
}

TEST_F(VariablesTest, SetsWhatFits) {
  EXPECT_EQ(set("verbose", "false"), "false");
  EXPECT_EQ(set("small", "-128"), "-128");
  EXPECT_EQ(set("port", "0xffff"), "65535");
  EXPECT_EQ(set("threshold_ns", "18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(set("offset", "-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(set("targ_comm", "sixteen-letters!"), "sixteen-letters!");
  EXPECT_EQ(set("targ_comm", ""), "");
  EXPECT_EQ(set("ratio", "0.5"), "0.5");
  EXPECT_EQ(set("peer", "10.1.2.3"), "10.1.2.3");
  EXPECT_EQ(set("peer", "2001:db8::7"), "2001:db8::7");
  EXPECT_EQ(set("policy", "POLICY_ODD"), "POLICY_ODD");
  EXPECT_EQ(set("policy", "0"), "POLICY_ALLOW");
  EXPECT_EQ(set("policy", "9"), "9");
  EXPECT_EQ(set("rights", "RIGHT_READ|RIGHT_WRITE"), "3");
  EXPECT_EQ(set("custom", "78"), "78");
  const Variable* peer = object_->find_variable("peer");
  EXPECT_EQ(peer->bytes[0], 0x20);
  EXPECT_EQ(peer->bytes[16], 6);
}

TEST_F(VariablesTest, RefusesWhatDoesNotFit) {
  EXPECT_THAT(set("small", "128"), HasSubstr("variable small: value 128: out of range for int8"));
  EXPECT_THAT(set("small", "-129"), HasSubstr("out of range"));
  EXPECT_THAT(set("port", "-1"), HasSubstr("out of range for uint16"));
  EXPECT_THAT(set("threshold_ns", "18446744073709551616"), HasSubstr("out of range"));
  EXPECT_THAT(set("port", "http"), HasSubstr("not a number of type uint16"));
  EXPECT_THAT(set("port", ""), HasSubstr("not a number"));
  EXPECT_THAT(set("port", "-"), HasSubstr("not a number"));
  EXPECT_THAT(set("verbose", "maybe"), HasSubstr("not true or false"));
  EXPECT_THAT(set("targ_comm", "seventeen-letters"), HasSubstr("longer than 16 bytes"));
  EXPECT_THAT(set("peer", "10.1.2"), HasSubstr("not an IPv4 or IPv6 address"));
  EXPECT_THAT(set("factor", "1.2.3"), HasSubstr("not a number"));
  EXPECT_THAT(set("policy", "POLICY_DENI"), HasSubstr("did you mean POLICY_DENY?"));
  EXPECT_THAT(set("other", "1"), HasSubstr("no text form"));
  EXPECT_THAT(set("portt", "1"), HasSubstr("did you mean port?"));
  EXPECT_EQ(decl("port").default_value, "443");
  EXPECT_EQ(*object_->variable_text("port"), "443");
}

}  // namespace
}  // namespace gadgetry::bpf
