#include "wasm/syscall_declarations.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <string>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/strings.hpp"
#include "bpf/features.hpp"

namespace gadgetry::wasm {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the declarations are given to modules as they are");

// Where the kernel's function, and so the tracepoint, has another name than the system call.
struct OtherName {
  std::string_view tracepoint;
  std::string_view name;
};
constexpr OtherName kOtherNames[] = {{"newfstat", "fstat"}, {"newlstat", "lstat"},      {"newstat", "stat"},
                                     {"newuname", "uname"}, {"sendfile64", "sendfile"}, {"sysctl", "_sysctl"},
                                     {"umount", "umount2"}};

// The tracepoint's name for a system call; empty when there is none of that name.
std::string_view tracepoint_of(std::string_view name) {
  bool is_name =
      !name.empty() && name.size() <= kSyscallNameBytes && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
      });
  if (!is_name) return {};
  for (const OtherName& other : kOtherNames) {
    if (other.name == name) return other.tracepoint;
    if (other.tracepoint == name) return {};
  }
  return name;
}

// Of "field:const char * filename;\toffset:24;..." the type and the name.
struct FormatField {
  std::string_view type;
  std::string_view name;
};
FormatField parse_field(std::string_view line) {
  constexpr std::string_view kField = "field:";
  line = base::trim(line);
  if (!line.starts_with(kField)) return {};
  std::string_view text = line.substr(kField.size());
  size_t end = text.find(';');
  if (end == std::string_view::npos) return {};
  text = text.substr(0, end);
  size_t before = text.find_last_of(" \t*");
  if (before == std::string_view::npos) return {};
  return {.type = text.substr(0, before + 1), .name = text.substr(before + 1)};
}

void copy_name(char (&to)[kSyscallNameBytes], std::string_view name) {
  std::memcpy(to, name.data(), std::min(name.size(), kSyscallNameBytes));
}

// One open folder for all files; opened at the first use that succeeds.
base::Result<int> events_folder() {
  static base::Fd folder;
  if (!folder) {
    GADGETRY_ASSIGN(folder, bpf::open_tracefs());
  }
  return folder.get();
}

base::Result<std::string> read_format(std::string_view tracepoint) {
  GADGETRY_ASSIGN(int tracefs, events_folder());
  std::string path = "events/syscalls/sys_enter_" + std::string(tracepoint) + "/format";
  base::Fd file(openat(tracefs, path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file && errno != ENOENT) return base::Error::system("tracefs: " + path, errno);
  if (!file && faccessat(tracefs, "events/syscalls", F_OK, 0) != 0) {
    return base::Error("tracefs has no events/syscalls: the kernel was built without FTRACE_SYSCALLS");
  }
  if (!file) return base::Error("tracefs has no such system call", base::ErrorKind::kNotFound);
  return base::read_fd(file.get(), limits::kTraceFormatBytes, path);
}

}  // namespace

base::Result<SyscallDeclaration> parse_syscall_format(std::string_view name, std::string_view format) {
  SyscallDeclaration out{};
  copy_name(out.name, name);
  bool after_number = false;  // the parameters follow the number of the system call
  for (std::string_view line : base::split(format, '\n')) {
    FormatField field = parse_field(line);
    if (!after_number) {
      after_number = field.name == "__syscall_nr";
      continue;
    }
    // Newer kernels add the text that a pointer points to.
    if (field.name.empty() || field.type.starts_with("__data_loc")) continue;
    if (out.param_count == kSyscallParams) return base::Error("more than 6 parameters");
    SyscallParam& param = out.params[out.param_count++];
    copy_name(param.name, field.name);
    if (field.type.find('*') != std::string_view::npos) param.flags = kSyscallParamPointer;
  }
  if (!after_number) return base::Error("the format of the tracepoint is not understood");
  return out;
}

base::Result<const SyscallDeclaration*> syscall_declaration(std::string_view name) {
  static std::mutex mutex;
  static auto* const known = new std::map<std::string, SyscallDeclaration, std::less<>>;  // never destroyed
  std::lock_guard lock(mutex);
  if (auto found = known->find(name); found != known->end()) return &found->second;
  std::string_view tracepoint = tracepoint_of(name);
  if (tracepoint.empty()) {
    return base::Error("there is no system call " + base::printable(name.substr(0, kSyscallNameBytes)),
                       base::ErrorKind::kNotFound);
  }
  auto format = read_format(tracepoint);
  if (!format.ok()) return std::move(format).error().context(name);
  auto parsed = parse_syscall_format(name, *format);
  if (!parsed.ok()) return std::move(parsed).error().context(name);
  return &known->emplace(name, *parsed).first->second;
}

}  // namespace gadgetry::wasm
