#include "bpf/iter_reader.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <thread>

#include "base/limits.hpp"
#include "base/strings.hpp"
#include "bpf/attach.hpp"
#include "bpf/features.hpp"

namespace gadgetry::bpf {
namespace {

constexpr size_t kReadBytes = size_t{64} << 10;

std::string quoted(std::string_view name) {
  return "iterator '" + base::printable(name) + "'";
}

bool is_socket_iterator(std::string_view kind) {
  return kind == "tcp" || kind == "udp";
}
bool is_task_iterator(std::string_view kind) {
  return kind.starts_with("task");
}

base::Result<base::Fd> make_link(bpf_object* object, const bpf_program* program, std::string_view kind,
                                 const IterOptions& options) {
  std::string name = bpf_program__name(program);
  bpf_iter_link_info info{};
  bpf_link_create_opts create{};
  create.sz = sizeof(create);
  if (kind == "bpf_map_elem") {
    auto target = std::find_if(options.targets.begin(), options.targets.end(),
                               [&](const IterTargetDecl& decl) { return decl.program == name; });
    if (target == options.targets.end()) {
      return base::Error("it walks over a map, but no map is given")
          .with_hint("declare one: GADGET_ITER_TARGET_MAP(" + name + ", MAP)");
    }
    int fd = bpf_object__find_map_fd_by_name(object, target->map.c_str());
    if (fd < 0) return base::Error("there is no map '" + base::printable(target->map) + "'");
    info.map.map_fd = static_cast<uint32_t>(fd);
    create.iter_info = &info;
    create.iter_info_len = sizeof(info);
  }
  base::Fd link(bpf_link_create(bpf_program__fd(program), 0, BPF_TRACE_ITER, &create));
  if (!link) return base::Error::system("cannot make an iterator of it", errno);
  return link;
}

// A run of the iterator, in the network namespace of the calling thread.
base::Result<base::Fd> start(int link) {
  base::Fd run(bpf_iter_create(link));
  if (!run) return base::Error::system("cannot start it", errno);
  return run;
}

// The same in another network namespace: a thread of its own goes there, so that ours never leaves its own.
base::Result<base::Fd> start_in(int link, const std::string& net_namespace) {
  GADGETRY_ASSIGN(base::Fd target, base::open_file(net_namespace, O_RDONLY));
  base::Result<base::Fd> out = base::Error("not run");
  try {
    std::thread([&] {
      if (setns(target.get(), CLONE_NEWNET) != 0) {
        out = base::Error::system("cannot enter the network namespace " + net_namespace, errno)
                  .with_hint(missing_capabilities_text(missing_capabilities({"CAP_SYS_ADMIN"})));
      } else {
        out = start(link);
      }
    }).join();
  } catch (const std::system_error& error) {
    return base::Error::system("cannot make a thread", error.code().value());
  }
  return out;
}

// Reads to the end. The kernel says EAGAIN when it went over very many objects without any output: it goes on
// from there.
base::Status read_to_end(int fd, std::vector<uint8_t>& bytes, size_t limit) {
  for (;;) {
    size_t before = bytes.size();
    bytes.resize(before + kReadBytes);
    ssize_t got = read(fd, bytes.data() + before, kReadBytes);
    bytes.resize(before + (got > 0 ? static_cast<size_t>(got) : 0));
    if (got == 0) return {};
    if (got < 0 && errno != EAGAIN && errno != EINTR) return base::Error::system("reading", errno);
    if (bytes.size() > limit) {
      return base::Error("it writes more than " + std::to_string(limits::kIteratorBytes) + " bytes");
    }
  }
}

}  // namespace

base::Result<IterReader> IterReader::open(bpf_object* object, const std::vector<std::string>& programs,
                                          IterOptions options) {
  IterReader reader;
  bool tasks = false;
  for (const std::string& name : programs) {
    const bpf_program* program = bpf_object__find_program_by_name(object, name.c_str());
    std::string_view section = program == nullptr ? "" : bpf_program__section_name(program);
    const ProgramFamily* family = find_family(section);
    if (family == nullptr || family->family != Family::kIter) {
      return base::Error(quoted(name) + ": there is no such iterator program in the object");
    }
    std::string_view kind = section_target(section);
    auto link = make_link(object, program, kind, options);
    if (!link.ok()) return std::move(link).error().context(quoted(name));
    tasks = tasks || is_task_iterator(kind);
    reader.programs_.push_back({name, is_socket_iterator(kind), std::move(link).value()});
  }
  if (tasks && !in_host_pid_namespace()) {
    reader.warnings_.push_back("not in the host's pid namespace: only the processes of this one are listed");
  }
  reader.options_ = std::move(options);
  return reader;
}

base::Status IterReader::run(const Program& program, const std::string& net_namespace,
                             std::vector<uint8_t>& bytes, size_t limit) {
  auto started =
      net_namespace.empty() ? start(program.link.get()) : start_in(program.link.get(), net_namespace);
  if (!started.ok()) return std::move(started).error().context(quoted(program.name));
  size_t before = bytes.size();
  if (auto done = read_to_end(started->get(), bytes, limit); !done.ok()) {
    return std::move(done).error().context(quoted(program.name));
  }
  size_t added = bytes.size() - before;
  if (options_.struct_size != 0 && added % options_.struct_size != 0) {
    return base::Error(quoted(program.name) + ": it wrote " + std::to_string(added) +
                       " bytes, which is no multiple of the struct's " + std::to_string(options_.struct_size))
        .with_hint("each bpf_seq_write must write one whole struct");
  }
  return {};
}

base::Result<size_t> IterReader::fetch(std::vector<uint8_t>& bytes) {
  static const std::vector<std::string> kHere = {""};
  size_t before = bytes.size();
  size_t limit = before + limits::kIteratorBytes;
  for (const Program& program : programs_) {
    bool elsewhere = program.per_net_namespace && !options_.net_namespaces.empty();
    for (const std::string& net_namespace : elsewhere ? options_.net_namespaces : kHere) {
      if (auto done = run(program, net_namespace, bytes, limit); !done.ok()) {
        bytes.resize(before);
        return std::move(done).error();
      }
    }
  }
  return bytes.size() - before;
}

}  // namespace gadgetry::bpf
