#include "data/simple_filter.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/limits.hpp"
#include "base/strings.hpp"
#include "data/filter_nodes.hpp"

namespace gadgetry::data {
namespace {

constexpr std::string_view kOperatorCharacters = "=!<>~";

enum class RuleOp : uint8_t { kCompare, kMatches, kMatchesNot };

struct Rule {
  size_t column = 1;   // of the rule in the whole text
  std::string source;  // empty: not named
  std::string field;
  RuleOp op = RuleOp::kCompare;
  Relation relation = Relation::kEqual;
  std::string operator_text;
  std::string value;
};

base::Error rule_error(size_t column, const std::string& why) {
  return base::Error::usage("column " + std::to_string(column) + ": " + why);
}

bool parse_operator(std::string_view text, Rule& rule) {
  static constexpr struct {
    std::string_view text;
    RuleOp op;
    Relation relation;
  } kOperators[] = {
      {"=", RuleOp::kCompare, Relation::kEqual},         {"==", RuleOp::kCompare, Relation::kEqual},
      {"!=", RuleOp::kCompare, Relation::kNotEqual},     {">", RuleOp::kCompare, Relation::kGreater},
      {">=", RuleOp::kCompare, Relation::kGreaterEqual}, {"<", RuleOp::kCompare, Relation::kLess},
      {"<=", RuleOp::kCompare, Relation::kLessEqual},    {"~", RuleOp::kMatches, Relation::kEqual},
      {"!~", RuleOp::kMatchesNot, Relation::kEqual},
  };
  for (const auto& known : kOperators) {
    if (known.text != text) continue;
    rule.op = known.op;
    rule.relation = known.relation;
    rule.operator_text = text;
    return true;
  }
  return false;
}

base::Result<Rule> parse_rule(const std::string& text, size_t column) {
  static constexpr std::string_view kForm =
      "a rule is FIELD OPERATOR VALUE; operators are == = != > >= < <= ~ !~";
  Rule rule;
  rule.column = column;
  size_t start = text.find_first_of(kOperatorCharacters);
  if (start == std::string::npos) {
    return rule_error(column, "\"" + base::printable(text) + "\" has no operator")
        .with_hint(std::string(kForm));
  }
  size_t end = std::min(text.find_first_not_of(kOperatorCharacters, start), text.size());
  std::string_view name = base::trim(std::string_view(text).substr(0, start));
  if (size_t colon = name.find(':'); colon != std::string_view::npos) {
    rule.source = base::trim(name.substr(0, colon));
    name = base::trim(name.substr(colon + 1));
    if (rule.source.empty())
      return rule_error(column, "no data source in front of ':'").with_hint(std::string(kForm));
  }
  if (name.empty())
    return rule_error(column, "no field in front of the operator").with_hint(std::string(kForm));
  rule.field = name;
  if (!parse_operator(std::string_view(text).substr(start, end - start), rule)) {
    return rule_error(column + start, "unknown operator \"" + text.substr(start, end - start) + "\"")
        .with_hint(std::string(kForm));
  }
  rule.value = text.substr(end);
  return rule;
}

// Splits at commas; "\," is a comma of a value. Empty rules are skipped.
base::Result<std::vector<Rule>> parse_rules(std::string_view text) {
  if (text.size() > limits::kFilterBytes) {
    return base::Error::usage("the filter is longer than " + std::to_string(limits::kFilterBytes) + " bytes");
  }
  std::vector<Rule> rules;
  std::string part;
  size_t column = 1;
  for (size_t i = 0; i <= text.size(); i++) {
    if (i < text.size() && text[i] != ',') {
      if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == ',') i++;
      part.push_back(text[i]);
      continue;
    }
    if (!base::trim(part).empty()) {
      GADGETRY_ASSIGN(Rule rule, parse_rule(part, column));
      rules.push_back(std::move(rule));
    }
    part.clear();
    column = i + 2;
  }
  return rules;
}

std::string wide_text(Wide value) {
  return value < 0 ? std::to_string(static_cast<int64_t>(value))
                   : std::to_string(static_cast<uint64_t>(value));
}

// The smallest and largest value of an integer field.
void field_range(const Field& field, Wide& low, Wide& high) {
  unsigned bits = field.bit_size != 0 ? field.bit_size : kind_size(field.kind) * 8;
  low = is_signed(field.kind) ? -(Wide{1} << (bits - 1)) : 0;
  high = (Wide{1} << (is_signed(field.kind) ? bits - 1 : bits)) - 1;
}

std::optional<Wide> parse_wide(std::string_view text) {
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  bool hex = text.starts_with("0x") || text.starts_with("0X");
  auto value = base::parse_int<uint64_t>(hex ? text.substr(2) : text, hex ? 16 : 10);
  if (!value) return std::nullopt;
  return negative ? -static_cast<Wide>(*value) : static_cast<Wide>(*value);
}

// One rule as a condition.
class RuleCompiler {
 public:
  RuleCompiler(DataSource& source, FilterBuilder& builder, const Rule& rule)
      : source_(source), builder_(builder), rule_(rule) {}

  base::Result<uint32_t> compile() {
    auto ref = find_value(source_, rule_.field);
    if (!ref) return std::move(ref).error().context("column " + std::to_string(rule_.column));
    GADGETRY_ASSIGN(uint32_t left, builder_.field(*ref->field, ref->type));
    if (rule_.op != RuleOp::kCompare) return pattern(*ref, left);
    switch (ref->type) {
      case ValueType::kBool:
        return boolean(left);
      case ValueType::kInt:
        return integer(*ref->field, left);
      case ValueType::kFloat:
        return fraction(left);
      case ValueType::kText: {
        GADGETRY_ASSIGN(uint32_t right, builder_.text_constant(rule_.value));
        return builder_.compare(ValueType::kText, rule_.relation, left, right);
      }
    }
    return fail("cannot be compared", "");
  }

 private:
  base::Error fail(const std::string& why, const std::string& hint) const {
    return rule_error(rule_.column, rule_.field + " " + why).with_hint(hint);
  }
  base::Error not_a(std::string_view what, const std::string& hint) const {
    return fail("is " + std::string(what) + ", and \"" + base::printable(rule_.value) + "\" is not", hint);
  }

  base::Result<uint32_t> pattern(const FieldRef& ref, uint32_t left) {
    if (ref.type != ValueType::kText) {
      return fail("is " + std::string(value_type_name(ref.type)) + ": " + rule_.operator_text + " needs text",
                  "use == != > >= < <=");
    }
    auto node = builder_.matches(left, rule_.value);
    if (!node) return std::move(node).error().context("column " + std::to_string(rule_.column));
    return rule_.op == RuleOp::kMatches ? std::move(node) : builder_.negate(*node);
  }

  base::Result<uint32_t> boolean(uint32_t left) {
    auto value = base::parse_bool(base::trim(rule_.value));
    if (!value) return not_a("a condition", "use true, false, 1 or 0");
    if (rule_.relation != Relation::kEqual && rule_.relation != Relation::kNotEqual) {
      return fail("is a condition, which has no order", "use == or !=");
    }
    GADGETRY_ASSIGN(uint32_t right, builder_.bool_constant(*value));
    return builder_.compare(ValueType::kBool, rule_.relation, left, right);
  }

  base::Result<uint32_t> integer(const Field& field, uint32_t left) {
    Wide low = 0;
    Wide high = 0;
    field_range(field, low, high);
    std::string range = "use a whole number from " + wide_text(low) + " to " + wide_text(high);
    auto value = parse_wide(base::trim(rule_.value));
    std::string type = "a number (" + std::string(kind_name(field.kind)) + ")";
    if (!value) return not_a(type, range + ", decimal or 0x hexadecimal");
    if (*value < low || *value > high) return fail("cannot be " + base::printable(rule_.value), range);
    GADGETRY_ASSIGN(uint32_t right, builder_.int_constant(*value));
    return builder_.compare(ValueType::kInt, rule_.relation, left, right);
  }

  base::Result<uint32_t> fraction(uint32_t left) {
    auto value = base::parse_double(base::trim(rule_.value));
    if (!value) return not_a("a fraction", "use a number such as 0.5");
    GADGETRY_ASSIGN(uint32_t right, builder_.float_constant(*value));
    return builder_.compare(ValueType::kFloat, rule_.relation, left, right);
  }

  DataSource& source_;
  FilterBuilder& builder_;
  const Rule& rule_;
};

}  // namespace

base::Result<FilterProgram> compile_simple_filter(DataSource& source, std::string_view text) {
  GADGETRY_ASSIGN(std::vector<Rule> rules, parse_rules(text));
  FilterBuilder builder;
  std::vector<uint32_t> conditions;
  for (const Rule& rule : rules) {
    if (!rule.source.empty() && rule.source != source.name()) continue;
    GADGETRY_ASSIGN(uint32_t condition, RuleCompiler(source, builder, rule).compile());
    conditions.push_back(condition);
  }
  if (conditions.empty()) {
    GADGETRY_ASSIGN(uint32_t always, builder.bool_constant(true));
    conditions.push_back(always);
  }
  GADGETRY_ASSIGN(uint32_t root, builder.join(Op::kAnd, conditions));
  return builder.finish(root);
}

base::Result<std::vector<std::string>> simple_filter_sources(std::string_view text) {
  GADGETRY_ASSIGN(std::vector<Rule> rules, parse_rules(text));
  std::vector<std::string> names;
  for (const Rule& rule : rules) {
    if (rule.source.empty() || std::find(names.begin(), names.end(), rule.source) != names.end()) continue;
    names.push_back(rule.source);
  }
  return names;
}

}  // namespace gadgetry::data
