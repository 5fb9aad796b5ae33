// Text from outside, made fit for JSON and for terminals.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gadgetry::output {

// Room write_json_string needs for size bytes of text.
inline constexpr size_t json_string_bound(size_t size) {
  return 6 * size + 2 + 16;
}

// Writes the text as a JSON string, with its quotes, and returns the end. With stop_at_nul the text ends at
// its first NUL, if it has one. Escaped: quotes, backslashes, control characters (also DEL and U+0080 ...
// U+009F, which some terminals obey) and those that change the direction of writing. A byte that is not part
// of valid UTF-8 becomes U+FFFD.
char* write_json_string(char* out, std::string_view text, bool stop_at_nul);

// The code point at the start of text and how many bytes it takes; size 0 when text does not start with valid
// UTF-8 (or is empty).
struct CodePoint {
  char32_t value = 0;
  uint32_t size = 0;
};
CodePoint decode_utf8(std::string_view text);

// Terminal cells of a code point: 0 for combining marks and joiners, 2 for wide East Asian characters and
// emoji.
int cell_width(char32_t code_point);

// Appends text that cannot move the cursor or change the terminal: control characters as \n, \t or \xNN,
// characters that change the direction of writing as \uNNNN, bad bytes as U+FFFD ("?" when not utf8, as are
// all others outside ASCII). Returns the terminal cells it takes.
size_t append_printable(std::string& out, std::string_view text, bool utf8);

// The same for text of several lines: line ends and tabs stay what they are.
void append_lines(std::string& out, std::string_view text, bool utf8);

// Cells of text that append_printable made.
size_t text_cells(std::string_view text);

}  // namespace gadgetry::output
