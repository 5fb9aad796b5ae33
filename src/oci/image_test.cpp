#include "oci/image.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "oci/test_support.hpp"

namespace gadgetry::oci {
namespace {

TEST(Image, LoadsWhatWasBuilt) {
  TestFolder folder;
  LayoutStore store = open_store(folder / "s");
  Descriptor built = *build_image(store, as_ref("tool"), sample_input());
  auto image = load_image(store, as_ref("tool"), "amd64");
  ASSERT_TRUE(image.ok()) << image.error().text();
  EXPECT_EQ(image->reference, "ghcr.io/inspektor-gadget/gadget/tool:latest");
  EXPECT_EQ(image->ebpf, "amd object");
  EXPECT_EQ(image->wasm, "wasm object");
  EXPECT_EQ(image->btfgen, "");
  EXPECT_EQ(image->metadata, "name: sample\n");
  EXPECT_EQ(image->builder_version, "v1.0.0");
  EXPECT_EQ(image->digest, built.digest);
  EXPECT_EQ(image->annotations.at("extra"), "1");
  EXPECT_EQ(image->annotations.at("org.opencontainers.image.title"), "sample");
  EXPECT_EQ(load_image(store, as_ref("tool"), "arm64")->ebpf, "arm object");
  EXPECT_FALSE(image->manifest_digest == load_image(store, as_ref("tool"), "arm64")->manifest_digest);
}

TEST(Image, HasTheShapeOthersExpect) {
  TestFolder folder;
  LayoutStore store = open_store(folder / "s");
  BuildInput input = sample_input();
  input.archs[0].btfgen = "btf";
  Descriptor built = *build_image(store, as_ref("tool"), input);
  Index index = *parse_index(*get_blob(store, built, 1 << 20));
  ASSERT_EQ(index.manifests.size(), 2u);
  EXPECT_EQ(index.manifests[0].platform->architecture, "amd64");
  EXPECT_EQ(index.manifests[1].platform->architecture, "arm64");
  EXPECT_EQ(index.manifests[1].platform->os, "linux");
  std::string text = *get_blob(store, index.manifests[1], 1 << 20);
  EXPECT_TRUE(
      text.starts_with(R"({"schemaVersion":2,"artifactType":"application/vnd.gadget.v1+binary","config":{)"));
  Manifest manifest = *parse_manifest(text);
  EXPECT_EQ(manifest.config.media_type, media::kGadgetConfig);
  ASSERT_EQ(manifest.layers.size(), 3u);
  EXPECT_EQ(manifest.layers[0].media_type, media::kEbpf);
  EXPECT_EQ(manifest.layers[1].media_type, media::kWasm);
  EXPECT_EQ(manifest.layers[2].media_type, media::kBtfgen);
  for (const Annotations* annotations : {&manifest.config.annotations, &manifest.annotations,
                                         &index.manifests[1].annotations, &index.annotations}) {
    EXPECT_EQ(annotations->size(), 5u);
    EXPECT_EQ(annotations->at("org.opencontainers.image.created"), "1970-01-01T00:00:00Z");
  }
}

TEST(Image, IsReproducible) {
  TestFolder folder;
  LayoutStore one = open_store(folder / "one");
  LayoutStore two = open_store(folder / "two");
  BuildInput input = sample_input();
  Descriptor first = *build_image(one, as_ref("a"), input);
  std::swap(input.archs[0], input.archs[1]);
  EXPECT_EQ(build_image(two, as_ref("b"), input)->digest, first.digest);
  ::setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
  auto later = build_image(two, as_ref("b"), input);
  ::setenv("SOURCE_DATE_EPOCH", "yesterday", 1);
  auto bad = build_image(two, as_ref("b"), input);
  ::unsetenv("SOURCE_DATE_EPOCH");
  EXPECT_EQ(later->annotations.at("org.opencontainers.image.created"), "2023-11-14T22:13:20Z");
  EXPECT_FALSE(bad.ok());
}

TEST(Image, WithoutMetadata) {
  TestFolder folder;
  LayoutStore store = open_store(folder / "s");
  BuildInput input = sample_input();
  input.metadata.reset();
  Descriptor built = *build_image(store, as_ref("tool"), input);
  EXPECT_EQ(built.annotations.size(), 1u) << "only the time";
  auto image = load_image(store, as_ref("tool"), "amd64");
  ASSERT_TRUE(image.ok()) << image.error().text();
  EXPECT_EQ(image->metadata, "");
}

TEST(Image, RefusesUselessInput) {
  TestFolder folder;
  LayoutStore store = open_store(folder / "s");
  BuildInput input;
  EXPECT_FALSE(build_image(store, as_ref("a"), input).ok());
  input.archs = {{"amd64", "", ""}};
  EXPECT_FALSE(build_image(store, as_ref("a"), input).ok());
  input.metadata = "name: x\n";
  EXPECT_TRUE(build_image(store, as_ref("a"), input).ok()) << "metadata only";
  input.archs.push_back(input.archs[0]);
  EXPECT_FALSE(build_image(store, as_ref("a"), input).ok());
  EXPECT_FALSE(build_image(store, as_ref("a@" + sha256("x").to_string()), sample_input()).ok());
  input = sample_input();
  input.description = "\xff";
  EXPECT_FALSE(build_image(store, as_ref("b"), input).ok());
  EXPECT_EQ(store.list()->size(), 1u);
}

TEST(Image, OtherArchitecture) {
  TestFolder folder;
  LayoutStore store = open_store(folder / "s");
  (void)*build_image(store, as_ref("tool"), sample_input());
  auto error = load_image(store, as_ref("tool"), "riscv64").error();
  EXPECT_NE(error.message.find("nothing for riscv64, only for amd64, arm64"), std::string::npos)
      << error.text();
  EXPECT_FALSE(error.hint.empty());
}

TEST(Image, MissingAndDamagedBlobs) {
  TestFolder folder;
  LayoutStore store = open_store(folder / "s");
  (void)*build_image(store, as_ref("tool"), sample_input());
  std::string blob = folder / ("s/blobs/sha256/" + sha256("amd object").hex());
  std::ofstream(blob) << "amd objecT";
  auto error = load_image(store, as_ref("tool"), "amd64").error();
  EXPECT_NE(error.message.find("image \"tool\": eBPF object: blob sha256:"), std::string::npos)
      << error.text();
  EXPECT_NE(error.message.find("damaged"), std::string::npos) << error.text();
  std::filesystem::remove(blob);
  error = load_image(store, as_ref("tool"), "amd64").error();
  EXPECT_NE(error.message.find("is missing from " + folder.path()), std::string::npos) << error.text();
  EXPECT_NE(error.hint.find("remove the image"), std::string::npos) << error.text();
  EXPECT_TRUE(load_image(store, as_ref("tool"), "arm64").ok());
  EXPECT_FALSE(summarize(store, *store.resolve(as_ref("tool")))->complete);
  EXPECT_TRUE(store.remove(as_ref("tool")).ok()) << "the remedy works";
}

// Stores an image with this manifest text for this architecture entry.
Reference put_odd(LayoutStore& store, const Manifest& manifest, std::optional<Platform> platform) {
  auto writer = *store.begin_write();
  Index index;
  index.manifests.push_back(*writer.put_blob(*serialize(manifest), media::kManifest));
  index.manifests[0].platform = std::move(platform);
  Descriptor image = *writer.put_blob(*serialize(index), media::kIndex);
  Reference name = as_ref("odd");
  EXPECT_TRUE(writer.tag(name, image).ok());
  return name;
}

TEST(Image, OddImages) {
  TestFolder folder;
  LayoutStore store = open_store(folder / "s");
  auto writer = *store.begin_write();
  Manifest manifest;
  manifest.artifact_type = media::kGadgetArtifact;
  manifest.config = *writer.put_blob("name: x\n", media::kGadgetConfig);
  Platform amd64{"linux", "amd64", ""};

  auto no_platform = load_image(store, put_odd(store, manifest, std::nullopt), "amd64");
  EXPECT_NE(no_platform.error().message.find("do not say for which architecture"), std::string::npos);
  EXPECT_FALSE(load_image(store, put_odd(store, manifest, Platform{"windows", "amd64", ""}), "amd64").ok());

  manifest.layers.push_back(*writer.put_blob("future", "application/vnd.future"));
  auto unknown = load_image(store, put_odd(store, manifest, amd64), "amd64");
  ASSERT_TRUE(unknown.ok()) << unknown.error().text();
  EXPECT_EQ(unknown->warnings.size(), 1u);

  Descriptor layer = *writer.put_blob("elf", media::kEbpf);
  manifest.layers = {layer, layer};
  EXPECT_FALSE(load_image(store, put_odd(store, manifest, amd64), "amd64").ok()) << "two objects";

  manifest.layers.clear();
  manifest.artifact_type = "application/vnd.other";
  auto other = load_image(store, put_odd(store, manifest, amd64), "amd64");
  EXPECT_NE(other.error().message.find("not a gadget image"), std::string::npos);

  Descriptor plain = *writer.put_blob(*serialize(manifest), media::kManifest);
  ASSERT_TRUE(writer.tag(as_ref("plain"), plain).ok());
  EXPECT_NE(load_image(store, as_ref("plain"), "amd64").error().message.find("single manifest"),
            std::string::npos);
}

TEST(Image, Summary) {
  TestFolder folder;
  LayoutStore store = open_store(folder / "s");
  Descriptor built = *build_image(store, as_ref("tool"), sample_input());
  ImageSummary summary = *summarize(store, built);
  uint64_t size = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "s/blobs/sha256"))
    size += entry.file_size();
  EXPECT_EQ(summary.size, size);
  EXPECT_TRUE(summary.complete);
  EXPECT_EQ(summary.archs, (std::vector<std::string>{"amd64", "arm64"}));
  EXPECT_EQ(summary.created, "1970-01-01T00:00:00Z");
}

TEST(Image, Times) {
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(parse_rfc3339("2023-11-14T22:13:20Z"), 1700000000);
  EXPECT_EQ(parse_rfc3339("2023-11-14T22:13:20.123456Z"), 1700000000);
  EXPECT_EQ(parse_rfc3339("2023-11-15T00:13:20+02:00"), 1700000000);
  for (const char* bad : {"", "now", "2023-11-14", "2023-11-14T22:13:20", "2023-13-14T22:13:20Z",
                          "2023-11-14T22:13:20+0200", "2023-11-14T22:13:20.Z", "2023-11-14T22:13:20Zx"}) {
    EXPECT_FALSE(parse_rfc3339(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace gadgetry::oci
