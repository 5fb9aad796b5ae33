#include "output/field_tree.hpp"

#include <algorithm>

namespace gadgetry::output {
namespace {

using data::DataSource;
using data::Field;

class TreeBuilder {
 public:
  TreeBuilder(DataSource& source, const FieldSelection& selection)
      : source_(source), chosen_(source.fields().size(), false) {
    if (selection.relative) {
      for (const Field* root : source.roots()) choose_defaults(*root);
    }
    for (const Field* field : selection.added) {
      chosen_[field->index] = true;
      for (uint32_t child : field->children) choose_defaults(source.fields()[child]);
    }
    for (const Field* field : selection.removed) clear(*field);
  }

  std::vector<FieldNode> build(const std::vector<const Field*>& fields) {
    std::vector<FieldNode> nodes;
    for (const Field* field : fields) {
      FieldNode node{field, build(source_.sorted_children(*field))};
      if (!chosen_[field->index] && node.children.empty()) continue;
      if (node.children.empty() && !node.is_object()) source_.fields()[field->index].needed = true;
      if (field->is_struct_array()) source_.fields()[field->index].needed = true;
      nodes.push_back(std::move(node));
    }
    std::sort(nodes.begin(), nodes.end(),
              [](const FieldNode& a, const FieldNode& b) { return a.field->name < b.field->name; });
    return nodes;
  }

 private:
  static bool has_value(const Field& field) {
    if (field.is_struct() || (field.flags & data::kFlagEmpty) != 0) return true;
    return field.kind != data::Kind::kInvalid && (field.flags & data::kFlagContainer) == 0;
  }

  void choose_defaults(const Field& field) {
    if (field.unreferenced() || field.annotation("json.skip") == "true" || !has_value(field)) return;
    chosen_[field.index] = true;
    for (uint32_t child : field.children) choose_defaults(source_.fields()[child]);
  }

  void clear(const Field& field) {
    chosen_[field.index] = false;
    for (uint32_t child : field.children) clear(source_.fields()[child]);
  }

  DataSource& source_;
  std::vector<bool> chosen_;  // by index of the field
};

}  // namespace

bool FieldNode::is_object() const {
  return field->is_struct() || (field->flags & data::kFlagEmpty) != 0 || field->kind == data::Kind::kInvalid;
}

std::vector<FieldNode> build_field_tree(DataSource& source, const FieldSelection& selection) {
  return TreeBuilder(source, selection).build(source.roots());
}

FieldNode build_field_node(DataSource& source, const Field& field) {
  FieldSelection selection;
  selection.relative = false;
  selection.added.push_back(&field);
  return std::move(TreeBuilder(source, selection).build({&field}).front());
}

}  // namespace gadgetry::output
