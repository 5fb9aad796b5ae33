// Test helpers: the objects compiled from tests/data/objects, as bytes and opened.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "bpf/object.hpp"

namespace gadgetry::bpf {

inline std::string test_object_bytes(const std::string& name) {
  auto bytes = base::read_file(std::string(GADGETRY_BINARY_DIR) + "/tests/objects/" + name + ".bpf.o",
                               limits::kObjectBytes);
  EXPECT_TRUE(bytes.ok()) << bytes.error().text();
  return bytes.ok() ? std::move(*bytes) : std::string();
}

inline std::unique_ptr<Object> open_test_object(const std::string& name) {
  auto object = Object::open(name, base::as_bytes(test_object_bytes(name)));
  EXPECT_TRUE(object.ok()) << object.error().text();
  return object.ok() ? std::move(*object) : nullptr;
}

}  // namespace gadgetry::bpf
