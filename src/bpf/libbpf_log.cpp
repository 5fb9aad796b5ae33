#include "bpf/libbpf_log.hpp"

#include <bpf/libbpf.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <mutex>

#include "base/log.hpp"
#include "base/strings.hpp"

namespace gadgetry::bpf {
namespace {

constexpr size_t kLogBytes = size_t{64} << 20;  // verifier logs are long, and their end matters

thread_local LibbpfLog* t_current = nullptr;

void log_lines(std::string_view message) {
  if (!base::log_enabled(base::LogLevel::kDebug)) return;
  for (std::string_view line : base::split(message, '\n')) {
    if (!line.empty()) base::log_debug("libbpf: " + base::printable(line));
  }
}

std::string format(const char* text, va_list arguments) {
  va_list copy;
  va_copy(copy, arguments);
  int length = std::vsnprintf(nullptr, 0, text, copy);
  va_end(copy);
  if (length <= 0) return {};
  std::string out(static_cast<size_t>(length) + 1, '\0');
  std::vsnprintf(out.data(), out.size(), text, arguments);
  out.pop_back();
  return out;
}

// Debug messages about each relocation fill screens and tell only who works on libbpf something; what the
// verifier says about a program is what -v is for.
bool is_noise(std::string_view text) {
  for (std::string_view part : {"CO-RE relocating", "relo #", "found %d CO-RE", "map '%s': found", "candidate"}) {
    if (text.find(part) != std::string_view::npos) return true;
  }
  return false;
}

int print(enum libbpf_print_level level, const char* text, va_list arguments) {
  // Formatting all the debug messages is a good part of the time a load takes.
  if (level == LIBBPF_DEBUG && (!base::log_enabled(base::LogLevel::kDebug) || is_noise(text))) return 0;
  std::string formatted = format(text, arguments);
  std::string_view message = formatted;
  if (message.starts_with("libbpf: ")) message.remove_prefix(8);
  log_lines(message);
  if (level == LIBBPF_WARN && t_current != nullptr) t_current->append(message);
  return 0;
}

}  // namespace

LibbpfLog::LibbpfLog() : outer_(t_current) {
  install_libbpf_log();
  t_current = this;
}

LibbpfLog::~LibbpfLog() {
  t_current = outer_;
}

void LibbpfLog::append(std::string_view message) {
  text_.append(message.substr(0, kLogBytes - std::min(kLogBytes, text_.size())));
}

std::string LibbpfLog::first_line() const {
  return text_.substr(0, text_.find('\n'));
}

void install_libbpf_log() {
  static std::once_flag once;
  std::call_once(once, [] { libbpf_set_print(print); });
}

}  // namespace gadgetry::bpf
