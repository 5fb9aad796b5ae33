// freplace/PROGRAM:FUNCTION: stands in for a global function of a program that is in the kernel already,
// which is named by its id, its name or the file it is pinned as.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <mutex>

#include "base/strings.hpp"
#include "bpf/attach_families.hpp"
#include "bpf/libbpf_log.hpp"

namespace gadgetry::bpf {
namespace {

// libbpf wants the program that is extended to stay open until the load, and does not close it.
struct OpenTargets {
  std::mutex mutex;
  std::map<const bpf_program*, base::Fd> files;
};

OpenTargets& open_targets() {
  static OpenTargets targets;
  return targets;
}

// The kernel keeps the first 15 letters of a name.
bool has_name(const bpf_prog_info& info, std::string_view name) {
  std::string_view kept(info.name, strnlen(info.name, sizeof(info.name)));
  return kept == name.substr(0, sizeof(info.name) - 1);
}

base::Result<base::Fd> open_by_name(const std::string& name) {
  base::Fd found;
  std::string ids;
  uint32_t id = 0;
  while (bpf_prog_get_next_id(id, &id) == 0) {
    base::Fd program(bpf_prog_get_fd_by_id(id));
    bpf_prog_info info{};
    uint32_t size = sizeof(info);
    if (!program || bpf_obj_get_info_by_fd(program.get(), &info, &size) != 0 || !has_name(info, name))
      continue;
    ids += (ids.empty() ? "" : ", ") + std::to_string(id);
    found = std::move(program);
  }
  if (!found) {
    return base::Error("there is no program '" + base::printable(name) + "' in the kernel",
                       base::ErrorKind::kNotFound)
        .with_hint("its id or the file it is pinned as will do, too: see bpftool prog");
  }
  if (ids.find(',') == std::string::npos) return found;
  return base::Error("several programs are named '" + base::printable(name) + "': " + ids)
      .with_hint("give the id of one of them");
}

base::Result<base::Fd> open_program(const std::string& text) {
  if (auto id = base::parse_int<uint32_t>(text)) {
    base::Fd program(bpf_prog_get_fd_by_id(*id));
    if (program) return program;
    return errno == ENOENT
               ? base::Error("there is no program " + text + " in the kernel", base::ErrorKind::kNotFound)
               : base::Error::system("program " + text, errno);
  }
  if (text.find('/') == std::string::npos) return open_by_name(text);
  base::Fd program(bpf_obj_get(text.c_str()));
  if (!program) return base::Error::system("pinned program " + base::printable(text), errno);
  return program;
}

base::Error explain(const std::string& target, int code) {
  base::Error error = base::Error::system("cannot extend " + base::printable(target), code);
  if (code == ENOENT || code == EINVAL || code == ESRCH) {
    error.hint =
        "the program must have type information (BTF) and a global function of that name (not static)";
  }
  return error;
}

}  // namespace

base::Result<ExtensionTarget> parse_extension_target(std::string_view text) {
  size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) {
    return base::Error("the target must be PROGRAM:FUNCTION")
        .with_hint(
            "PROGRAM is the id, the name or the pinned file of a program, FUNCTION what to replace in it");
  }
  return ExtensionTarget{.program = std::string(text.substr(0, colon)),
                         .function = std::string(text.substr(colon + 1))};
}

base::Status set_extension_target(bpf_program* program, const std::string& target) {
  GADGETRY_ASSIGN(ExtensionTarget parts, parse_extension_target(target));
  GADGETRY_ASSIGN(base::Fd extended, open_program(parts.program));
  LibbpfLog log;
  if (int code = bpf_program__set_attach_target(program, extended.get(), parts.function.c_str()); code != 0) {
    return explain(target, -code);
  }
  OpenTargets& targets = open_targets();
  std::lock_guard lock(targets.mutex);
  targets.files[program] = std::move(extended);
  return {};
}

base::Result<std::vector<Link>> attach_extension(const AttachRequest& request) {
  {
    OpenTargets& targets = open_targets();
    std::lock_guard lock(targets.mutex);
    targets.files.erase(request.program);
  }
  base::Fd link(bpf_raw_tracepoint_open(nullptr, bpf_program__fd(request.program)));
  if (!link) {
    base::Error error = base::Error::system("extension link", errno);
    if (error.errno_value == EBUSY)
      error.hint = "this function is replaced already, or the program itself is traced";
    return error;
  }
  std::vector<Link> links;
  links.emplace_back(request.name, "freplace " + request.target, std::move(link));
  return links;
}

}  // namespace gadgetry::bpf
