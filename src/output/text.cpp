#include "output/text.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace gadgetry::output {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";
constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

constexpr uint64_t repeat(uint8_t byte) {
  return uint64_t{0x0101010101010101} * byte;
}
constexpr uint64_t kHighBits = repeat(0x80);

uint64_t zero_bytes(uint64_t word) {
  return (word - repeat(1)) & ~word & kHighBits;
}

// The high bit of each byte of an 8-byte word that JSON text cannot hold as it is. Bytes above the first one
// found may be marked wrongly.
uint64_t special_bytes(uint64_t word) {
  uint64_t control = (word - repeat(0x20)) & ~word;
  return ((control | word) & kHighBits) | zero_bytes(word ^ repeat('"')) | zero_bytes(word ^ repeat('\\')) |
         zero_bytes(word ^ repeat(0x7f));
}

bool is_special(unsigned char c) {
  return c < 0x20 || c >= 0x7f || c == '"' || c == '\\';
}

// Copies text up to the first special byte; returns how many bytes that is. May write 16 bytes further.
inline size_t copy_clean(char* out, const char* text, size_t size) {
  size_t at = 0;
#ifdef __SSE2__
  for (; at + 16 <= size; at += 16) {
    __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + at));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + at), block);
    // Compared as signed bytes, those from 0x80 on are below 0x20 too.
    __m128i special = _mm_cmplt_epi8(block, _mm_set1_epi8(0x20));
    special = _mm_or_si128(special, _mm_cmpeq_epi8(block, _mm_set1_epi8('"')));
    special = _mm_or_si128(special, _mm_cmpeq_epi8(block, _mm_set1_epi8('\\')));
    special = _mm_or_si128(special, _mm_cmpeq_epi8(block, _mm_set1_epi8(0x7f)));
    auto mask = static_cast<unsigned>(_mm_movemask_epi8(special));
    if (mask != 0) return at + static_cast<size_t>(std::countr_zero(mask));
  }
#endif
  for (; at + 8 <= size; at += 8) {
    uint64_t word;
    std::memcpy(&word, text + at, 8);
    std::memcpy(out + at, &word, 8);
    uint64_t special = special_bytes(word);
    if (special != 0) return at + static_cast<size_t>(std::countr_zero(special)) / 8;
  }
  for (; at < size && !is_special(static_cast<unsigned char>(text[at])); at++) out[at] = text[at];
  return at;
}

// Control characters, line separators, and what changes the direction of writing.
bool is_control(char32_t c) {
  if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return true;
  return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069);
}

char* write_unicode_escape(char* out, char32_t value) {
  out[0] = '\\';
  out[1] = 'u';
  for (int i = 0; i < 4; i++) out[2 + i] = kHexDigits[(value >> (12 - 4 * i)) & 15];
  return out + 6;
}

char short_escape(unsigned char c) {
  switch (c) {
    case '"':
    case '\\':
      return static_cast<char>(c);
    case '\n':
      return 'n';
    case '\t':
      return 't';
    case '\r':
      return 'r';
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    default:
      return 0;
  }
}

// Writes what stands for the special byte (or character) at the start of text, and removes it.
char* write_special(char* out, std::string_view& text) {
  auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) {
    text.remove_prefix(1);
    char escape = short_escape(first);
    if (escape == 0) return write_unicode_escape(out, first);
    *out++ = '\\';
    *out++ = escape;
    return out;
  }
  CodePoint point = decode_utf8(text);
  if (point.size == 0) {
    std::memcpy(out, kReplacement.data(), kReplacement.size());
    text.remove_prefix(1);
    return out + kReplacement.size();
  }
  if (is_control(point.value)) {
    out = write_unicode_escape(out, point.value);
  } else {
    std::memcpy(out, text.data(), point.size);
    out += point.size;
  }
  text.remove_prefix(point.size);
  return out;
}

struct Range {
  char32_t first;
  char32_t last;
};

// Blocks of combining marks, joiners and variation selectors (Unicode general categories Mn, Me and Cf), and
// of wide characters (East_Asian_Width W and F). Whole blocks, so coarser than the Unicode tables.
constexpr Range kZeroWidth[] = {{0x0300, 0x036f}, {0x0483, 0x0489},   {0x0591, 0x05bd},  {0x0610, 0x061a},
                                {0x064b, 0x065f}, {0x06d6, 0x06dc},   {0x06df, 0x06e4},  {0x0900, 0x0902},
                                {0x093c, 0x093c}, {0x0941, 0x0948},   {0x094d, 0x094d},  {0x0e31, 0x0e31},
                                {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e},   {0x1ab0, 0x1aff},  {0x1dc0, 0x1dff},
                                {0x200b, 0x200f}, {0x202a, 0x202e},   {0x2060, 0x206f},  {0x20d0, 0x20ff},
                                {0x302a, 0x302d}, {0x3099, 0x309a},   {0xfe00, 0xfe0f},  {0xfe20, 0xfe2f},
                                {0xfeff, 0xfeff}, {0x1f3fb, 0x1f3ff}, {0xe0000, 0xe01ef}};
constexpr Range kWide[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x23e9, 0x23ec},   {0x25fd, 0x25fe},   {0x2614, 0x2615},
    {0x2648, 0x2653},   {0x26aa, 0x26ab},   {0x26bd, 0x26be},   {0x26c4, 0x26c5},   {0x2705, 0x2705},
    {0x270a, 0x270b},   {0x2728, 0x2728},   {0x274c, 0x274c},   {0x2753, 0x2755},   {0x2757, 0x2757},
    {0x2795, 0x2797},   {0x2b1b, 0x2b1c},   {0x2b50, 0x2b50},   {0x2b55, 0x2b55},   {0x2e80, 0x303e},
    {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xa000, 0xa4cf},   {0xa960, 0xa97f},
    {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
    {0x16fe0, 0x18aff}, {0x1b000, 0x1b2ff}, {0x1f004, 0x1f004}, {0x1f0cf, 0x1f0cf}, {0x1f18e, 0x1f18e},
    {0x1f191, 0x1f19a}, {0x1f200, 0x1f320}, {0x1f32d, 0x1f335}, {0x1f337, 0x1f37c}, {0x1f37e, 0x1f393},
    {0x1f3a0, 0x1f3ca}, {0x1f3e0, 0x1f3f0}, {0x1f400, 0x1f4fd}, {0x1f4ff, 0x1f53d}, {0x1f550, 0x1f567},
    {0x1f5fb, 0x1f64f}, {0x1f680, 0x1f6c5}, {0x1f6d0, 0x1f6df}, {0x1f7e0, 0x1f7eb}, {0x1f90c, 0x1f9ff},
    {0x1fa70, 0x1faff}, {0x20000, 0x3fffd}};

template <size_t kCount>
bool contains(const Range (&ranges)[kCount], char32_t value) {
  const Range* range = std::upper_bound(std::begin(ranges), std::end(ranges), value,
                                        [](char32_t v, const Range& r) { return v < r.first; });
  return range != std::begin(ranges) && value <= std::prev(range)->last;
}

void append_escape(std::string& out, char32_t value) {
  if (value == '\n' || value == '\t') {
    out += value == '\n' ? "\\n" : "\\t";
  } else if (value < 0x100) {
    const char escape[] = {'\\', 'x', kHexDigits[value >> 4], kHexDigits[value & 15]};
    out.append(escape, sizeof(escape));
  } else {
    char escape[6];
    write_unicode_escape(escape, value);
    out.append(escape, sizeof(escape));
  }
}

// Appends the character at the start of text, which is not printable ASCII, and removes it. Returns its
// cells.
size_t append_other(std::string& out, std::string_view& text, bool utf8) {
  CodePoint point = decode_utf8(text);
  size_t size = std::max<uint32_t>(point.size, 1);
  std::string_view bytes = text.substr(0, size);
  text.remove_prefix(size);
  size_t before = out.size();
  if (point.size != 0 && is_control(point.value)) {
    append_escape(out, point.value);
    return out.size() - before;
  }
  if (!utf8) {
    bool micro = point.value == 0xb5 || point.value == 0x3bc;  // the unit µs has a usual ASCII form
    out.push_back(micro ? 'u' : '?');
    return 1;
  }
  out.append(point.size == 0 ? kReplacement : bytes);
  return point.size == 0 ? 1 : static_cast<size_t>(cell_width(point.value));
}

}  // namespace

char* write_json_string(char* out, std::string_view text, bool stop_at_nul) {
  *out++ = '"';
  for (;;) {
    size_t clean = copy_clean(out, text.data(), text.size());
    out += clean;
    if (clean == text.size()) break;
    text.remove_prefix(clean);
    if (text.front() == 0 && stop_at_nul) break;
    out = write_special(out, text);
  }
  *out++ = '"';
  return out;
}

CodePoint decode_utf8(std::string_view text) {
  if (text.empty()) return {};
  auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return {first, 1};
  uint32_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return {};
  char32_t value = first & (0x7fu >> size);
  for (uint32_t i = 1; i < size; i++) {
    auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0) != 0x80) return {};
    value = value << 6 | (next & 0x3f);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return {};
  return {value, size};
}

int cell_width(char32_t code_point) {
  if (code_point < 0x300) return 1;
  if (contains(kZeroWidth, code_point)) return 0;
  return contains(kWide, code_point) ? 2 : 1;
}

size_t append_printable(std::string& out, std::string_view text, bool utf8) {
  size_t cells = 0;
  while (!text.empty()) {
    size_t run = 0;
    while (run < text.size() && text[run] >= 0x20 && text[run] < 0x7f) run++;
    out.append(text.substr(0, run));
    cells += run;
    text.remove_prefix(run);
    if (!text.empty()) cells += append_other(out, text, utf8);
  }
  return cells;
}

void append_lines(std::string& out, std::string_view text, bool utf8) {
  for (;;) {
    size_t end = std::min(text.find_first_of("\n\t"), text.size());
    append_printable(out, text.substr(0, end), utf8);
    if (end == text.size()) return;
    out.push_back(text[end]);
    text.remove_prefix(end + 1);
  }
}

size_t text_cells(std::string_view text) {
  size_t cells = 0;
  while (!text.empty()) {
    CodePoint point = decode_utf8(text);
    cells += point.size == 0 ? 1 : static_cast<size_t>(cell_width(point.value));
    text.remove_prefix(std::max<uint32_t>(point.size, 1));
  }
  return cells;
}

}  // namespace gadgetry::output
