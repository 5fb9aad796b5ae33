#include "bpf/kernel_symbols.hpp"

#include <fcntl.h>
#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <mutex>
#include <set>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/strings.hpp"
#include "bpf/features.hpp"

namespace gadgetry::bpf {
namespace {

// Wraps the names of system calls on this machine; the kernel's own prefix.
constexpr std::string_view kWrapperPrefix =
#if defined(__x86_64__)
    "__x64_sys_";
#elif defined(__aarch64__)
    "__arm64_sys_";
#elif defined(__riscv)
    "__riscv_sys_";
#elif defined(__s390x__)
    "__s390x_sys_";
#else
    "__se_sys_";
#endif

// Takes the next line off the front of text.
std::string_view next_line(std::string_view& text) {
  size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

// Calls visit(text) with whole lines of a file of the kernel until it says that it has seen enough.
template <typename Visit>
bool scan_lines(int fd, Visit&& visit) {
  constexpr size_t kPiece = size_t{256} << 10;
  std::string buffer;
  for (;;) {
    size_t kept = buffer.size();
    if (kept > kPiece) return false;  // no line of the kernel is that long
    buffer.resize(kept + kPiece);
    ssize_t got = read(fd, buffer.data() + kept, kPiece);
    if (got < 0 && errno == EINTR)
      got = 0;
    else if (got <= 0)
      return false;
    buffer.resize(kept + static_cast<size_t>(got));
    size_t end = buffer.rfind('\n');
    if (end == std::string::npos) continue;
    if (visit(std::string_view(buffer).substr(0, end + 1))) return true;
    buffer.erase(0, end + 1);
  }
}

bool is_code(char kind) {
  return kind == 't' || kind == 'T' || kind == 'w' || kind == 'W';
}

bool may_be_name(std::string_view name) {
  return !name.empty() && name.find_first_of(" \t\n") == std::string_view::npos;
}

}  // namespace

bool has_function(std::string_view symbols, std::string_view name) {
  if (!may_be_name(name)) return false;
  for (size_t at = symbols.find(name); at != std::string_view::npos; at = symbols.find(name, at + 1)) {
    size_t end = at + name.size();
    bool ends = end == symbols.size() || symbols[end] == '\n' || symbols[end] == '\t';
    if (ends && at >= 2 && symbols[at - 1] == ' ' && is_code(symbols[at - 2])) return true;
  }
  return false;
}

bool has_kernel_function(std::string_view name) {
  // The list is long, and the same name is asked for again and again: what was found is remembered. What was not may come
  // with a module.
  static std::mutex mutex;
  static std::set<std::string, std::less<>> found;
  {
    std::lock_guard guard(mutex);
    if (found.contains(name)) return true;
  }
  base::Fd file(open("/proc/kallsyms", O_RDONLY | O_CLOEXEC));
  bool is_there = file && scan_lines(file.get(), [&](std::string_view lines) { return has_function(lines, name); });
  std::lock_guard guard(mutex);
  if (is_there && found.size() < limits::kTracedFunctions) found.emplace(name);
  return is_there;
}

std::string syscall_function(std::string_view name) {
  static const bool is_wrapped = has_kernel_function(std::string(kWrapperPrefix) + "bpf");
  return std::string(is_wrapped ? kWrapperPrefix : "__se_sys_") + std::string(name);
}

std::vector<TraceableFunction> match_traceable(std::string_view list, bool with_addresses,
                                               const std::string& pattern) {
  std::map<std::string, size_t> count;
  std::vector<TraceableFunction> out;
  // Most lines differ from the pattern in its beginning: they are not worth a look by fnmatch.
  std::string_view start = std::string_view(pattern).substr(0, pattern.find_first_of("*?[\\"));
  while (!list.empty() && out.size() < limits::kTracedFunctions) {
    std::string_view line = next_line(list);
    TraceableFunction one;
    if (with_addresses) {
      size_t space = line.find(' ');
      auto address = base::parse_int<uint64_t>(line.substr(0, space), 16);
      if (space == std::string_view::npos || !address) continue;
      one.address = *address;
      line.remove_prefix(space + 1);
    }
    line = line.substr(0, line.find_first_of(" \t"));
    if (line.empty() || !line.starts_with(start)) continue;
    one.name = line;
    if (fnmatch(pattern.c_str(), one.name.c_str(), 0) != 0) continue;
    count[one.name]++;
    out.push_back(std::move(one));
  }
  if (!with_addresses) std::erase_if(out, [&](const TraceableFunction& one) { return count[one.name] > 1; });
  return out;
}

base::Result<std::vector<TraceableFunction>> find_traceable(const std::string& pattern) {
  GADGETRY_ASSIGN(base::Fd tracefs, open_tracefs());
  // Since Linux 6.5; it tells functions of the same name apart.
  base::Fd file(openat(tracefs.get(), "available_filter_functions_addrs", O_RDONLY | O_CLOEXEC));
  bool with_addresses = static_cast<bool>(file);
  if (!file) file = base::Fd(openat(tracefs.get(), "available_filter_functions", O_RDONLY | O_CLOEXEC));
  if (!file) {
    return base::Error::system("the kernel's list of functions that can be traced", errno)
        .with_hint(errno == ENOENT ? "it needs CONFIG_FUNCTION_TRACER=y"
                                   : "name the functions instead of a pattern, or run as root");
  }
  GADGETRY_ASSIGN(std::string text,
                  base::read_fd(file.get(), limits::kTraceableBytes, "available_filter_functions"));
  return match_traceable(text, with_addresses, pattern);
}

}  // namespace gadgetry::bpf
