#include "data/expr_filter.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/strings.hpp"
#include "data/expr_lexer.hpp"
#include "data/expr_operand.hpp"

namespace gadgetry::data {
namespace {

// How strongly operators bind; those of expr.
constexpr int kOr = 10;
constexpr int kAnd = 15;
constexpr int kCompare = 20;
constexpr int kRange = 25;
constexpr int kSum = 30;
constexpr int kNot = 50;
constexpr int kProduct = 60;
constexpr int kSign = 90;

struct BinaryOperator {
  std::string_view text;
  int strength;
};
constexpr BinaryOperator kBinaryOperators[] = {{"or", kOr},
                                               {"||", kOr},
                                               {"and", kAnd},
                                               {"&&", kAnd},
                                               {"==", kCompare},
                                               {"!=", kCompare},
                                               {"<", kCompare},
                                               {"<=", kCompare},
                                               {">", kCompare},
                                               {">=", kCompare},
                                               {"in", kCompare},
                                               {"matches", kCompare},
                                               {"contains", kCompare},
                                               {"startsWith", kCompare},
                                               {"endsWith", kCompare},
                                               {"..", kRange},
                                               {"+", kSum},
                                               {"-", kSum},
                                               {"*", kProduct},
                                               {"/", kProduct},
                                               {"%", kProduct}};

const BinaryOperator* binary_operator(const Token& token) {
  if (token.kind != TokenKind::kName && token.kind != TokenKind::kSymbol) return nullptr;
  auto it = std::find_if(std::begin(kBinaryOperators), std::end(kBinaryOperators),
                         [&](const BinaryOperator& op) { return op.text == token.text; });
  return it == std::end(kBinaryOperators) ? nullptr : it;
}

bool is_joint(std::string_view op) {
  return op == "and" || op == "&&" || op == "or" || op == "||";
}
bool can_be_negated(std::string_view op) {
  return op == "in" || op == "matches" || op == "contains" || op == "startsWith" || op == "endsWith";
}

// Words that are operators cannot name a field (but $env["in"] can).
bool is_keyword(const Token& token) {
  if (token.kind != TokenKind::kName) return false;
  return binary_operator(token) != nullptr || token.text == "not" || token.text == "nil";
}

// Reads an expression from left to right and makes its nodes at once (operator precedence parsing).
class Parser {
 public:
  Parser(DataSource& source, FilterBuilder& builder, std::string_view text, const std::vector<Token>& tokens)
      : source_(source), operators_(source, builder, text), text_(text), tokens_(tokens) {}

  base::Result<uint32_t> run() {
    if (token().kind == TokenKind::kEnd) {
      return error(token(), "the expression is empty").with_hint("write a condition: pid == 1");
    }
    GADGETRY_ASSIGN(Operand all, expression(0));
    if (token().kind != TokenKind::kEnd) return unexpected("an operator, such as and, == or in");
    GADGETRY_ASSIGN(Operand condition, operators_.value(std::move(all)));
    if (!condition.is(ValueType::kBool)) {
      return operators_.error(condition, describe(condition) + ": a filter must be a condition")
          .with_hint("compare it with something: a == b");
    }
    return condition.node;
  }

 private:
  const Token& token() const { return tokens_[at_]; }
  const Token& following() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  bool accept(std::string_view symbol) {
    if (!token().is_symbol(symbol)) return false;
    at_++;
    return true;
  }
  size_t last_end() const { return at_ == 0 ? 0 : tokens_[at_ - 1].end; }

  base::Error error(const Token& at, const std::string& message) const {
    return expr_error(text_, at.begin, at.end, message);
  }
  base::Error unexpected(const std::string& wanted) const {
    if (token().kind == TokenKind::kEnd)
      return error(token(), "the expression ends here; expected " + wanted);
    std::string what = base::printable(text_.substr(token().begin, token().end - token().begin));
    return error(token(), "unexpected " + what + "; expected " + wanted);
  }
  base::Status expect(std::string_view symbol) {
    if (!accept(symbol)) return unexpected("\"" + std::string(symbol) + "\"");
    return {};
  }

  base::Result<Operand> expression(int strength);
  base::Result<Operand> joint(Operand first, const BinaryOperator& op);
  base::Result<Operand> apply(std::string_view op, Operand left, Operand right);
  base::Result<Operand> unary();
  base::Result<Operand> postfix(Operand operand);
  base::Result<Operand> primary();
  base::Result<Operand> literal();
  base::Result<Operand> name();
  base::Result<Operand> call();
  base::Result<Operand> environment();
  base::Result<Operand> list();
  base::Result<Operand> member(const Operand& operand);
  base::Result<Operand> field(const std::string& full_name, size_t begin, size_t end);
  base::Result<std::vector<Operand>> arguments(std::string_view close);

  DataSource& source_;
  ExprOperators operators_;
  std::string_view text_;
  const std::vector<Token>& tokens_;
  size_t at_ = 0;
  size_t depth_ = 0;  // of the recursion
};

base::Result<Operand> Parser::expression(int strength) {
  if (depth_ >= limits::kFilterDepth) {
    return error(token(), "nested deeper than " + std::to_string(limits::kFilterDepth) + " levels");
  }
  depth_++;
  GADGETRY_ASSIGN(Operand left, unary());
  for (;;) {
    bool negated = token().is_name("not") && can_be_negated(following().text);
    const BinaryOperator* op = binary_operator(negated ? following() : token());
    if (op == nullptr || op->strength < strength) break;
    if (is_joint(op->text)) {
      GADGETRY_ASSIGN(left, joint(std::move(left), *op));
      continue;
    }
    size_t begin = left.begin;
    at_ += negated ? 2 : 1;
    GADGETRY_ASSIGN(Operand right, expression(op->strength + 1));
    GADGETRY_ASSIGN(left, apply(op->text, std::move(left), std::move(right)));
    if (negated) {
      GADGETRY_ASSIGN(left, operators_.invert(left, begin));
    }
  }
  depth_--;
  return left;
}

// A row of "and" or of "or": kept flat, however long it is.
base::Result<Operand> Parser::joint(Operand first, const BinaryOperator& op) {
  std::vector<Operand> conditions{std::move(first)};
  for (;;) {
    const BinaryOperator* next = binary_operator(token());
    if (next == nullptr || next->strength != op.strength) break;
    at_++;
    GADGETRY_ASSIGN(Operand condition, expression(op.strength + 1));
    conditions.push_back(std::move(condition));
  }
  return operators_.join(op.strength == kAnd ? Op::kAnd : Op::kOr, conditions);
}

base::Result<Operand> Parser::apply(std::string_view op, Operand left, Operand right) {
  static constexpr struct {
    std::string_view text;
    Relation relation;
  } kRelations[] = {{"==", Relation::kEqual},  {"!=", Relation::kNotEqual},
                    {"<", Relation::kLess},    {"<=", Relation::kLessEqual},
                    {">", Relation::kGreater}, {">=", Relation::kGreaterEqual}};
  for (const auto& known : kRelations) {
    if (known.text == op) return operators_.compare(known.relation, std::move(left), std::move(right));
  }
  if (op == "in") return operators_.in(std::move(left), right);
  if (op == "..") return operators_.range(left, right);
  if (op.size() == 1) return operators_.arithmetic(op[0], std::move(left), std::move(right));
  return operators_.text_test(op, std::move(left), std::move(right));
}

base::Result<Operand> Parser::unary() {
  size_t begin = token().begin;
  if (token().is_name("not") || token().is_symbol("!")) {
    at_++;
    GADGETRY_ASSIGN(Operand operand, expression(kNot));
    return operators_.invert(operand, begin);
  }
  if (token().is_symbol("-") || token().is_symbol("+")) {
    bool minus = token().is_symbol("-");
    at_++;
    GADGETRY_ASSIGN(Operand operand, expression(kSign));
    if (minus) return operators_.negate(operand, begin);
    if (!operand.is_number()) return operators_.error(operand, describe(operand) + ": + needs a number");
    return operand;
  }
  GADGETRY_ASSIGN(Operand operand, primary());
  return postfix(std::move(operand));
}

// array[i] and struct.member, in any number.
base::Result<Operand> Parser::postfix(Operand operand) {
  for (;;) {
    if (token().is_symbol("[")) {
      at_++;
      GADGETRY_ASSIGN(Operand index, expression(0));
      GADGETRY_ASSIGN(index, operators_.value(std::move(index)));
      size_t begin = operand.begin;
      GADGETRY_ASSIGN(operand, operators_.element(operand, index));
      GADGETRY_TRY(expect("]"));
      operand.begin = begin;
      operand.end = last_end();
    } else if (token().is_symbol(".")) {
      GADGETRY_ASSIGN(operand, member(operand));
    } else {
      return operand;
    }
  }
}

base::Result<Operand> Parser::primary() {
  size_t begin = token().begin;
  bool is_literal = token().kind == TokenKind::kInt || token().kind == TokenKind::kFloat ||
                    token().kind == TokenKind::kText;
  Operand operand;
  if (accept("(")) {
    GADGETRY_ASSIGN(operand, expression(0));
    GADGETRY_TRY(expect(")"));
  } else if (token().is_symbol("[")) {
    GADGETRY_ASSIGN(operand, list());
  } else if (token().kind == TokenKind::kName && !is_keyword(token())) {
    GADGETRY_ASSIGN(operand, name());
  } else if (is_literal) {
    GADGETRY_ASSIGN(operand, literal());
  } else if (token().is_name("nil")) {
    return error(token(), "nil is never the value of a field")
        .with_hint("compare text with \"\" and numbers with 0");
  } else {
    return unexpected("a field, a number or a text in quotes");
  }
  operand.begin = begin;
  operand.end = last_end();
  return operand;
}

base::Result<Operand> Parser::literal() {
  const Token& literal = token();
  at_++;
  if (literal.kind == TokenKind::kInt) return operators_.literal_int(literal.integer);
  if (literal.kind == TokenKind::kFloat) return operators_.literal_float(literal.fraction);
  return operators_.literal_text(literal.text);
}

base::Result<Operand> Parser::list() {
  size_t begin = token().begin;
  at_++;
  Operand out;
  out.shape = Shape::kList;
  GADGETRY_ASSIGN(out.items, arguments("]"));
  for (Operand& item : out.items) {
    GADGETRY_ASSIGN(item, operators_.value(std::move(item)));
  }
  out.begin = begin;
  out.end = last_end();
  return out;
}

// Expressions between commas, up to and with the closing symbol.
base::Result<std::vector<Operand>> Parser::arguments(std::string_view close) {
  std::vector<Operand> out;
  while (!accept(close)) {
    if (!out.empty()) GADGETRY_TRY(expect(","));
    if (accept(close)) break;  // a comma behind the last one is fine
    GADGETRY_ASSIGN(Operand argument, expression(0));
    out.push_back(std::move(argument));
  }
  return out;
}

base::Result<Operand> Parser::name() {
  if (following().is_symbol("(")) return call();
  if (token().text == "$env" && following().is_symbol("[")) return environment();
  if (token().is_name("true") || token().is_name("false")) {
    bool value = token().text == "true";
    at_++;
    return operators_.literal_bool(value);
  }
  // As much of "a.b.c" as there is: dots belong to the names of fields.
  size_t begin = token().begin;
  std::string full_name = token().text;
  at_++;
  while (token().is_symbol(".") && following().kind == TokenKind::kName) {
    full_name += "." + following().text;
    at_ += 2;
  }
  return field(full_name, begin, last_end());
}

base::Result<Operand> Parser::call() {
  size_t begin = token().begin;
  std::string function = token().text;
  at_ += 2;
  GADGETRY_ASSIGN(std::vector<Operand> values, arguments(")"));
  return operators_.call(function, values, begin, last_end());
}

// $env["name"]: a field whose name is not a word.
base::Result<Operand> Parser::environment() {
  at_ += 2;
  if (token().kind != TokenKind::kText) return unexpected("the name of a field in quotes");
  const Token& text = token();
  at_++;
  GADGETRY_TRY(expect("]"));
  return field(text.text, text.begin, text.end);
}

base::Result<Operand> Parser::field(const std::string& full_name, size_t begin, size_t end) {
  Field* found = source_.find(full_name);
  if (found == nullptr || found->unreferenced()) {
    auto unknown = find_field(source_, full_name);
    if (unknown) return expr_error(text_, begin, end, "field " + full_name + " cannot be used");
    return expr_error(text_, begin, end, unknown.error().message)
        .with_hint(std::string(unknown.error().hint));
  }
  for (int32_t at = found->parent; at >= 0; at = source_.fields()[static_cast<size_t>(at)].parent) {
    const Field& parent = source_.fields()[static_cast<size_t>(at)];
    if (!parent.is_struct_array()) continue;
    return expr_error(text_, begin, end,
                      parent.full_name + " is an array of structs: an element must be chosen")
        .with_hint("write " + parent.full_name + "[0]" + full_name.substr(parent.full_name.size()));
  }
  return operators_.field(*found, kNoNode);
}

// ".b.c" behind structs[i]: again as much as there is.
base::Result<Operand> Parser::member(const Operand& operand) {
  if (operand.shape != Shape::kStruct) {
    return operators_.error(operand, describe(operand) + ": it has no members");
  }
  std::string full_name = operand.field->full_name;
  while (token().is_symbol(".") && following().kind == TokenKind::kName) {
    full_name += "." + following().text;
    at_ += 2;
  }
  if (full_name == operand.field->full_name) return unexpected("the name of a member behind the dot");
  Field* found = source_.find(full_name);
  const Field* array = nullptr;  // between the struct and the member
  int32_t at = found == nullptr || found->unreferenced() ? -1 : found->parent;
  for (; at >= 0 && static_cast<uint32_t>(at) != operand.field->index;
       at = source_.fields()[static_cast<size_t>(at)].parent) {
    const Field& parent = source_.fields()[static_cast<size_t>(at)];
    if (parent.is_struct_array()) array = &parent;
  }
  if (at < 0) {
    std::vector<std::string> members;
    members.reserve(operand.field->children.size());
    for (uint32_t child : operand.field->children) members.push_back(source_.fields()[child].name);
    return expr_error(text_, operand.begin, last_end(), "unknown field \"" + full_name + "\"")
        .with_hint("members of " + operand.field->full_name + " are " + base::join(members, ", "));
  }
  if (array != nullptr) {
    return expr_error(text_, operand.begin, last_end(),
                      array->full_name + " is an array: write " + array->name + "[0]");
  }
  GADGETRY_ASSIGN(Operand out, operators_.field(*found, operand.place));
  out.begin = operand.begin;
  out.end = last_end();
  return out;
}

}  // namespace

base::Result<FilterProgram> compile_expr_filter(DataSource& source, std::string_view text) {
  GADGETRY_ASSIGN(std::vector<Token> tokens, tokenize_expr(text));
  FilterBuilder builder;
  GADGETRY_ASSIGN(uint32_t root, Parser(source, builder, text, tokens).run());
  return builder.finish(root);
}

}  // namespace gadgetry::data
