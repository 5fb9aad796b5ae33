// Which fields JSON and YAML show, as a tree in the order they are printed.
#pragma once

#include <string>
#include <vector>

#include "data/data_source.hpp"
#include "output/field_selection.hpp"

namespace gadgetry::output {

struct FieldNode {
  const data::Field* field = nullptr;
  std::vector<FieldNode> children;  // sorted by name

  // A struct or a parent without bytes, printed as a mapping (in an array: each element is one).
  bool is_object() const;
};

// All fields but unreferenced ones and those annotated json.skip, changed by the selection; parents of shown
// fields are shown too. Marks the fields with values as needed.
std::vector<FieldNode> build_field_tree(data::DataSource& source, const FieldSelection& selection);
// One field with everything in it.
FieldNode build_field_node(data::DataSource& source, const data::Field& field);

}  // namespace gadgetry::output
