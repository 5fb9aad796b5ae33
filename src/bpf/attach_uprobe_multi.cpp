// uprobe.multi/LIBRARY:PATTERN, its forms for returns and sessions: one link for many functions of a file.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <optional>

#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"
#include "bpf/attach_uprobe.hpp"
#include "bpf/bpf_link_create.hpp"
#include "bpf/kernel_abi.hpp"
#include "bpf/libbpf_log.hpp"

namespace gadgetry::bpf {
namespace {

std::vector<std::string> parse_names(std::string_view text) {
  std::vector<std::string> out;
  for (std::string_view one : base::split(text, ',')) {
    if (one = base::trim(one); !one.empty()) out.emplace_back(one);
  }
  return out;
}

// The offsets to probe. What a pattern catches by chance and cannot be probed is left out, what was named is
// an error.
base::Result<std::vector<uint64_t>> probe_offsets(const AttachRequest& request, const ProbedFile& file,
                                                  const std::vector<Function>& functions, bool is_pattern) {
  std::vector<uint64_t> offsets;
  std::optional<base::Error> refused;
  for (const Function& function : functions) {
    auto allowed = check_return_probe(request.family, function);
    if (!allowed.ok() && !is_pattern) return std::move(allowed).error();
    if (!allowed.ok()) {
      refused = std::move(allowed).error();
    } else if (function.is_indirect && is_pattern) {
      base::log_debug(file.path + ": " + base::printable(function.name) +
                      " is an indirect function: left out");
    } else {
      offsets.push_back(function.offset);
    }
  }
  if (offsets.empty() && refused) return std::move(*refused);
  if (offsets.empty())
    return base::Error("only indirect functions fit the pattern", base::ErrorKind::kNotFound);
  if (offsets.size() > limits::kUprobeFunctions) {
    return base::Error(std::to_string(offsets.size()) + " functions fit, more than the " +
                       std::to_string(limits::kUprobeFunctions) + " that are allowed")
        .with_hint("choose a narrower pattern");
  }
  return offsets;
}

}  // namespace

base::Result<std::vector<Link>> attach_uprobe_multi(const AttachRequest& request) {
  GADGETRY_ASSIGN(UprobeTarget target, parse_uprobe_target(request.target));
  std::vector<std::string> names = parse_names(target.function);
  if (names.empty())
    return base::Error("the target names no function").with_hint("set attach_to in the metadata");
  bool is_pattern = target.function.find_first_of("*?[") != std::string_view::npos;
  GADGETRY_ASSIGN(std::vector<ProbedFile> files, open_binaries(request, target.binary));
  std::vector<Link> links;
  std::optional<base::Error> missing;
  bool is_known = false;
  for (const ProbedFile& file : files) {
    std::string key = file.id;
    if (request.place.pid != 0) key += " pid " + std::to_string(request.place.pid);
    is_known = is_known || request.is_attached(key);
    if (request.is_attached(key)) continue;
    auto found = find_functions(file.file.get(), names);
    if (!found.ok()) {
      if (!missing) missing = std::move(found).error().context(file.path);
      continue;
    }
    auto offsets = probe_offsets(request, file, *found, is_pattern);
    if (!offsets.ok()) return std::move(offsets).error().context(file.path);
    std::string path = file.proc_path();
    auto made =
        create_uprobe_multi_link(bpf_program__fd(request.program), {.attach_type = request.family.attach_type,
                                                                    .is_return = request.family.is_return,
                                                                    .path = path.c_str(),
                                                                    .offsets = *offsets,
                                                                    .pid = request.place.pid});
    if (!made.ok()) {
      GADGETRY_TRY(probe_uprobe_multi(request.family));
      return std::move(made).error().context(file.path);
    }
    base::log_debug("program " + request.name + " attached to " + std::to_string(offsets->size()) +
                    " functions of " + file.path);
    Link link(request.name, std::string(request.family.prefix) + " " + request.target,
              std::move(made).value());
    link.set_key(std::move(key));
    links.push_back(std::move(link));
  }
  if (links.empty() && !is_known && missing) return std::move(*missing);
  return links;
}

base::Status probe_uprobe_multi(const ProgramFamily& family) {
  // A kernel that has it complains that a folder is no file; others say that they do not know such a link.
  bpf_insn code[2] = {};  // return 0
  code[0].code = BPF_ALU64 | BPF_MOV | BPF_K;
  code[1].code = BPF_JMP | BPF_EXIT;
  LibbpfLog log;
  bpf_prog_load_opts options{};
  options.sz = sizeof(options);
  options.expected_attach_type = static_cast<bpf_attach_type>(family.attach_type);
  base::Fd program(bpf_prog_load(BPF_PROG_TYPE_KPROBE, nullptr, "GPL", code, std::size(code), &options));
  if (!program) return base::Error::system("cannot load a program", errno);
  const uint64_t offset = 0;
  auto link = create_uprobe_multi_link(
      program.get(), {.attach_type = family.attach_type, .path = "/", .offsets = std::span(&offset, 1)});
  if (link.ok() || link.error().errno_value == EBADF) return {};
  bool is_session = family.attach_type == kAttachUprobeSession;
  return base::Error("this kernel has no " + std::string(family.prefix))
      .with_hint(is_session ? "Linux 6.13 has it"
                            : "Linux 6.6 has it; uprobe and uretprobe take one function each");
}

}  // namespace gadgetry::bpf
