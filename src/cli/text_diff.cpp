#include "cli/text_diff.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/strings.hpp"

namespace gadgetry::cli {
namespace {

constexpr size_t kContext = 2;
constexpr size_t kTableCells =
    4u << 20;  // beyond that everything between the first and the last difference is one change
constexpr size_t kLineBytes = 1000;

struct Step {
  char sign;  // ' ', '-' or '+'
  std::string_view line;
  size_t number;  // in the text after
};

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines = base::split(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

using Lines = std::vector<std::string_view>;

// The longest common subsequence of the middle parts a[head, a_end) and b[head, b_end).
void diff_middle(const Lines& a, const Lines& b, size_t head, size_t a_end, size_t b_end,
                 std::vector<Step>& out) {
  size_t rows = a_end - head;
  size_t columns = b_end - head;
  std::vector<uint32_t> table;
  if (rows * columns <= kTableCells) {
    table.resize((rows + 1) * (columns + 1));
    for (size_t i = rows; i-- > 0;) {
      for (size_t j = columns; j-- > 0;) {
        uint32_t* cell = &table[i * (columns + 1) + j];
        *cell = a[head + i] == b[head + j] ? cell[columns + 2] + 1 : std::max(cell[columns + 1], cell[1]);
      }
    }
  }
  size_t i = 0;
  size_t j = 0;
  while (i < rows || j < columns) {
    const uint32_t* cell = table.empty() ? nullptr : &table[i * (columns + 1) + j];
    if (cell != nullptr && i < rows && j < columns && a[head + i] == b[head + j]) {
      out.push_back({' ', b[head + j], head + j + 1});
      i++;
      j++;
    } else if (i < rows && (j == columns || cell == nullptr || cell[columns + 1] >= cell[1])) {
      out.push_back({'-', a[head + i++], head + j + 1});
    } else {
      out.push_back({'+', b[head + j], head + j + 1});
      j++;
    }
  }
}

}  // namespace

TextDiff diff_lines(std::string_view before, std::string_view after, size_t max_lines) {
  Lines a = lines_of(before);
  Lines b = lines_of(after);
  size_t head = 0;
  while (head < std::min(a.size(), b.size()) && a[head] == b[head]) head++;
  size_t a_end = a.size();
  size_t b_end = b.size();
  while (a_end > head && b_end > head && a[a_end - 1] == b[b_end - 1]) {
    a_end--;
    b_end--;
  }
  std::vector<Step> steps;
  for (size_t i = head - std::min(head, kContext); i < head; i++) steps.push_back({' ', b[i], i + 1});
  diff_middle(a, b, head, a_end, b_end, steps);
  for (size_t i = b_end; i < std::min(b_end + kContext, b.size()); i++) steps.push_back({' ', b[i], i + 1});

  TextDiff diff;
  size_t shown = 0;
  size_t next = SIZE_MAX;  // the step behind the one that was shown last
  for (size_t i = 0; i < steps.size(); i++) {
    diff.removed += steps[i].sign == '-';
    diff.added += steps[i].sign == '+';
    size_t from = i - std::min(i, kContext);
    size_t to = std::min(i + kContext + 1, steps.size());
    bool near =
        std::any_of(steps.begin() + static_cast<ptrdiff_t>(from), steps.begin() + static_cast<ptrdiff_t>(to),
                    [](const Step& step) { return step.sign != ' '; });
    if (!near || shown >= max_lines) continue;
    if (i != next) diff.text += "@@ line " + std::to_string(steps[i].number) + "\n";
    next = i + 1;
    shown++;
    diff.text += steps[i].sign + base::printable(steps[i].line.substr(0, kLineBytes)) + "\n";
  }
  if (diff.text.empty()) diff.text = "only the newline at the end differs\n";
  if (shown >= max_lines)
    diff.text += "... (" + std::to_string(diff.removed) + " lines removed, " + std::to_string(diff.added) +
                 " added)\n";
  return diff;
}

}  // namespace gadgetry::cli
