#include "data/filter_nodes.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/strings.hpp"

namespace gadgetry::data {
namespace {

// Ops whose `data` is a node as well.
bool has_third_node(Op op) {
  return op == Op::kIntInRange;
}

Op compare_op(ValueType type) {
  switch (type) {
    case ValueType::kBool:
      return Op::kBoolCompare;
    case ValueType::kInt:
      return Op::kIntCompare;
    case ValueType::kFloat:
      return Op::kFloatCompare;
    case ValueType::kText:
      return Op::kTextCompare;
  }
  return Op::kBoolCompare;
}

Op field_op(ValueType type) {
  switch (type) {
    case ValueType::kBool:
      return Op::kBoolField;
    case ValueType::kInt:
      return Op::kIntField;
    case ValueType::kFloat:
      return Op::kFloatField;
    case ValueType::kText:
      return Op::kTextField;
  }
  return Op::kIntField;
}

// Puts a constant in its pool and returns where it is.
template <typename T>
uint32_t pool(std::vector<T>& values, T value) {
  values.push_back(std::move(value));
  return static_cast<uint32_t>(values.size() - 1);
}

}  // namespace

base::Result<uint32_t> FilterBuilder::add(Node node) {
  std::vector<Node>& nodes = nodes_->nodes;
  if (nodes.size() >= limits::kFilterNodes) {
    return base::Error::usage("the filter has more than " + std::to_string(limits::kFilterNodes) + " parts");
  }
  size_t depth = 0;
  for (uint32_t child : {node.left, node.right, has_third_node(node.op) ? node.data : kNoNode}) {
    if (child != kNoNode) depth = std::max<size_t>(depth, nodes[child].depth);
  }
  // The last condition of a row of kAnd or kOr is reached without recursion.
  bool row = (node.op == Op::kAnd || node.op == Op::kOr) && nodes[node.right].op == node.op;
  if (row) depth = std::max<size_t>(nodes[node.left].depth, nodes[node.right].depth - 1u);
  if (depth >= limits::kFilterDepth) {
    return base::Error::usage("the filter is nested deeper than " + std::to_string(limits::kFilterDepth) +
                              " levels");
  }
  node.depth = static_cast<uint8_t>(depth + 1);
  nodes.push_back(node);
  return static_cast<uint32_t>(nodes.size() - 1);
}

base::Result<uint32_t> FilterBuilder::bool_constant(bool value) {
  return add({.op = Op::kBoolConstant, .data = value ? 1u : 0u});
}
base::Result<uint32_t> FilterBuilder::int_constant(Wide value) {
  return add({.op = Op::kIntConstant, .data = pool(nodes_->ints, value)});
}
base::Result<uint32_t> FilterBuilder::float_constant(double value) {
  return add({.op = Op::kFloatConstant, .data = pool(nodes_->floats, value)});
}
base::Result<uint32_t> FilterBuilder::text_constant(std::string value) {
  return add({.op = Op::kTextConstant, .data = pool(nodes_->texts, std::move(value))});
}

base::Result<uint32_t> FilterBuilder::field(Field& field, ValueType type, uint32_t index, uint32_t place) {
  return add({.op = field_op(type), .left = index, .right = place, .field = &field});
}

base::Result<uint32_t> FilterBuilder::compare(ValueType type, Relation relation, uint32_t left,
                                              uint32_t right) {
  return add({.op = compare_op(type), .relation = relation, .left = left, .right = right});
}

base::Result<uint32_t> FilterBuilder::negate(uint32_t condition) {
  return add({.op = Op::kNot, .left = condition});
}

base::Result<uint32_t> FilterBuilder::join(Op op, const std::vector<uint32_t>& conditions) {
  uint32_t joined = conditions.back();
  for (size_t i = conditions.size() - 1; i-- > 0;) {
    GADGETRY_ASSIGN(joined, add({.op = op, .left = conditions[i], .right = joined}));
  }
  return joined;
}

base::Result<uint32_t> FilterBuilder::matches(uint32_t text, const std::string& pattern) {
  if (nodes_->patterns.size() >= limits::kFilterPatterns) {
    return base::Error::usage("the filter has more than " + std::to_string(limits::kFilterPatterns) +
                              " regular expressions");
  }
  if (pattern.size() > limits::kPatternBytes) {
    return base::Error::usage("a regular expression is longer than " + std::to_string(limits::kPatternBytes) +
                              " bytes");
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(limits::kPatternMemory);
  auto compiled = std::make_unique<re2::RE2>(pattern, options);
  if (!compiled->ok()) {
    return base::Error::usage("regular expression \"" + base::printable(pattern) +
                              "\": " + base::printable(compiled->error()))
        .with_hint("the syntax is that of RE2");
  }
  return add({.op = Op::kMatches, .left = text, .data = pool(nodes_->patterns, std::move(compiled))});
}

base::Result<uint32_t> FilterBuilder::in_ints(uint32_t value, std::vector<Wide> set) {
  std::sort(set.begin(), set.end());
  return add({.op = Op::kIntInSet, .left = value, .data = pool(nodes_->int_sets, std::move(set))});
}

base::Result<uint32_t> FilterBuilder::in_texts(uint32_t value, std::vector<std::string> set) {
  std::sort(set.begin(), set.end());
  return add({.op = Op::kTextInSet, .left = value, .data = pool(nodes_->text_sets, std::move(set))});
}

base::Result<uint32_t> FilterBuilder::in_prefixes(uint32_t text, std::vector<IpPrefix> prefixes) {
  return add({.op = Op::kInPrefixes, .left = text, .data = pool(nodes_->prefix_sets, std::move(prefixes))});
}

FilterProgram FilterBuilder::finish(uint32_t root) {
  nodes_->root = root;
  return FilterProgram(std::move(nodes_));
}

}  // namespace gadgetry::data
