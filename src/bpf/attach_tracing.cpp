// tp_btf/NAME, fentry/FUNCTION, fexit/FUNCTION, fmod_ret/FUNCTION, lsm/HOOK and their sleepable forms:
// programs that were bound to their target when they were loaded.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>

#include "base/strings.hpp"
#include "bpf/attach_families.hpp"

namespace gadgetry::bpf {
namespace {

base::Error explain(base::Error error) {
  switch (error.errno_value) {
    case EBUSY:
      return std::move(error).with_hint(
          "another tool holds this function (live patching, ftrace, or a program that changes its result), "
          "or several "
          "functions have its name");
    case E2BIG:
      return std::move(error).with_hint(
          "the kernel takes no more programs on this function: end another tool");
    case EOPNOTSUPP:
      return std::move(error).with_hint(
          "this kernel cannot trace it: it needs CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS=y");
    case ENOENT:
      return std::move(error).with_hint("the module that has it is gone: load it again");
    default:
      return error;
  }
}

}  // namespace

base::Status check_lsm_list(std::string_view list) {
  list = base::trim(list);
  if (list.empty()) return {};  // securityfs is not mounted: not known
  std::vector<std::string_view> names = base::split(list, ',');
  if (std::find(names.begin(), names.end(), "bpf") != names.end()) return {};
  // Programs would attach, and never run.
  return base::Error(
             "the kernel's security modules are " + base::printable(list) + ": bpf is not one of them",
             base::ErrorKind::kNotFound)
      .with_hint("boot with lsm=" + base::printable(list) + ",bpf");
}

base::Status probe_lsm() {
  constexpr size_t kListBytes = 4096;
  auto list = base::read_file("/sys/kernel/security/lsm", kListBytes);
  return list.ok() ? check_lsm_list(*list) : base::Status();
}

base::Result<std::vector<Link>> attach_tracing(const AttachRequest& request) {
  if (request.family.load_target == LoadTarget::kLsmHook) GADGETRY_TRY(probe_lsm());
  base::Fd link(bpf_raw_tracepoint_open(nullptr, bpf_program__fd(request.program)));
  if (!link) return explain(base::Error::system("tracing link", errno));
  std::vector<Link> links;
  links.emplace_back(request.name, std::string(request.family.prefix) + " " + request.target,
                     std::move(link));
  return links;
}

}  // namespace gadgetry::bpf
