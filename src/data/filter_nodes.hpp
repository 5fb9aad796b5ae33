// The inside of a FilterProgram: nodes of a typed tree in one array, the constants they use, and how they are
// made. Only the filter compilers and the evaluator know it.
#pragma once

#include <re2/re2.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "data/filter_program.hpp"
#include "data/ip_prefix.hpp"
#include "data/value.hpp"

namespace gadgetry::data {

enum class Op : uint8_t {
  // Conditions. left and right are conditions, or values of the type in the name.
  kBoolConstant,  // data: 0 or 1
  kBoolField,
  kNot,
  kAnd,
  kOr,
  kBoolCompare,
  kIntCompare,
  kFloatCompare,
  kTextCompare,
  kIntInRange,  // left in right .. data (nodes)
  kIntInSet,    // data: int_sets
  kTextInSet,   // data: text_sets
  kMatches,     // data: patterns
  kContains,    // left contains right
  kStartsWith,
  kEndsWith,
  kInPrefixes,   // data: prefix_sets
  kBoolInArray,  // left in field (of the struct at right)
  kIntInArray,
  kFloatInArray,
  kTextInArray,
  // Integers.
  kIntConstant,  // data: ints
  kIntField,
  kIntAdd,
  kIntSubtract,
  kIntMultiply,
  kIntRemainder,
  kIntNegate,
  kLength,  // of text, in characters
  kCount,   // of the elements of field, a list
  // Fractions.
  kFloatConstant,  // data: floats
  kFloatField,
  kIntToFloat,
  kFloatAdd,
  kFloatSubtract,
  kFloatMultiply,
  kFloatDivide,
  kFloatNegate,
  // Text.
  kTextConstant,  // data: texts
  kTextField,
  kLower,
  kUpper,
  // An element of an array of structs: field[left], inside the element `right` of an outer array. Gives a
  // base for
  // the readers of access.hpp.
  kElement,
};

enum class Relation : uint8_t { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };

inline constexpr uint32_t kNoNode = UINT32_MAX;

struct Node {
  Op op;
  Relation relation = Relation::kEqual;
  uint8_t depth = 1;         // of the tree below: bounds the recursion of the evaluator
  uint32_t left = kNoNode;   // for field nodes: the index in an array, or none
  uint32_t right = kNoNode;  // for field nodes: the kElement the field is a member of, or none
  uint32_t data = 0;
  Field* field = nullptr;
};

struct FilterNodes {
  uint32_t root = kNoNode;
  std::vector<Node> nodes;
  std::vector<Wide> ints;
  std::vector<double> floats;
  std::vector<std::string> texts;
  std::vector<std::vector<Wide>> int_sets;          // sorted
  std::vector<std::vector<std::string>> text_sets;  // sorted
  std::vector<std::unique_ptr<re2::RE2>> patterns;
  std::vector<std::vector<IpPrefix>> prefix_sets;
};

// Adds nodes within limits::kFilterNodes and kFilterDepth. The compilers have checked the types.
class FilterBuilder {
 public:
  FilterBuilder() : nodes_(std::make_unique<FilterNodes>()) {}

  base::Result<uint32_t> add(Node node);
  base::Result<uint32_t> bool_constant(bool value);
  base::Result<uint32_t> int_constant(Wide value);
  base::Result<uint32_t> float_constant(double value);
  base::Result<uint32_t> text_constant(std::string value);

  // One value of a field: of its element `index`, in the array element `place`, when these are nodes.
  base::Result<uint32_t> field(Field& field, ValueType type, uint32_t index = kNoNode,
                               uint32_t place = kNoNode);
  // Both sides have the type.
  base::Result<uint32_t> compare(ValueType type, Relation relation, uint32_t left, uint32_t right);
  base::Result<uint32_t> negate(uint32_t condition);
  // kAnd or kOr of at least one condition. A long row of them is not deep.
  base::Result<uint32_t> join(Op op, const std::vector<uint32_t>& conditions);
  base::Result<uint32_t> matches(uint32_t text, const std::string& pattern);
  base::Result<uint32_t> in_ints(uint32_t value, std::vector<Wide> set);
  base::Result<uint32_t> in_texts(uint32_t value, std::vector<std::string> set);
  base::Result<uint32_t> in_prefixes(uint32_t text, std::vector<IpPrefix> prefixes);

  const FilterNodes& nodes() const { return *nodes_; }
  FilterProgram finish(uint32_t root);

 private:
  std::unique_ptr<FilterNodes> nodes_;
};

// The values of constant nodes, for folding.
Wide evaluate_int(const FilterNodes& nodes, uint32_t node, bool& failed);
double evaluate_float(const FilterNodes& nodes, uint32_t node, bool& failed);

}  // namespace gadgetry::data
