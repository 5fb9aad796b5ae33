// For the tests of this room only.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "oci/image.hpp"

namespace gadgetry::oci {

// A fresh folder that goes with the object.
class TestFolder {
 public:
  TestFolder() : path_(::testing::TempDir() + "/oci_test_XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline Reference as_ref(const std::string& text) {
  return *Reference::parse(text);
}

inline LayoutStore open_store(const std::string& path) {
  return *LayoutStore::open(path, OpenMode::kCreate);
}

inline BuildInput sample_input(const std::string& content = "object") {
  BuildInput input;
  input.archs = {{"arm64", "arm " + content, ""}, {"amd64", "amd " + content, ""}};
  input.wasm = "wasm " + content;
  input.metadata = "name: sample\n";
  input.name = "sample";
  input.description = "A sample";
  input.annotations = {{"extra", "1"}};
  input.builder_version = "v1.0.0";
  return input;
}

inline size_t count_files(const std::string& folder) {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++count;
  return count;
}

}  // namespace gadgetry::oci
