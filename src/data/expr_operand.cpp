#include "data/expr_operand.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "data/expr_lexer.hpp"

namespace gadgetry::data {
namespace {

bool all_constant(const std::vector<Operand>& items, ValueType type) {
  return std::all_of(items.begin(), items.end(),
                     [&](const Operand& item) { return item.constant && item.is(type); });
}

const std::string& constant_text(const FilterBuilder& builder, const Operand& operand) {
  return builder.nodes().texts[builder.nodes().nodes[operand.node].data];
}

}  // namespace

std::string describe(const Operand& operand) {
  std::string name = operand.field != nullptr ? operand.field->full_name : std::string("this");
  switch (operand.shape) {
    case Shape::kValue:
      if (operand.field == nullptr) return name + " is " + std::string(value_type_name(operand.type));
      return name + " is " + std::string(value_type_name(operand.type)) + " (" +
             std::string(kind_name(operand.field->kind)) + ")";
    case Shape::kArray:
      return name + " is an array";
    case Shape::kStruct:
      return name + " is a struct";
    case Shape::kStructs:
      return name + " is an array of structs";
    case Shape::kBytes:
      return name + " holds raw bytes";
    case Shape::kList:
      return "this is a list";
    case Shape::kRange:
      return "this is a range";
    case Shape::kPrefixes:
      return "this is a network";
  }
  return name;
}

base::Error ExprOperators::error(size_t begin, size_t end, const std::string& message) const {
  return expr_error(text_, begin, end, message);
}
base::Error ExprOperators::error(const Operand& at, const std::string& message) const {
  return error(at.begin, at.end, message);
}

base::Result<Operand> ExprOperators::made(base::Result<uint32_t> node, ValueType type, size_t begin,
                                          size_t end) {
  if (!node) {
    std::string hint = node.error().hint;
    base::Error failure = error(begin, end, node.error().message);
    if (!hint.empty()) return std::move(failure).with_hint(std::move(hint));
    return failure;
  }
  Operand operand;
  operand.type = type;
  operand.node = *node;
  operand.begin = begin;
  operand.end = end;
  return operand;
}

base::Result<Operand> ExprOperators::literal_int(uint64_t value) {
  GADGETRY_ASSIGN(Operand out, made(builder_.int_constant(value), ValueType::kInt, 0, 0));
  out.constant = true;
  return out;
}
base::Result<Operand> ExprOperators::literal_float(double value) {
  GADGETRY_ASSIGN(Operand out, made(builder_.float_constant(value), ValueType::kFloat, 0, 0));
  out.constant = true;
  return out;
}
base::Result<Operand> ExprOperators::literal_text(std::string value) {
  GADGETRY_ASSIGN(Operand out, made(builder_.text_constant(std::move(value)), ValueType::kText, 0, 0));
  out.constant = true;
  return out;
}
base::Result<Operand> ExprOperators::literal_bool(bool value) {
  GADGETRY_ASSIGN(Operand out, made(builder_.bool_constant(value), ValueType::kBool, 0, 0));
  out.constant = true;
  return out;
}

base::Result<Operand> ExprOperators::field(Field& field, uint32_t place) {
  Operand out;
  out.field = &field;
  out.place = place;
  if (field.is_struct()) {
    out.shape = field.is_array ? Shape::kStructs : Shape::kStruct;
  } else if (!value_type_of(field, out.type)) {
    out.shape = Shape::kBytes;
  } else if (field.is_array) {
    out.shape = Shape::kArray;
  } else {
    GADGETRY_ASSIGN(out.node, builder_.field(field, out.type, kNoNode, place));
  }
  return out;
}

base::Result<Operand> ExprOperators::element(const Operand& array, const Operand& index) {
  if (array.shape != Shape::kArray && array.shape != Shape::kStructs) {
    return error(array, describe(array) + ": only arrays have elements");
  }
  if (!index.is(ValueType::kInt)) return error(index, describe(index) + ": an index is a whole number");
  if (index.constant && !array.field->is_list) {
    Wide at = builder_.nodes().ints[builder_.nodes().nodes[index.node].data];
    Wide count = array.field->count;
    if (at < -count || at >= count) {
      return error(index, array.field->full_name + " has " + std::to_string(array.field->count) +
                              " elements; the first is [0]");
    }
  }
  if (array.shape == Shape::kArray) {
    auto node = builder_.field(*array.field, array.type, index.node, array.place);
    GADGETRY_ASSIGN(Operand out, made(std::move(node), array.type, array.begin, index.end));
    out.field = array.field;
    return out;
  }
  auto node =
      builder_.add({.op = Op::kElement, .left = index.node, .right = array.place, .field = array.field});
  GADGETRY_ASSIGN(Operand out, made(std::move(node), ValueType::kInt, array.begin, index.end));
  out.shape = Shape::kStruct;
  out.field = array.field;
  out.place = out.node;
  return out;
}

base::Result<Operand> ExprOperators::value(Operand operand) {
  if (operand.shape == Shape::kValue) return operand;
  if (operand.shape == Shape::kStruct && operand.place == kNoNode) {
    Field* shown = source_.find(operand.field->annotation("columns.replace"));
    if (shown != nullptr && !shown->is_array) {
      GADGETRY_ASSIGN(Operand out, field(*shown, kNoNode));
      out.begin = operand.begin;
      out.end = operand.end;
      if (out.shape == Shape::kValue) return out;
    }
  }
  base::Error failure = error(operand, describe(operand) + ", not a single value");
  if (operand.field == nullptr || operand.field->full_name.empty()) return failure;
  const std::string& name = operand.field->full_name;
  if (operand.shape == Shape::kArray) {
    return std::move(failure).with_hint("write " + name + "[0], or VALUE in " + name);
  }
  if (operand.shape == Shape::kBytes) return failure;
  std::vector<std::string> members;
  members.reserve(operand.field->children.size());
  for (uint32_t child : operand.field->children) members.push_back(source_.fields()[child].name);
  std::string form =
      name + (operand.field->is_array ? "[0]." : ".") + (members.empty() ? "member" : members[0]);
  return std::move(failure).with_hint("write " + form + "; members are " + base::join(members, ", "));
}

base::Result<Operand> ExprOperators::to_float(const Operand& operand) {
  if (operand.is(ValueType::kFloat)) return operand;
  auto node = builder_.add({.op = Op::kIntToFloat, .left = operand.node});
  GADGETRY_ASSIGN(Operand out, made(std::move(node), ValueType::kFloat, operand.begin, operand.end));
  out.constant = operand.constant;
  return out;
}

base::Status ExprOperators::promote(Operand& left, Operand& right) {
  if (left.type == right.type) return {};
  GADGETRY_ASSIGN(left, to_float(left));
  GADGETRY_ASSIGN(right, to_float(right));
  return {};
}

// A number computed from constants becomes one.
base::Result<Operand> ExprOperators::fold(const Operand& operand) {
  bool failed = false;
  base::Result<Operand> folded = operand;
  if (operand.is(ValueType::kInt)) {
    Wide value = evaluate_int(builder_.nodes(), operand.node, failed);
    folded = made(builder_.int_constant(value), ValueType::kInt, operand.begin, operand.end);
  } else {
    double value = evaluate_float(builder_.nodes(), operand.node, failed);
    folded = made(builder_.float_constant(value), ValueType::kFloat, operand.begin, operand.end);
  }
  if (failed) return error(operand, "this has no value: it divides by zero or is too large");
  if (folded) folded->constant = true;
  return folded;
}

base::Result<Operand> ExprOperators::negate(const Operand& operand, size_t begin) {
  GADGETRY_ASSIGN(Operand number, value(operand));
  if (!number.is_number()) return error(operand, describe(number) + ": - needs a number");
  Op op = number.type == ValueType::kInt ? Op::kIntNegate : Op::kFloatNegate;
  GADGETRY_ASSIGN(Operand out,
                  made(builder_.add({.op = op, .left = number.node}), number.type, begin, operand.end));
  return number.constant ? fold(out) : base::Result<Operand>(std::move(out));
}

base::Result<Operand> ExprOperators::invert(const Operand& operand, size_t begin) {
  GADGETRY_ASSIGN(Operand condition, value(operand));
  if (!condition.is(ValueType::kBool)) {
    return error(operand, describe(condition) + ": not needs a condition")
        .with_hint("not binds stronger than a comparison: write not (a == b), or a not in b");
  }
  return made(builder_.negate(condition.node), ValueType::kBool, begin, operand.end);
}

base::Result<Operand> ExprOperators::arithmetic(char op, Operand left, Operand right) {
  GADGETRY_ASSIGN(left, value(std::move(left)));
  GADGETRY_ASSIGN(right, value(std::move(right)));
  for (const Operand* side : {&left, &right}) {
    if (!side->is_number()) return error(*side, describe(*side) + ": " + op + " needs numbers");
    if (op == '%' && side->type != ValueType::kInt)
      return error(*side, describe(*side) + ": % needs whole numbers");
  }
  if (op == '/') {
    GADGETRY_ASSIGN(left, to_float(left));
  }
  GADGETRY_TRY(promote(left, right));
  bool whole = left.type == ValueType::kInt;
  Node node{.op = Op::kIntRemainder, .left = left.node, .right = right.node};
  if (op == '+') node.op = whole ? Op::kIntAdd : Op::kFloatAdd;
  if (op == '-') node.op = whole ? Op::kIntSubtract : Op::kFloatSubtract;
  if (op == '*') node.op = whole ? Op::kIntMultiply : Op::kFloatMultiply;
  if (op == '/') node.op = Op::kFloatDivide;
  if (op == '%' && right.constant && builder_.nodes().ints[builder_.nodes().nodes[right.node].data] == 0) {
    return error(right, "there is no remainder by zero");
  }
  GADGETRY_ASSIGN(Operand out, made(builder_.add(node), left.type, left.begin, right.end));
  return left.constant && right.constant ? fold(out) : base::Result<Operand>(std::move(out));
}

base::Result<Operand> ExprOperators::compare(Relation relation, Operand left, Operand right) {
  GADGETRY_ASSIGN(left, value(std::move(left)));
  GADGETRY_ASSIGN(right, value(std::move(right)));
  bool numbers = left.is_number() && right.is_number();
  if (!numbers && left.type != right.type) {
    base::Error failure = error(right, describe(left) + ", " + describe(right) + ": they cannot be compared");
    if (left.type == ValueType::kBool)
      return std::move(failure).with_hint("join conditions with and, or, not");
    if (left.type == ValueType::kText) return std::move(failure).with_hint("put quotes around text: \"1\"");
    return failure;
  }
  if (left.type == ValueType::kBool && relation != Relation::kEqual && relation != Relation::kNotEqual) {
    return error(left.begin, right.end, "conditions have no order").with_hint("use ==, !=, and, or");
  }
  GADGETRY_TRY(promote(left, right));
  return made(builder_.compare(left.type, relation, left.node, right.node), ValueType::kBool, left.begin,
              right.end);
}

base::Result<Operand> ExprOperators::range(const Operand& low, const Operand& high) {
  for (const Operand* side : {&low, &high}) {
    if (!side->is(ValueType::kInt))
      return error(*side, describe(*side) + ": a range has whole numbers as ends");
  }
  Operand out;
  out.shape = Shape::kRange;
  out.low = low.node;
  out.high = high.node;
  out.begin = low.begin;
  out.end = high.end;
  return out;
}

base::Result<Operand> ExprOperators::in(Operand left, const Operand& right) {
  if (right.shape == Shape::kPrefixes) return in_prefixes(std::move(left), right);
  GADGETRY_ASSIGN(left, value(std::move(left)));
  if (right.shape == Shape::kArray) return in_array(std::move(left), right);
  if (right.shape == Shape::kList) return in_list(left, right);
  if (right.shape != Shape::kRange) {
    return error(right, describe(right) + ": in needs a list, a range, an array or cidr(...)")
        .with_hint("write pid in [1, 2], pid in 1..9, 2 in array, or addr in cidr(\"10.0.0.0/8\")");
  }
  if (!left.is(ValueType::kInt))
    return error(left, describe(left) + ": only a whole number can be in a range");
  return made(
      builder_.add({.op = Op::kIntInRange, .left = left.node, .right = right.low, .data = right.high}),
      ValueType::kBool, left.begin, right.end);
}

base::Result<Operand> ExprOperators::in_list(const Operand& left, const Operand& list) {
  const FilterNodes& nodes = builder_.nodes();
  if (left.is(ValueType::kInt) && all_constant(list.items, ValueType::kInt)) {
    std::vector<Wide> set;
    set.reserve(list.items.size());
    for (const Operand& item : list.items) set.push_back(nodes.ints[nodes.nodes[item.node].data]);
    return made(builder_.in_ints(left.node, std::move(set)), ValueType::kBool, left.begin, list.end);
  }
  if (left.is(ValueType::kText) && all_constant(list.items, ValueType::kText)) {
    std::vector<std::string> set;
    set.reserve(list.items.size());
    for (const Operand& item : list.items) set.push_back(constant_text(builder_, item));
    return made(builder_.in_texts(left.node, std::move(set)), ValueType::kBool, left.begin, list.end);
  }
  if (list.items.empty()) {
    GADGETRY_ASSIGN(Operand never, literal_bool(false));
    never.begin = left.begin;
    never.end = list.end;
    return never;
  }
  std::vector<Operand> equal;
  for (const Operand& item : list.items) {
    GADGETRY_ASSIGN(Operand one, compare(Relation::kEqual, left, item));
    equal.push_back(std::move(one));
  }
  GADGETRY_ASSIGN(Operand any, join(Op::kOr, equal));
  any.begin = left.begin;
  any.end = list.end;
  return any;
}

base::Result<Operand> ExprOperators::in_array(Operand left, const Operand& array) {
  bool numbers = left.is_number() && array.type == ValueType::kFloat;
  if (numbers) {
    GADGETRY_ASSIGN(left, to_float(left));
  }
  if (left.type != array.type) {
    return error(left, describe(left) + ", and the elements of " + array.field->full_name +
                           " are not: each is " + std::string(value_type_name(array.type)));
  }
  Op op = Op::kIntInArray;
  if (left.type == ValueType::kBool) op = Op::kBoolInArray;
  if (left.type == ValueType::kFloat) op = Op::kFloatInArray;
  if (left.type == ValueType::kText) op = Op::kTextInArray;
  return made(builder_.add({.op = op, .left = left.node, .right = array.place, .field = array.field}),
              ValueType::kBool, left.begin, array.end);
}

base::Result<Operand> ExprOperators::in_prefixes(Operand left, const Operand& prefixes) {
  if (left.shape == Shape::kStruct && left.place == kNoNode) {
    // An endpoint: its text has a port, its member "addr" is the address.
    if (Field* address = source_.find(left.field->full_name + ".addr"); address != nullptr) {
      size_t begin = left.begin;
      size_t end = left.end;
      GADGETRY_ASSIGN(left, field(*address, kNoNode));
      left.begin = begin;
      left.end = end;
    }
  }
  GADGETRY_ASSIGN(left, value(std::move(left)));
  if (!left.is(ValueType::kText))
    return error(left, describe(left) + ": only an address, as text, can be in a network");
  return made(builder_.in_prefixes(left.node, prefixes.prefixes), ValueType::kBool, left.begin, prefixes.end);
}

base::Result<Operand> ExprOperators::text_test(std::string_view op, Operand left, Operand right) {
  GADGETRY_ASSIGN(left, value(std::move(left)));
  GADGETRY_ASSIGN(right, value(std::move(right)));
  for (const Operand* side : {&left, &right}) {
    if (side->is(ValueType::kText)) continue;
    return error(*side, describe(*side) + ": " + std::string(op) + " needs text on both sides");
  }
  if (op == "matches") {
    if (!right.constant)
      return error(right, "a regular expression must be written out").with_hint("in quotes");
    // A copy: the pool it is in may grow.
    std::string pattern = constant_text(builder_, right);
    GADGETRY_ASSIGN(Operand out,
                    made(builder_.matches(left.node, pattern), ValueType::kBool, right.begin, right.end));
    out.begin = left.begin;
    return out;
  }
  Op test = op == "contains" ? Op::kContains : (op == "startsWith" ? Op::kStartsWith : Op::kEndsWith);
  return made(builder_.add({.op = test, .left = left.node, .right = right.node}), ValueType::kBool,
              left.begin, right.end);
}

base::Result<Operand> ExprOperators::join(Op op, const std::vector<Operand>& conditions) {
  std::vector<uint32_t> nodes;
  for (const Operand& condition : conditions) {
    GADGETRY_ASSIGN(Operand one, value(condition));
    if (!one.is(ValueType::kBool)) {
      return error(condition, describe(one) + ": " + (op == Op::kAnd ? "and" : "or") + " needs conditions")
          .with_hint("compare it with something: a == b");
    }
    nodes.push_back(one.node);
  }
  return made(builder_.join(op, nodes), ValueType::kBool, conditions.front().begin, conditions.back().end);
}

base::Result<Operand> ExprOperators::cidr(const std::vector<Operand>& arguments, size_t begin, size_t end) {
  Operand out;
  out.shape = Shape::kPrefixes;
  for (const Operand& argument : arguments) {
    if (!argument.is(ValueType::kText) || !argument.constant) {
      return error(argument, "cidr() takes networks written out in quotes").with_hint("cidr(\"10.0.0.0/8\")");
    }
    auto prefix = parse_ip_prefix(constant_text(builder_, argument));
    if (!prefix) {
      return error(argument, prefix.error().message).with_hint(std::string(prefix.error().hint));
    }
    out.prefixes.push_back(*prefix);
  }
  if (arguments.empty()) return error(begin, end, "cidr() needs a network").with_hint("cidr(\"10.0.0.0/8\")");
  return out;
}

base::Result<Operand> ExprOperators::length(const Operand& argument, size_t begin, size_t end) {
  size_t count = argument.items.size();
  if (argument.field != nullptr && argument.field->is_list && argument.shape != Shape::kValue) {
    return made(builder_.add({.op = Op::kCount, .field = argument.field}), ValueType::kInt, begin, end);
  }
  switch (argument.shape) {
    case Shape::kArray:
    case Shape::kStructs:
      count = argument.field->count;
      break;
    case Shape::kBytes:
      if (argument.field->is_dynamic) return error(argument, describe(argument) + " of a length that varies");
      count = argument.field->size;
      break;
    case Shape::kList:
      break;
    default: {
      GADGETRY_ASSIGN(Operand text, value(argument));
      if (!text.is(ValueType::kText))
        return error(argument, describe(text) + ": len() needs text or an array");
      return made(builder_.add({.op = Op::kLength, .left = text.node}), ValueType::kInt, begin, end);
    }
  }
  GADGETRY_ASSIGN(Operand out, literal_int(count));
  out.begin = begin;
  out.end = end;
  return out;
}

base::Result<Operand> ExprOperators::call(std::string_view name, const std::vector<Operand>& arguments,
                                          size_t begin, size_t end) {
  if (name == "cidr") return cidr(arguments, begin, end);
  bool known = name == "len" || name == "lower" || name == "upper";
  if (!known) {
    return error(begin, begin + name.size(), "unknown function \"" + std::string(name) + "\"")
        .with_hint("functions are cidr, len, lower, upper");
  }
  if (arguments.size() != 1) return error(begin, end, std::string(name) + "() takes one argument");
  if (name == "len") return length(arguments[0], begin, end);
  GADGETRY_ASSIGN(Operand text, value(arguments[0]));
  if (!text.is(ValueType::kText))
    return error(arguments[0], describe(text) + ": " + std::string(name) + "() needs text");
  Op op = name == "lower" ? Op::kLower : Op::kUpper;
  return made(builder_.add({.op = op, .left = text.node}), ValueType::kText, begin, end);
}

}  // namespace gadgetry::data
