#include "build/build_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gadgetry::build {
namespace {

using testing::ElementsAre;

std::string error_of(std::string_view yaml) {
  auto result = parse_build_file(yaml, "build.yaml");
  return result.ok() ? "" : result.error().text();
}

TEST(BuildFile, Defaults) {
  auto file = parse_build_file("", "build.yaml");
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->ebpf_source.name, "program.bpf.c");
  EXPECT_FALSE(file->ebpf_source.is_explicit);
  EXPECT_EQ(file->metadata.name, "gadget.yaml");
  EXPECT_EQ(file->wasm, "");
}

TEST(BuildFile, ReadsAllKeys) {
  auto file =
      parse_build_file("ebpfsource: a.c\nmetadata: m.yaml\nwasm: w.wasm\ncflags: -DA  -DB=1\n", "build.yaml");
  ASSERT_TRUE(file.ok()) << file.error().text();
  EXPECT_EQ(file->ebpf_source.name, "a.c");
  EXPECT_TRUE(file->ebpf_source.is_explicit);
  EXPECT_EQ(file->metadata.name, "m.yaml");
  EXPECT_EQ(file->wasm, "w.wasm");
  EXPECT_THAT(file->cflags, ElementsAre("-DA", "-DB=1"));
  EXPECT_FALSE(file->wasm_libc);
  file = parse_build_file("wasm: m.c\nwasm-cflags: [-O2]\nwasm-libc: true\n", "build.yaml");
  ASSERT_TRUE(file.ok());
  EXPECT_THAT(file->wasm_cflags, ElementsAre("-O2"));
  EXPECT_TRUE(file->wasm_libc);
  file = parse_build_file("cflags: ['-DA=x y', -O1]\nwasm:\n", "build.yaml");
  ASSERT_TRUE(file.ok());
  EXPECT_THAT(file->cflags, ElementsAre("-DA=x y", "-O1"));
}

TEST(BuildFile, Errors) {
  EXPECT_EQ(error_of("ebpfsourc: a.c\n"),
            "build.yaml:1:1: error: unknown key \"ebpfsourc\"; did you mean \"ebpfsource\"?");
  EXPECT_EQ(error_of("xyz: 1\n"),
            "build.yaml:1:1: error: unknown key \"xyz\"; known are: ebpfsource, wasm, metadata, cflags, "
            "wasm-cflags, wasm-libc");
  EXPECT_EQ(error_of("wasm: a\nwasm: b\n"), "build.yaml:1:1: error: the key \"wasm\" stands twice");
  EXPECT_EQ(error_of("metadata: [a]\n"), "build.yaml:1:1: error: metadata must be the name of a file");
  EXPECT_EQ(error_of("cflags: {a: b}\n"), "build.yaml:1:9: error: cflags must be text or a list of texts");
  EXPECT_EQ(error_of("wasm-libc: maybe\n"), "build.yaml:1:12: error: wasm-libc must be true or false");
  EXPECT_EQ(error_of("- a\n"), "build.yaml:1:1: error: the file must be a mapping");
  EXPECT_TRUE(error_of("a: b: c\n").starts_with("build.yaml:1:5: ")) << error_of("a: b: c\n");
}

}  // namespace
}  // namespace gadgetry::build
