#include "data/filter_program.hpp"

#include <algorithm>
#include <cstring>

#include "data/filter_nodes.hpp"

namespace gadgetry::data {
namespace {

constexpr size_t kScratchBytes = 4096;

template <typename T>
bool holds(Relation relation, const T& a, const T& b) {
  switch (relation) {
    case Relation::kEqual:
      return a == b;
    case Relation::kNotEqual:
      return a != b;
    case Relation::kLess:
      return a < b;
    case Relation::kLessEqual:
      return a <= b;
    case Relation::kGreater:
      return a > b;
    case Relation::kGreaterEqual:
      return a >= b;
  }
  return false;
}

// Characters of UTF-8 text: every byte that does not continue one.
size_t count_characters(std::string_view text) {
  auto starts = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), starts));
}

// By zero it gives an infinity or NaN, as the format of the numbers says.
__attribute__((no_sanitize("float-divide-by-zero"))) double divide(double a, double b) {
  return a / b;
}

// Computes the nodes of a filter for one record, by type. Recursion is bounded by limits::kFilterDepth.
class Evaluator {
 public:
  Evaluator(const FilterNodes& nodes, const Record& record) : nodes_(nodes), record_(record) {}

  bool condition(uint32_t index);
  Wide integer(uint32_t index);
  double fraction(uint32_t index);
  std::string_view text(uint32_t index);
  bool failed() const { return failed_; }

 private:
  uint32_t element_index(const Node& node);
  uint32_t place(uint32_t index);
  // The value of a field node, by one of the readers of access.hpp.
  template <auto kRead>
  auto read_field(const Node& node) {
    const Field& field = *node.field;
    uint32_t element = element_index(node);
    if (!field.is_list) [[likely]]
      return kRead(record_, field, element, place(node.right));
    // An index past the end: there may not even be an element 0.
    if (failed_) return decltype(kRead(record_, field, element, 0)){};
    return kRead(list_record(record_, field), field, element, 0);
  }
  bool in_array(const Node& node);
  bool in_prefixes(const Node& node);
  Wide arithmetic(const Node& node);
  template <typename Change>
  std::string_view changed(std::string_view from, Change change);

  const FilterNodes& nodes_;
  const Record& record_;
  bool failed_ = false;  // something has no value: the record does not match
  size_t scratch_used_ = 0;
  char scratch_[kScratchBytes];                      // results of lower() and upper()
  std::vector<std::unique_ptr<char[]>> long_texts_;  // those that do not fit
};

bool Evaluator::condition(uint32_t index) {
  for (;;) {
    const Node& node = nodes_.nodes[index];
    switch (node.op) {
      case Op::kBoolConstant:
        return node.data != 0;
      case Op::kBoolField:
        return read_field<read_integer>(node) != 0;
      case Op::kNot:
        return !condition(node.left);
      case Op::kAnd:
        if (!condition(node.left)) return false;
        index = node.right;
        continue;
      case Op::kOr:
        if (condition(node.left)) return true;
        index = node.right;
        continue;
      case Op::kBoolCompare:
        return holds(node.relation, condition(node.left), condition(node.right));
      case Op::kIntCompare:
        return holds(node.relation, integer(node.left), integer(node.right));
      case Op::kFloatCompare:
        return holds(node.relation, fraction(node.left), fraction(node.right));
      case Op::kTextCompare:
        return holds(node.relation, text(node.left), text(node.right));
      case Op::kIntInRange: {
        Wide value = integer(node.left);
        return value >= integer(node.right) && value <= integer(node.data);
      }
      case Op::kIntInSet: {
        const std::vector<Wide>& set = nodes_.int_sets[node.data];
        return std::binary_search(set.begin(), set.end(), integer(node.left));
      }
      case Op::kTextInSet: {
        const std::vector<std::string>& set = nodes_.text_sets[node.data];
        return std::binary_search(set.begin(), set.end(), text(node.left), std::less<std::string_view>());
      }
      case Op::kMatches: {
        std::string_view value = text(node.left);
        re2::StringPiece piece(value.data(), value.size());
        return nodes_.patterns[node.data]->Match(piece, 0, piece.size(), re2::RE2::UNANCHORED, nullptr, 0);
      }
      case Op::kContains:
        return text(node.left).find(text(node.right)) != std::string_view::npos;
      case Op::kStartsWith:
        return text(node.left).starts_with(text(node.right));
      case Op::kEndsWith:
        return text(node.left).ends_with(text(node.right));
      case Op::kInPrefixes:
        return in_prefixes(node);
      default:
        return in_array(node);
    }
  }
}

bool Evaluator::in_prefixes(const Node& node) {
  IpAddress address;
  if (!parse_ip(text(node.left), address)) return false;
  const std::vector<IpPrefix>& prefixes = nodes_.prefix_sets[node.data];
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const IpPrefix& p) { return p.contains(address); });
}

bool Evaluator::in_array(const Node& node) {
  const Field& field = *node.field;
  uint32_t base = place(node.right);
  const Record record = list_record(record_, field);
  uint32_t count = element_count(record_, field);
  auto any = [&](auto&& equal) {
    for (uint32_t i = 0; i < count; i++) {
      if (equal(i)) return true;
    }
    return false;
  };
  switch (node.op) {
    case Op::kBoolInArray: {
      bool value = condition(node.left);
      return any([&](uint32_t i) { return (read_integer(record, field, i, base) != 0) == value; });
    }
    case Op::kIntInArray: {
      Wide value = integer(node.left);
      return any([&](uint32_t i) { return read_wide(record, field, i, base) == value; });
    }
    case Op::kFloatInArray: {
      double value = fraction(node.left);
      return any([&](uint32_t i) { return read_float(record, field, i, base) == value; });
    }
    case Op::kTextInArray: {
      std::string_view value = text(node.left);
      return any([&](uint32_t i) { return read_text(record, field, i, base) == value; });
    }
    default:
      failed_ = true;
      return false;
  }
}

// The index a field node asks for, checked; 0 for a scalar. A negative one counts from the end.
uint32_t Evaluator::element_index(const Node& node) {
  if (node.left == kNoNode) return 0;
  Wide index = integer(node.left);
  Wide count = element_count(record_, *node.field);
  if (index < 0) index += count;
  if (index < 0 || index >= count) {
    failed_ = true;
    return 0;
  }
  return static_cast<uint32_t>(index);
}

uint32_t Evaluator::place(uint32_t index) {
  if (index == kNoNode) return 0;
  const Node& node = nodes_.nodes[index];
  uint32_t element = element_index(node);
  return element_base(*node.field, element, place(node.right));
}

Wide Evaluator::integer(uint32_t index) {
  const Node& node = nodes_.nodes[index];
  switch (node.op) {
    case Op::kIntConstant:
      return nodes_.ints[node.data];
    case Op::kIntField:
      return read_field<read_wide>(node);
    case Op::kLength:
      return static_cast<Wide>(count_characters(text(node.left)));
    case Op::kCount:
      return element_count(record_, *node.field);
    case Op::kIntNegate:
    case Op::kIntAdd:
    case Op::kIntSubtract:
    case Op::kIntMultiply:
    case Op::kIntRemainder:
      return arithmetic(node);
    default:
      failed_ = true;
      return 0;
  }
}

// Wider than any field; what still does not fit has no value.
Wide Evaluator::arithmetic(const Node& node) {
  Wide a = integer(node.left);
  Wide b = node.right == kNoNode ? 0 : integer(node.right);
  Wide out = 0;
  switch (node.op) {
    case Op::kIntNegate:
      failed_ |= __builtin_sub_overflow(Wide{0}, a, &out);
      break;
    case Op::kIntAdd:
      failed_ |= __builtin_add_overflow(a, b, &out);
      break;
    case Op::kIntSubtract:
      failed_ |= __builtin_sub_overflow(a, b, &out);
      break;
    case Op::kIntMultiply:
      failed_ |= __builtin_mul_overflow(a, b, &out);
      break;
    default:
      if (b == 0) {
        failed_ = true;
      } else if (b != -1) {  // the remainder by -1 is 0, but the division overflows for the smallest integer
        out = a % b;
      }
  }
  return out;
}

double Evaluator::fraction(uint32_t index) {
  const Node& node = nodes_.nodes[index];
  switch (node.op) {
    case Op::kFloatConstant:
      return nodes_.floats[node.data];
    case Op::kFloatField:
      return read_field<read_float>(node);
    case Op::kIntToFloat:
      return static_cast<double>(integer(node.left));
    case Op::kFloatNegate:
      return -fraction(node.left);
    case Op::kFloatAdd:
      return fraction(node.left) + fraction(node.right);
    case Op::kFloatSubtract:
      return fraction(node.left) - fraction(node.right);
    case Op::kFloatMultiply:
      return fraction(node.left) * fraction(node.right);
    case Op::kFloatDivide:
      return divide(fraction(node.left), fraction(node.right));
    default:
      failed_ = true;
      return 0;
  }
}

std::string_view Evaluator::text(uint32_t index) {
  const Node& node = nodes_.nodes[index];
  switch (node.op) {
    case Op::kTextConstant:
      return nodes_.texts[node.data];
    case Op::kTextField:
      return read_field<read_text>(node);
    case Op::kLower:
      return changed(text(node.left),
                     [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    case Op::kUpper:
      return changed(text(node.left),
                     [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    default:
      failed_ = true;
      return {};
  }
}

template <typename Change>
std::string_view Evaluator::changed(std::string_view from, Change change) {
  char* out = scratch_ + scratch_used_;
  if (from.size() <= kScratchBytes - scratch_used_) {
    scratch_used_ += from.size();
  } else {
    long_texts_.push_back(std::make_unique<char[]>(from.size()));
    out = long_texts_.back().get();
  }
  std::transform(from.begin(), from.end(), out, change);
  return {out, from.size()};
}

}  // namespace

Wide evaluate_int(const FilterNodes& nodes, uint32_t node, bool& failed) {
  Record none;
  Evaluator evaluator(nodes, none);
  Wide value = evaluator.integer(node);
  failed = evaluator.failed();
  return value;
}

double evaluate_float(const FilterNodes& nodes, uint32_t node, bool& failed) {
  Record none;
  Evaluator evaluator(nodes, none);
  double value = evaluator.fraction(node);
  failed = evaluator.failed();
  return value;
}

FilterProgram::FilterProgram(std::unique_ptr<FilterNodes> nodes) : nodes_(std::move(nodes)) {}
FilterProgram::FilterProgram(FilterProgram&&) noexcept = default;
FilterProgram& FilterProgram::operator=(FilterProgram&&) noexcept = default;
FilterProgram::~FilterProgram() = default;

bool FilterProgram::matches(const Record& record) const {
  Evaluator evaluator(*nodes_, record);
  return evaluator.condition(nodes_->root) && !evaluator.failed();
}

void FilterProgram::mark_needed() {
  for (const Node& node : nodes_->nodes) {
    if (node.field != nullptr) node.field->needed = true;
  }
}

}  // namespace gadgetry::data
