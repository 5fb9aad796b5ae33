#include "cli/finding_print.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/strings.hpp"

namespace gadgetry::cli {
namespace {

using bpf::Answer;
using bpf::Finding;

constexpr size_t kWidth = 100;         // of lists of names
constexpr size_t kListedAtMost = 120;  // names that are told one by one
constexpr const char* kBold = "\033[1m";
constexpr const char* kGreen = "\033[32m";
constexpr const char* kRed = "\033[31m";
constexpr const char* kYellow = "\033[33m";
constexpr const char* kPlain = "\033[0m";

const char* color_of(Answer answer) {
  if (answer == Answer::kYes) return kGreen;
  if (answer == Answer::kNo) return kRed;
  return answer == Answer::kUnknown ? kYellow : "";
}

std::string painted(std::string text, const char* color, bool colors) {
  if (!colors || color[0] == '\0') return text;
  return color + text + kPlain;
}

// "  yes      " in front of a finding.
std::string label(Answer answer, bool colors) {
  std::string word(answer == Answer::kInfo ? "-" : bpf::answer_name(answer));
  const size_t width = word.size();
  return "  " + painted(std::move(word), color_of(answer), colors) +
         std::string(9 - std::min<size_t>(width, 8), ' ');
}

// Names, wrapped, behind a label.
std::string name_list(const std::vector<std::string>& names, const std::string& first, size_t indent) {
  std::string out = first;
  size_t column = indent;
  for (size_t i = 0; i < names.size(); i++) {
    const std::string one = names[i] + (i + 1 < names.size() ? "," : "");
    if (column + one.size() > kWidth && column > indent) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    }
    if (column > indent) {
      out += ' ';
      column++;
    }
    out += one;
    column += one.size();
  }
  return out + "\n";
}

std::string shown_name(const Finding& finding) {
  std::string out = base::printable(finding.name);
  if (!finding.section.empty()) out += " (" + base::printable(finding.section) + ")";
  return out;
}

std::string one_finding(const Finding& finding, size_t width, bool colors) {
  const std::string name = shown_name(finding);
  std::string out = label(finding.answer, colors) + name;
  if (!finding.detail.empty()) {
    out +=
        std::string(width > name.size() ? width - name.size() + 2 : 2, ' ') + base::printable(finding.detail);
  }
  out += "\n";
  if (finding.answer != Answer::kYes && !finding.fix.empty())
    out += std::string(11, ' ') + "-> " + base::printable(finding.fix) + "\n";
  return out;
}

bool same_reason(const Finding& a, const Finding& b) {
  return a.answer == b.answer && a.detail == b.detail && a.fix == b.fix;
}

std::string format_section(const bpf::FindingSection& section, bool colors) {
  size_t good = 0;
  size_t asked = 0;
  std::vector<std::string> plain;  // there, and nothing more to say
  std::vector<const Finding*> rest;
  size_t width = 0;
  for (const Finding& finding : section.findings) {
    asked += finding.answer == Answer::kInfo ? 0 : 1;
    good += finding.answer == Answer::kYes ? 1 : 0;
    if (finding.answer == Answer::kYes && finding.detail.empty()) {
      plain.push_back(shown_name(finding));
    } else {
      rest.push_back(&finding);
      width = std::max(width, shown_name(finding).size());
    }
  }
  std::string out = painted(section.title, kBold, colors);
  if (asked > 3) out += " (" + std::to_string(good) + " of " + std::to_string(asked) + ")";
  out += "\n";
  if (plain.size() > kListedAtMost) {
    out += label(Answer::kYes, colors) + (rest.empty() ? "all of them\n" : "all but these:\n");
  } else if (!plain.empty()) {
    out += name_list(plain, label(Answer::kYes, colors), 11);
  }
  for (size_t i = 0; i < rest.size(); i++) {  // those in a row with one reason are told together
    std::vector<std::string> names = {shown_name(*rest[i])};
    size_t last = i;
    while (last + 1 < rest.size() && rest[i]->answer != Answer::kInfo &&
           same_reason(*rest[i], *rest[last + 1]))
      names.push_back(shown_name(*rest[++last]));
    if (names.size() == 1) {
      out += one_finding(*rest[i], width, colors);
      continue;
    }
    out += name_list(names, label(rest[i]->answer, colors), 11);
    if (!rest[i]->detail.empty()) out += std::string(11, ' ') + base::printable(rest[i]->detail) + "\n";
    if (!rest[i]->fix.empty()) out += std::string(11, ' ') + "-> " + base::printable(rest[i]->fix) + "\n";
    i = last;
  }
  return out;
}

}  // namespace

bool use_colors() {
  const char* forbidden = std::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) == 1 && (forbidden == nullptr || forbidden[0] == '\0');
}

std::vector<std::string> missing_needs(const std::vector<bpf::FindingSection>& sections) {
  std::vector<std::string> out;
  for (const auto& section : sections) {
    for (const Finding& finding : section.findings) {
      if (finding.is_needed && finding.answer != Answer::kYes && finding.answer != Answer::kInfo)
        out.push_back(section.key + ": " + finding.name);
    }
  }
  return out;
}

Json findings_json(const std::vector<Finding>& findings) {
  Json out = Json::array();
  for (const Finding& finding : findings) {
    Json one;
    one["name"] = finding.name;
    if (!finding.section.empty()) one["section"] = finding.section;
    one["status"] = bpf::answer_name(finding.answer);
    if (!finding.detail.empty()) one["detail"] = finding.detail;
    if (!finding.fix.empty() && finding.answer != Answer::kYes) one["fix"] = finding.fix;
    one["needed"] = finding.is_needed;
    out.push_back(std::move(one));
  }
  return out;
}

std::string format_sections(const std::vector<bpf::FindingSection>& sections, bool colors) {
  std::string out;
  for (const auto& section : sections) out += format_section(section, colors) + "\n";
  return out;
}

}  // namespace gadgetry::cli
