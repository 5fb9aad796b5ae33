// Parts of a filter expression with their types, and how operators join them. Used by the parser in
// expr_filter.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "data/filter_nodes.hpp"

namespace gadgetry::data {

enum class Shape : uint8_t {
  kValue,     // one value: `type` and `node`
  kArray,     // a field that is an array of values
  kStruct,    // a field with members, not an array
  kStructs,   // a field that is an array of structs
  kBytes,     // a field of raw bytes
  kList,      // [a, b]
  kRange,     // low .. high
  kPrefixes,  // cidr(...)
};

struct Operand {
  Shape shape = Shape::kValue;
  ValueType type = ValueType::kInt;
  uint32_t node = kNoNode;
  bool constant = false;  // a value known now
  size_t begin = 0;       // bytes in the text
  size_t end = 0;

  Field* field = nullptr;      // kArray, kStruct, kStructs, kBytes; kValue when it is just a field
  uint32_t place = kNoNode;    // the kElement the field is a member of
  std::vector<Operand> items;  // kList
  uint32_t low = kNoNode;      // kRange
  uint32_t high = kNoNode;
  std::vector<IpPrefix> prefixes;

  bool is(ValueType wanted) const { return shape == Shape::kValue && type == wanted; }
  bool is_number() const { return is(ValueType::kInt) || is(ValueType::kFloat); }
};

// What an operand is, for messages: "pid is a number (uint32)", "the list".
std::string describe(const Operand& operand);

// Joins operands by operators. Every method checks the types; errors point at the text.
class ExprOperators {
 public:
  ExprOperators(DataSource& source, FilterBuilder& builder, std::string_view text)
      : source_(source), builder_(builder), text_(text) {}

  base::Result<Operand> literal_int(uint64_t value);
  base::Result<Operand> literal_float(double value);
  base::Result<Operand> literal_text(std::string value);
  base::Result<Operand> literal_bool(bool value);

  // The operand a field is, as a member of the array element `place`.
  base::Result<Operand> field(Field& field, uint32_t place);
  base::Result<Operand> element(const Operand& array, const Operand& index);

  base::Result<Operand> negate(const Operand& operand, size_t begin);      // -x
  base::Result<Operand> invert(const Operand& operand, size_t begin);      // not x
  base::Result<Operand> arithmetic(char op, Operand left, Operand right);  // + - * / %
  base::Result<Operand> compare(Relation relation, Operand left, Operand right);
  base::Result<Operand> in(Operand left, const Operand& right);
  // matches contains startsWith endsWith
  base::Result<Operand> text_test(std::string_view op, Operand left, Operand right);
  base::Result<Operand> range(const Operand& low, const Operand& high);
  base::Result<Operand> join(Op op, const std::vector<Operand>& conditions);
  base::Result<Operand> call(std::string_view name, const std::vector<Operand>& arguments, size_t begin,
                             size_t end);

  // The operand as one value: a struct that is shown as one of its fields becomes that field.
  base::Result<Operand> value(Operand operand);

  base::Error error(const Operand& at, const std::string& message) const;
  base::Error error(size_t begin, size_t end, const std::string& message) const;

 private:
  // The operand of a node just made, or the builder's error at begin .. end.
  base::Result<Operand> made(base::Result<uint32_t> node, ValueType type, size_t begin, size_t end);
  base::Status promote(Operand& left, Operand& right);  // to fractions, when one is
  base::Result<Operand> to_float(const Operand& operand);
  base::Result<Operand> fold(const Operand& operand);
  base::Result<Operand> in_list(const Operand& left, const Operand& list);
  base::Result<Operand> in_array(Operand left, const Operand& array);
  base::Result<Operand> in_prefixes(Operand left, const Operand& prefixes);
  base::Result<Operand> cidr(const std::vector<Operand>& arguments, size_t begin, size_t end);
  base::Result<Operand> length(const Operand& argument, size_t begin, size_t end);

  DataSource& source_;
  FilterBuilder& builder_;
  std::string_view text_;
};

}  // namespace gadgetry::data
