// Runs iterator programs and collects what they write.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "bpf/attach_target.hpp"
#include "bpf/declarations.hpp"
#include "bpf/place.hpp"

struct bpf_object;

namespace gadgetry::bpf {

struct IterOptions {
  uint32_t struct_size = 0;  // bytes of a row; 0: not checked
  std::vector<IterTargetDecl> targets =
      {};  // maps of the bpf_map_elem, sockmap and bpf_sk_storage_map programs
  // Where: sockets and routes are listed in its network namespaces, tasks only those of its pids, cgroups
  // below its cgroups.
  Scope scope = {};
  std::vector<AttachTarget> settings = {};  // attach_to: "cgroup:ancestors_up"
};

class IterReader {
 public:
  // Makes the links of `programs` (iterators of object; those that were not loaded are left out); the object
  // must outlive the reader.
  static base::Result<IterReader> open(bpf_object* object, const std::vector<std::string>& programs,
                                       IterOptions options);

  // Runs every program (sockets and routes: in every network namespace of the scope at this moment) and
  // appends what they write to `bytes`. Returns the number of bytes appended: a multiple of struct_size,
  // within limits::kIteratorBytes.
  base::Result<size_t> fetch(std::vector<uint8_t>& bytes);

  // Things worth telling: "not in the host's pid namespace: ..."
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  struct Program {
    std::string name;
    bool per_net_namespace = false;
    base::Fd link;
  };
  base::Status run(const Program& program, const Place& place, std::vector<uint8_t>& bytes, size_t limit);

  std::vector<Program> programs_;
  IterOptions options_;
  std::vector<std::string> warnings_;
};

}  // namespace gadgetry::bpf
