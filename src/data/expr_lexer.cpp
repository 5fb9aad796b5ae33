#include "data/expr_lexer.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/strings.hpp"

namespace gadgetry::data {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}
bool is_name_part(char c) {
  return is_name_start(c) || is_digit(c);
}

size_t count_characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

void append_utf8(std::string& out, uint32_t code) {
  auto put = [&](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  base::Result<std::vector<Token>> run() {
    std::vector<Token> tokens;
    for (;;) {
      while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
        at_++;
      Token token;
      token.begin = at_;
      if (at_ < text_.size()) GADGETRY_TRY(next(token));
      token.end = at_;
      tokens.push_back(token);
      if (token.kind == TokenKind::kEnd) return tokens;
    }
  }

 private:
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  base::Error fail(size_t begin, const std::string& message) const {
    return expr_error(text_, begin, std::max(at_, begin + 1), message);
  }

  base::Status next(Token& token) {
    char c = peek();
    if (is_name_start(c)) {
      while (is_name_part(peek())) at_++;
      token.kind = TokenKind::kName;
      token.text = text_.substr(token.begin, at_ - token.begin);
      return {};
    }
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number(token);
    if (c == '"' || c == '\'') return quoted(token);
    if (c == '`') return raw(token);
    return symbol(token);
  }

  base::Status symbol(Token& token) {
    static constexpr std::string_view kSymbols[] = {"==", "!=", "<=", ">=", "&&", "||", "..",
                                                    "<",  ">",  "!",  "+",  "-",  "*",  "/",
                                                    "%",  "(",  ")",  "[",  "]",  ",",  "."};
    for (std::string_view known : kSymbols) {
      if (text_.substr(at_, known.size()) != known) continue;
      token.kind = TokenKind::kSymbol;
      token.text = known;
      at_ += known.size();
      return {};
    }
    if (peek() == '=') return fail(at_, "\"=\" is not an operator").with_hint("use == to compare");
    if (peek() == '&') return fail(at_, "\"&\" is not an operator").with_hint("use && or and");
    if (peek() == '|') return fail(at_, "\"|\" is not an operator").with_hint("use || or or");
    return fail(at_, "this character has no meaning here").with_hint("text needs quotes: \"text\"");
  }

  base::Status number(Token& token) {
    int base = 10;
    if (peek() == '0' && std::string_view("xXbBoO").find(peek(1)) != std::string_view::npos &&
        peek(1) != '\0') {
      char letter = static_cast<char>(peek(1) | 0x20);
      base = letter == 'x' ? 16 : (letter == 'b' ? 2 : 8);
      at_ += 2;
    }
    std::string digits;
    bool is_fraction = false;
    for (; at_ < text_.size(); at_++) {
      char c = peek();
      bool exponent = base == 10 && (c == 'e' || c == 'E');
      bool point = base == 10 && c == '.' && !is_fraction && is_digit(peek(1));
      if (c == '_') continue;
      if (!is_name_part(c) && !point) break;
      is_fraction |= point || exponent;
      digits.push_back(c);
      if (exponent && (peek(1) == '+' || peek(1) == '-')) digits.push_back(text_[++at_]);
    }
    if (is_fraction) {
      auto value = base::parse_double(digits);
      if (!value) return fail(token.begin, "not a number");
      token.kind = TokenKind::kFloat;
      token.fraction = *value;
      return {};
    }
    auto value = base::parse_int<uint64_t>(digits, base);
    if (!value) {
      bool number = !digits.empty() && std::all_of(digits.begin(), digits.end(), is_digit);
      return fail(token.begin, number ? "the number does not fit in 64 bits" : "not a number");
    }
    token.kind = TokenKind::kInt;
    token.integer = *value;
    return {};
  }

  base::Status raw(Token& token) {
    size_t close = text_.find('`', at_ + 1);
    if (close == std::string_view::npos) return fail(at_, "the text has no end: ` is missing");
    token.kind = TokenKind::kText;
    token.text = text_.substr(at_ + 1, close - at_ - 1);
    at_ = close + 1;
    return {};
  }

  base::Status quoted(Token& token) {
    char quote = text_[at_++];
    token.kind = TokenKind::kText;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\') {
        GADGETRY_TRY(escape(token.text));
      } else {
        token.text.push_back(text_[at_++]);
      }
    }
    if (at_ >= text_.size()) {
      at_ = token.begin + 1;
      return fail(token.begin, std::string("the text has no end: ") + quote + " is missing");
    }
    at_++;
    return {};
  }

  base::Status escape(std::string& out) {
    size_t begin = at_++;
    char c = peek();
    at_++;
    static constexpr std::string_view kLetters = "abfnrtv\\\"'`";
    static constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\\"'`";
    if (size_t i = kLetters.find(c); c != '\0' && i != std::string_view::npos) {
      out.push_back(kMeanings[i]);
      return {};
    }
    if (c == 'x') return code(begin, 2, false, out);
    if (c == 'u') return code(begin, 4, true, out);
    if (c == 'U') return code(begin, 8, true, out);
    at_ = std::min(at_, text_.size());
    return fail(begin, "unknown escape in a text")
        .with_hint(
            "escapes are \\n \\t \\r \\\\ \\\" \\' \\xNN \\uNNNN; between ` ` a backslash stands for itself");
  }

  // Reads hexadecimal digits: a byte, or a character.
  base::Status code(size_t begin, size_t digits, bool is_character, std::string& out) {
    auto value = base::parse_int<uint32_t>(text_.substr(at_, digits), 16);
    bool whole = at_ + digits <= text_.size();
    bool surrogate = is_character && value && *value >= 0xd800 && *value <= 0xdfff;
    at_ = std::min(at_ + digits, text_.size());
    if (!value || !whole || surrogate || *value > 0x10ffff) return fail(begin, "not a character code");
    if (is_character) {
      append_utf8(out, *value);
    } else {
      out.push_back(static_cast<char>(*value));
    }
    return {};
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

base::Result<std::vector<Token>> tokenize_expr(std::string_view text) {
  if (text.size() > limits::kFilterBytes) {
    return base::Error::usage("the expression is longer than " + std::to_string(limits::kFilterBytes) +
                              " bytes");
  }
  return Lexer(text).run();
}

base::Error expr_error(std::string_view text, size_t begin, size_t end, const std::string& message) {
  begin = std::min(begin, text.size());
  end = std::clamp(end, begin, text.size());
  size_t line_begin = begin == 0 ? 0 : text.rfind('\n', begin - 1) + 1;  // npos + 1 is 0
  size_t line_end = std::min(text.find('\n', begin), text.size());
  end = std::min(end, line_end);
  auto line_number = 1 + std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(line_begin), '\n');
  std::string before = base::printable(text.substr(line_begin, begin - line_begin));
  std::string marked = base::printable(text.substr(begin, end - begin));
  std::string after = base::printable(text.substr(end, line_end - end));
  size_t column = count_characters(text.substr(line_begin, begin - line_begin)) + 1;
  std::string out =
      "line " + std::to_string(line_number) + ", column " + std::to_string(column) + ": " + message;
  out += "\n  " + before + marked + after;
  out += "\n  " + std::string(count_characters(before), ' ') + "^";
  out += std::string(std::max<size_t>(count_characters(marked), 1) - 1, '~');
  return base::Error::usage(std::move(out));
}

}  // namespace gadgetry::data
