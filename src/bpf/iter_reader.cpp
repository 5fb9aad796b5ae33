#include "bpf/iter_reader.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"
#include "bpf/attach.hpp"
#include "bpf/features.hpp"

namespace gadgetry::bpf {
namespace {

constexpr size_t kReadBytes = size_t{64} << 10;

std::string quoted(std::string_view name) {
  return "iterator '" + base::printable(name) + "'";
}

// Those that list what belongs to one network namespace: that in which they are started.
bool is_per_net_namespace(std::string_view kind) {
  constexpr std::array<std::string_view, 5> kKinds = {"tcp", "udp", "unix", "netlink", "ipv6_route"};
  return std::find(kKinds.begin(), kKinds.end(), kind) != kKinds.end();
}
bool walks_over_map(std::string_view kind) {
  return kind == "bpf_map_elem" || kind == "sockmap" || kind == "bpf_sk_storage_map";
}
bool is_task_iterator(std::string_view kind) {
  return kind.starts_with("task");
}

base::Result<bpf_cgroup_iter_order> cgroup_order(std::string_view text) {
  struct Order {
    std::string_view name;
    bpf_cgroup_iter_order value;
  };
  constexpr std::array kOrders = {Order{"", BPF_CGROUP_ITER_DESCENDANTS_PRE},
                                  Order{"self_only", BPF_CGROUP_ITER_SELF_ONLY},
                                  Order{"descendants_pre", BPF_CGROUP_ITER_DESCENDANTS_PRE},
                                  Order{"descendants_post", BPF_CGROUP_ITER_DESCENDANTS_POST},
                                  Order{"ancestors_up", BPF_CGROUP_ITER_ANCESTORS_UP}};
  for (const Order& one : kOrders) {
    if (one.name == text) return one.value;
  }
  return base::Error("there is no order '" + base::printable(text) + "'")
      .with_hint(
          "write attach_to: cgroup:ORDER with self_only, descendants_pre, descendants_post or ancestors_up");
}

base::Result<base::Fd> create_link(const bpf_program* program, bpf_iter_link_info* info) {
  bpf_link_create_opts create{};
  create.sz = sizeof(create);
  create.iter_info = info;
  create.iter_info_len = info == nullptr ? 0 : sizeof(*info);
  base::Fd link(bpf_link_create(bpf_program__fd(program), 0, BPF_TRACE_ITER, &create));
  if (!link) return base::Error::system("cannot make an iterator of it", errno);
  return link;
}

base::Result<base::Fd> make_map_link(bpf_object* object, const bpf_program* program,
                                     const IterOptions& options) {
  std::string name = bpf_program__name(program);
  auto target = std::find_if(options.targets.begin(), options.targets.end(),
                             [&](const IterTargetDecl& decl) { return decl.program == name; });
  if (target == options.targets.end()) {
    return base::Error("it walks over a map, but no map is given")
        .with_hint("declare one: GADGET_ITER_TARGET_MAP(" + name + ", MAP)");
  }
  int fd = bpf_object__find_map_fd_by_name(object, target->map.c_str());
  if (fd < 0) return base::Error("there is no map '" + base::printable(target->map) + "'");
  bpf_iter_link_info info{};
  info.map.map_fd = static_cast<uint32_t>(fd);
  auto link = create_link(program, &info);
  if (!link.ok() && link.error().errno_value == EINVAL) {
    return std::move(link).error().with_hint("map '" + base::printable(target->map) +
                                             "' may be of another type than " +
                                             std::string(bpf_program__section_name(program)) + " walks over");
  }
  return link;
}

// The links of one program: one, or one for each process or cgroup that was selected.
base::Result<std::vector<base::Fd>> make_links(bpf_object* object, const bpf_program* program,
                                               std::string_view kind, const IterOptions& options) {
  std::vector<base::Fd> links;
  auto add = [&](base::Result<base::Fd> link) -> base::Status {
    if (!link.ok()) return std::move(link).error();
    links.push_back(std::move(link).value());
    return {};
  };
  std::string target = effective_target(program, options.settings);
  size_t colon = target.find(':');
  std::string parameter = colon == std::string::npos ? "" : target.substr(colon + 1);
  if (target.substr(0, colon) != kind || (!parameter.empty() && kind != "cgroup")) {
    return base::Error("attach_to cannot make '" + base::printable(target) + "' of it");
  }
  if (kind == "cgroup") {
    GADGETRY_ASSIGN(bpf_cgroup_iter_order order, cgroup_order(parameter));
    GADGETRY_ASSIGN(auto places, find_places(options.scope, PlaceKind::kCgroup));
    for (const Place& place : places) {
      bpf_iter_link_info info{};
      info.cgroup.order = order;
      info.cgroup.cgroup_fd = static_cast<uint32_t>(place.cgroup.get());
      GADGETRY_TRY(add(create_link(program, &info)));
    }
  } else if (is_task_iterator(kind) && !options.scope.pids.empty()) {
    for (pid_t pid : options.scope.pids) {
      bpf_iter_link_info info{};
      info.task.pid = static_cast<uint32_t>(pid);
      GADGETRY_TRY(add(create_link(program, &info)));
    }
  } else {
    GADGETRY_TRY(
        add(walks_over_map(kind) ? make_map_link(object, program, options) : create_link(program, nullptr)));
  }
  return links;
}

// Starts a run of the iterator in a network namespace.
base::Result<base::Fd> start(int link, const Place& place) {
  base::Fd run;
  GADGETRY_TRY(in_net_namespace(place.net_ns, [&]() -> base::Status {
    run = base::Fd(bpf_iter_create(link));
    if (!run) return base::Error::system("cannot start it", errno);
    return {};
  }));
  return run;
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
    if (bpf_program__fd(program) < 0) continue;  // this kernel has no such iterator, which was said
    auto links = make_links(object, program, kind, options);
    if (!links.ok()) return std::move(links).error().context(quoted(name));
    tasks = tasks || is_task_iterator(kind);
    for (base::Fd& link : *links)
      reader.programs_.push_back({name, is_per_net_namespace(kind), std::move(link)});
  }
  if (tasks && !in_host_pid_namespace()) {
    reader.warnings_.push_back("not in the host's pid namespace: only the processes of this one are listed");
  }
  reader.options_ = std::move(options);
  return reader;
}

base::Status IterReader::run(const Program& program, const Place& place, std::vector<uint8_t>& bytes,
                             size_t limit) {
  auto started = start(program.link.get(), place);
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
  size_t before = bytes.size();
  size_t limit = before + limits::kIteratorBytes;
  std::vector<Place> here(1);
  std::vector<Place> namespaces;
  auto is_per_namespace = [](const Program& program) { return program.per_net_namespace; };
  if (std::any_of(programs_.begin(), programs_.end(), is_per_namespace)) {
    GADGETRY_ASSIGN(namespaces, find_places(options_.scope, PlaceKind::kNetNamespace));
  }
  for (const Program& program : programs_) {
    for (const Place& place : program.per_net_namespace ? namespaces : here) {
      auto done = run(program, place, bytes, limit);
      if (done.ok()) continue;
      if (place.is_found) {  // a container that has just ended
        base::log_debug(done.error().text());
        continue;
      }
      bytes.resize(before);
      return std::move(done).error();
    }
  }
  return bytes.size() - before;
}

}  // namespace gadgetry::bpf
