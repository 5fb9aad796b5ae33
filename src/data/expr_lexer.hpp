// Splits the text of a filter expression into tokens.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gadgetry::data {

enum class TokenKind : uint8_t { kEnd, kName, kInt, kFloat, kText, kSymbol };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  size_t begin = 0;  // bytes in the text of the expression
  size_t end = 0;
  std::string text;  // of text literals: what it means, escapes undone
  uint64_t integer = 0;
  double fraction = 0;

  bool is_symbol(std::string_view symbol) const { return kind == TokenKind::kSymbol && text == symbol; }
  bool is_name(std::string_view name) const { return kind == TokenKind::kName && text == name; }
};

// The last token is kEnd, at the end of the text.
base::Result<std::vector<Token>> tokenize_expr(std::string_view text);

// "line L, column C: message", the line, and a mark under bytes begin .. end of it.
base::Error expr_error(std::string_view text, size_t begin, size_t end, const std::string& message);

}  // namespace gadgetry::data
