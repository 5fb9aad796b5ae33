// Attaching the programs of a loaded object: one table from section prefixes to families, one file for each
// family.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "bpf/attach_target.hpp"
#include "bpf/link.hpp"

struct bpf_object;
struct bpf_program;

namespace gadgetry::bpf {

struct AttachOptions {
  std::string root = {};  // folder in which uprobe targets are looked up ("" : this machine's own files)
};

// Attaches all loaded programs in the order of their declaration, except iterators (see IterReader) and
// disabled ones. All or nothing: the error names the program and its target, and what was attached before is
// detached.
base::Result<std::vector<Link>> attach(bpf_object* object, const std::vector<AttachTarget>& targets,
                                       const AttachOptions& options = {});

// How a section is attached, by the part of its name before the "/".
enum class Family {
  kKprobe,
  kTracepoint,
  kRawTracepoint,
  kTracing,  // tp_btf, fentry, fexit: the target is fixed when loading
  kUprobe,
  kPerfEvent,
  kIter,  // run by IterReader
};

struct ProgramFamily;  // a row of the table
using AttachFunction = base::Result<std::vector<Link>> (*)(const struct AttachRequest& request);

struct ProgramFamily {
  std::string_view prefix;  // "kprobe"
  Family family;
  bool is_return;           // kretprobe, uretprobe, fexit
  AttachFunction function;  // null for iterators
};

// The row for a section ("kprobe/do_unlinkat", "perf_event"), or null when this version does not support it.
const ProgramFamily* find_family(std::string_view section);
// The prefixes of the table, for error messages: "fentry, fexit, iter, kprobe, ...".
std::string supported_sections();

// What a family's function is told.
struct AttachRequest {
  bpf_program* program;
  std::string name;  // of the program
  const ProgramFamily& family;
  std::string target;        // override or what the section says
  const PerfSettings* perf;  // null when there are none
  const AttachOptions& options;
};

// The part of a section behind its family's prefix: "syscalls/sys_enter_openat"; empty when there is none.
std::string_view section_target(std::string_view section);
// The target in force: the override for the program, or what its section says. kProgramDisabled when
// disabled.
std::string effective_target(const bpf_program* program, const std::vector<AttachTarget>& targets);

}  // namespace gadgetry::bpf
