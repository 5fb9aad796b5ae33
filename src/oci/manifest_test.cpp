#include "oci/manifest.hpp"

#include <gtest/gtest.h>

namespace gadgetry::oci {
namespace {

const std::string kDigest = sha256("x").to_string();
const std::string kConfig = R"({"mediaType":"a/b","digest":")" + kDigest + R"(","size":1})";

std::string manifest_with(const std::string& extra) {
  return R"({"schemaVersion":2,"config":)" + kConfig + extra + "}";
}

TEST(Manifest, WritesKnownBytes) {
  Manifest manifest;
  manifest.artifact_type = media::kGadgetArtifact;
  manifest.config = {.media_type = "a/b",
                     .digest = sha256("x"),
                     .size = 1,
                     .artifact_type = "",
                     .annotations = {},
                     .platform = {}};
  manifest.layers.push_back(manifest.config);
  manifest.layers[0].annotations = {{"z", "1"}, {"a", "<\"&>"}};
  manifest.annotations = {{"k", "v"}};
  EXPECT_EQ(*serialize(manifest),
            R"({"schemaVersion":2,"artifactType":"application/vnd.gadget.v1+binary","config":)" + kConfig +
                R"(,"layers":[{"mediaType":"a/b","digest":")" + kDigest +
                R"(","size":1,"annotations":{"a":"<\"&>","z":"1"}}],"annotations":{"k":"v"}})");
}

TEST(Manifest, IndexWritesKnownBytes) {
  Index index;
  index.manifests.push_back({.media_type = std::string(media::kManifest),
                             .digest = sha256("x"),
                             .size = 1,
                             .artifact_type = "",
                             .annotations = {},
                             .platform = Platform{"linux", "amd64", ""}});
  EXPECT_EQ(*serialize(index),
            R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{)"
            R"("mediaType":"application/vnd.oci.image.manifest.v1+json","digest":")" +
                kDigest + R"(","size":1,"platform":{"architecture":"amd64","os":"linux"}}]})");
  EXPECT_EQ(*serialize(Index{}),
            R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]})");
}

TEST(Manifest, ReadsWhatItWrites) {
  Index index;
  index.artifact_type = "t";
  index.annotations = {{"k", "v"}};
  index.manifests.push_back({.media_type = "m",
                             .digest = sha256("x"),
                             .size = 7,
                             .artifact_type = "at",
                             .annotations = {{"x", "y"}},
                             .platform = Platform{"linux", "arm64", "v8"}});
  std::string bytes = *serialize(index);
  auto again = parse_index(bytes);
  ASSERT_TRUE(again.ok()) << again.error().text();
  EXPECT_EQ(*serialize(*again), bytes);
  EXPECT_EQ(again->manifests[0].platform->variant, "v8");
}

TEST(Manifest, AnnotationsMustBeUtf8) {
  Index index;
  index.annotations = {{"k", "\xff\xfe"}};
  EXPECT_FALSE(serialize(index).ok());
}

TEST(Manifest, RefusesWrongDocuments) {
  const std::vector<std::string> bad = {
      "",
      "{",
      "[]",
      "null",
      "{}",
      R"({"schemaVersion":1,"config":)" + kConfig + "}",
      R"({"schemaVersion":"2","config":)" + kConfig + "}",
      R"({"schemaVersion":2})",
      R"({"schemaVersion":2,"config":[]})",
      R"({"schemaVersion":2,"config":{}})",
      R"({"schemaVersion":2,"config":{"mediaType":"a/b","digest":")" + kDigest + R"(","size":-1}})",
      R"({"schemaVersion":2,"config":{"mediaType":"a/b","digest":")" + kDigest + R"(","size":1.5}})",
      R"({"schemaVersion":2,"config":{"mediaType":"a/b","digest":")" + kDigest +
          R"(","size":18446744073709551615}})",
      R"({"schemaVersion":2,"config":{"mediaType":"a/b","digest":"sha256:1","size":1}})",
      R"({"schemaVersion":2,"config":{"mediaType":"a/b","digest":"../../etc","size":1}})",
      R"({"schemaVersion":2,"config":{"mediaType":7,"digest":")" + kDigest + R"(","size":1}})",
      manifest_with(R"(,"layers":{})"),
      manifest_with(R"(,"layers":[1])"),
      manifest_with(R"(,"annotations":{"a":1})"),
      manifest_with(R"(,"annotations":[])"),
      manifest_with(R"(,"mediaType":"application/vnd.oci.image.index.v1+json")"),
      manifest_with(R"(,"x":)" + std::string(1000, '[') + std::string(1000, ']')),
      std::string(limits::kManifestBytes + 1, ' '),
  };
  for (const std::string& text : bad) EXPECT_FALSE(parse_manifest(text).ok()) << text.substr(0, 200);
  EXPECT_TRUE(parse_manifest(manifest_with("")).ok());
  EXPECT_TRUE(parse_manifest(manifest_with(R"(,"layers":null,"annotations":null,"future":[{}])")).ok());
  EXPECT_FALSE(parse_index(R"({"schemaVersion":2})").ok());
  EXPECT_TRUE(parse_index(R"({"schemaVersion":2,"manifests":null})").ok());
}

TEST(Manifest, LimitsEntries) {
  std::string list = kConfig;
  for (int i = 0; i < 20; ++i) list += "," + kConfig;
  std::string index = R"({"schemaVersion":2,"manifests":[)" + list + "]}";
  EXPECT_TRUE(parse_index(index).ok());
  EXPECT_FALSE(parse_index(index, 20).ok());
}

TEST(Manifest, ChildrenOfAnyDocument) {
  auto of_manifest = parse_children(manifest_with(R"(,"layers":[)" + kConfig + "]"));
  ASSERT_TRUE(of_manifest.ok());
  EXPECT_EQ(of_manifest->size(), 2u);
  auto of_list = parse_children(R"({"manifests":[)" + kConfig + "]}");
  ASSERT_TRUE(of_list.ok());
  EXPECT_EQ(of_list->size(), 1u);
  EXPECT_FALSE(parse_children("7").ok());
}

TEST(Manifest, LayoutFile) {
  EXPECT_TRUE(check_layout_file(kLayoutFileBytes).ok());
  EXPECT_FALSE(check_layout_file(R"({"imageLayoutVersion":"2.0.0"})").ok());
  EXPECT_FALSE(check_layout_file("{}").ok());
  EXPECT_FALSE(check_layout_file("").ok());
}

}  // namespace
}  // namespace gadgetry::oci
