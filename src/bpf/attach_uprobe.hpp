// What the families of uprobes share: from "libssl:SSL_read" to open files and places in them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "bpf/attach_families.hpp"

namespace gadgetry::bpf {

// A program or library that a target means, opened once for all its functions.
struct ProbedFile {
  base::Fd file;
  std::string path;  // as the process or container knows it
  std::string id;    // "file 8:1:4711", see real_file_id()

  // The kernel opens it by this name: the very file that was looked into, whatever happens to its path.
  std::string proc_path() const { return "/proc/self/fd/" + std::to_string(file.get()); }
};

// The files that "/usr/bin/bash" or "libssl" means in the place of the request, each inode once. A process is
// asked for the libraries it has mapped, others are looked up as their dynamic linker would.
base::Result<std::vector<ProbedFile>> open_binaries(const AttachRequest& request, std::string_view binary);

// Tells files apart as uprobes do, which hang on inodes: what is seen through an overlay (a container's
// image) is the file of its lower layer, the same for all containers that share it. Falls back to stat(2).
std::string real_file_id(int fd);

// Paths of the libraries in /proc/PID/maps text whose name fits, in their order, each once.
std::vector<std::string> search_mappings(std::string_view maps, std::string_view library);
// The folders that musl's dynamic linker searches in; `configuration` is /etc/ld-musl-ARCH.path, empty when
// there is none.
std::vector<std::string> musl_folders(std::string_view configuration);
// Whether a file of this name is the library: "libssl" is "libssl.so.3"; "libc.so.6" is itself. musl's "libc"
// is its linker, ld-musl-ARCH.so.1, which is its other small libraries, too.
bool is_library(std::string_view name, std::string_view library);

struct Function {
  std::string name;
  uint64_t offset = 0;       // in the file
  bool is_indirect = false;  // STT_GNU_IFUNC: its resolver
  bool is_go = false;        // its stack may move: no probe at its return
};

// All functions of an ELF file whose names fit one of the names or patterns ("mem*"), by offset, each place
// once. Of several versions of a dynamic symbol the default one counts, unless the name asks for one:
// "memcpy@GLIBC_2.2.5". kNotFound, with similar names as a hint: there is none.
base::Result<std::vector<Function>> find_functions(int fd, const std::vector<std::string>& names);

// An error when programs are to run at the return of a function of Go.
base::Status check_return_probe(const ProgramFamily& family, const Function& function);

// "provider:name" of the probes (USDT) that an ELF file declares, each once.
base::Result<std::vector<std::string>> list_usdt_probes(int fd);

// "libc:malloc" -> "libc", "malloc": at the last colon.
struct UprobeTarget {
  std::string_view binary;
  std::string_view function;
};
base::Result<UprobeTarget> parse_uprobe_target(std::string_view target);

}  // namespace gadgetry::bpf
