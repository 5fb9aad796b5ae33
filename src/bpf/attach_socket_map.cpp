// sk_skb and sk_msg: programs of a map of sockets (SOCKMAP, SOCKHASH), which run for the data of the sockets
// that are put into it; the gadget puts them there, from its sockops program. They have to hang on the map
// before the first socket comes, so these programs are attached before those of cgroups.
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/bpf.h>

#include <cerrno>
#include <memory>

#include "base/strings.hpp"
#include "bpf/attach_families.hpp"

namespace gadgetry::bpf {
namespace {

// GADGET_SK_TARGET_MAP(program, map) leaves a variable of this name and "program___map".
constexpr std::string_view kDeclaration = "gadget_sk_prog_target_";

std::string declared_map(const bpf_object* object, const std::string& program) {
  const btf* types = bpf_object__btf(object);
  if (types == nullptr) return {};
  std::string wanted = std::string(kDeclaration) + program + "___";
  for (uint32_t id = 1; id < btf__type_cnt(types); id++) {
    const btf_type* type = btf__type_by_id(types, id);
    if (type == nullptr || !btf_is_var(type)) continue;
    const char* name = btf__name_by_offset(types, type->name_off);
    if (name != nullptr && std::string_view(name).starts_with(wanted)) return name + wanted.size();
  }
  return {};
}

base::Result<const bpf_map*> find_target_map(const AttachRequest& request) {
  std::string name = request.target.empty() ? declared_map(request.object, request.name) : request.target;
  if (name.empty()) {
    return base::Error("nothing says which map of sockets it belongs to")
        .with_hint("declare it: GADGET_SK_TARGET_MAP(" + base::printable(request.name) +
                   ", MAP); or set attach_to to the name of the map");
  }
  const bpf_map* map = bpf_object__find_map_by_name(request.object, name.c_str());
  if (map == nullptr) {
    return base::Error("there is no map '" + base::printable(name) + "'", base::ErrorKind::kNotFound);
  }
  if (bpf_map__type(map) != BPF_MAP_TYPE_SOCKMAP && bpf_map__type(map) != BPF_MAP_TYPE_SOCKHASH) {
    return base::Error("map '" + base::printable(name) + "' holds no sockets")
        .with_hint("its type has to be BPF_MAP_TYPE_SOCKMAP or BPF_MAP_TYPE_SOCKHASH");
  }
  return map;
}

// SEC("sk_skb") alone says nothing of what it decides: then it is asked for all data.
bpf_attach_type hook_of(const ProgramFamily& family) {
  if (family.type == BPF_PROG_TYPE_SK_SKB && family.attach_type == 0) return BPF_SK_SKB_VERDICT;
  return static_cast<bpf_attach_type>(family.attach_type);
}

// A map that is pinned may carry the program of somebody else, which an attachment without a link would
// replace.
bool has_program(int map, bpf_attach_type hook) {
  uint32_t count = 0;
  return bpf_prog_query(map, hook, 0, nullptr, nullptr, &count) == 0 && count > 0;
}

base::Error refused(int code) {
  base::Error error = base::Error::system("socket map", code);
  if (code == EBUSY)
    error.hint = "a map takes either sk_skb/verdict or sk_skb/stream_verdict, and one of each kind";
  return error;
}

}  // namespace

base::Result<std::vector<Link>> attach_socket_map(const AttachRequest& request) {
  GADGETRY_ASSIGN(const bpf_map* map, find_target_map(request));
  int program = bpf_program__fd(request.program);
  bpf_attach_type hook = hook_of(request.family);
  std::string target = std::string(request.family.prefix) + " " + bpf_map__name(map);
  std::vector<Link> links;
  // Links came with Linux 6.10.
  if (base::Fd link(bpf_link_create(program, bpf_map__fd(map), hook, nullptr)); link) {
    links.emplace_back(request.name, target, std::move(link));
    return links;
  }
  if (errno == EBUSY || errno == EEXIST || has_program(bpf_map__fd(map), hook)) return refused(EBUSY);
  if (bpf_prog_attach(program, bpf_map__fd(map), hook, 0) != 0) return refused(errno);
  // The undo may come when libbpf has closed its own descriptors of both.
  auto own_program = std::make_shared<base::Fd>(fcntl(program, F_DUPFD_CLOEXEC, 0));
  auto own_map = std::make_shared<base::Fd>(fcntl(bpf_map__fd(map), F_DUPFD_CLOEXEC, 0));
  links.emplace_back(request.name, target, [own_program, own_map, hook] {
    bpf_prog_detach2(own_program->get(), own_map->get(), hook);
  });
  return links;
}

}  // namespace gadgetry::bpf
