#include "cli/image_print.hpp"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

namespace gadgetry::cli {
namespace {

TEST(ImagePrint, Tables) {
  EXPECT_EQ(format_table({{"A", "LONG"}, {"wide", "x"}}), "A     LONG\nwide  x\n");
  EXPECT_EQ(format_table({}), "");
}

TEST(ImagePrint, Sizes) {
  EXPECT_EQ(format_size(0), "0 B");
  EXPECT_EQ(format_size(999), "999 B");
  EXPECT_EQ(format_size(1000), "1.0 kB");
  EXPECT_EQ(format_size(123456), "123 kB");
  EXPECT_EQ(format_size(99949), "99.9 kB");
  EXPECT_EQ(format_size(999999), "1.0 MB");
  EXPECT_EQ(format_size(UINT64_MAX), "18446744 TB");
}

TEST(ImagePrint, Ages) {
  const int64_t now = 1700000000;
  EXPECT_EQ(format_age("2023-11-14T22:13:20Z", now), "just now");
  EXPECT_EQ(format_age("2023-11-14T22:12:00Z", now), "1 minute ago");
  EXPECT_EQ(format_age("2023-11-12T00:00:00Z", now), "2 days ago");
  EXPECT_EQ(format_age("2020-11-12T00:00:00Z", now), "3 years ago");
  EXPECT_EQ(format_age("2033-11-12T00:00:00Z", now), "2033-11-12T00:00:00Z");
  EXPECT_EQ(format_age("1970-01-01T00:00:00Z", now), "-");
  EXPECT_EQ(format_age("", now), "-");
}

TEST(ImagePrint, YamlReadsBackAsTheSame) {
  Json value;
  value["plain"] = "media/type.v1+json";
  value["yes"] = "yes";
  value["number text"] = "12";
  value["empty"] = "";
  value["colon"] = "a: b";
  value["block"] = "one\n  two\n\nthree\n";
  value["no end"] = "one\ntwo";
  value["odd"] = " lead\ning";
  value["control"] = std::string("a\x1b[31m\nb");
  value["many"] = "a\n\n";
  value["n"] = 7;
  value["t"] = true;
  value["list"] = {"a", "b: c"};
  value["nothing"] = Json::array();
  value["none"] = Json::object();
  value["deep"]["er"]["block"] = "x\ny\n";
  value["objects"] =
      Json::array({{{"k", "v"}, {"list", {1, 2}}, {"text", "l1\nl2\n"}}, {{"k", Json::object()}}});
  std::string text = to_yaml(value);
  YAML::Node node = YAML::Load(text);
  for (const char* key :
       {"plain", "yes", "number text", "empty", "colon", "block", "no end", "odd", "control", "many"}) {
    EXPECT_EQ(node[key].as<std::string>(), value[key].get<std::string>()) << text;
  }
  EXPECT_EQ(node["n"].as<int>(), 7);
  EXPECT_EQ(node["t"].as<bool>(), true);
  EXPECT_EQ(node["list"][1].as<std::string>(), "b: c");
  EXPECT_EQ(node["nothing"].size(), 0u);
  EXPECT_TRUE(node["none"].IsMap());
  EXPECT_EQ(node["deep"]["er"]["block"].as<std::string>(), "x\ny\n");
  EXPECT_EQ(node["objects"][0]["text"].as<std::string>(), "l1\nl2\n");
  EXPECT_EQ(node["objects"][0]["list"][1].as<int>(), 2);
  EXPECT_TRUE(node["objects"][1]["k"].IsMap());
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(ImagePrint, Documents) {
  Json value = {{"a", "\xff"}};
  EXPECT_EQ(*format_document(value, "json"), "{\"a\":\"\xef\xbf\xbd\"}\n") << "never throws";
  EXPECT_TRUE(format_document(value, "jsonpretty").ok());
  EXPECT_FALSE(format_document(value, "xml").ok());
}

}  // namespace
}  // namespace gadgetry::cli
