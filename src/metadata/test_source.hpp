// A data source made by hand, for the tests of this room.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "data/data_source.hpp"

namespace gadgetry::metadata {

// Fields in order, each with its kind and tags; a dotted name is a member of the field before the dot.
struct TestField {
  std::string name;
  data::Kind kind;
  std::vector<std::string> tags = {};
};

inline std::unique_ptr<data::DataSource> make_test_source(const std::string& name,
                                                          const std::vector<TestField>& fields,
                                                          data::SourceType type = data::SourceType::kSingle) {
  auto source = std::make_unique<data::DataSource>(name, type);
  for (const auto& one : fields) {
    data::Field field;
    size_t dot = one.name.rfind('.');
    field.name = dot == std::string::npos ? one.name : one.name.substr(dot + 1);
    if (dot != std::string::npos) {
      field.parent = static_cast<int32_t>(source->find(one.name.substr(0, dot))->index);
    }
    field.kind = one.kind;
    field.size = data::kind_size(one.kind);
    field.tags = one.tags;
    if (!source->add_field(std::move(field)).ok()) return nullptr;
  }
  return source;
}

// What an object like trace_open's holds.
inline std::unique_ptr<data::DataSource> open_source() {
  using data::Kind;
  return make_test_source("open", {{"timestamp_raw", Kind::kUint64, {"type:gadget_timestamp"}},
                                   {"proc", Kind::kBytes, {"type:gadget_process"}},
                                   {"proc.comm", Kind::kCString, {"type:gadget_comm"}},
                                   {"proc.pid", Kind::kUint32, {"type:gadget_pid"}},
                                   {"proc.creds", Kind::kBytes, {"type:gadget_creds"}},
                                   {"proc.creds.uid", Kind::kUint32, {"type:gadget_uid"}},
                                   {"error_raw", Kind::kUint32, {"type:gadget_errno"}},
                                   {"fd", Kind::kUint32},
                                   {"flags_raw", Kind::kUint32, {"type:gadget_file_flags"}},
                                   {"fname", Kind::kCString},
                                   {"dst", Kind::kBytes, {"type:gadget_l4endpoint_t"}}});
}

}  // namespace gadgetry::metadata
