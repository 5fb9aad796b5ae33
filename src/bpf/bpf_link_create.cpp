#include "bpf/bpf_link_create.hpp"

#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "bpf/kernel_abi.hpp"

namespace gadgetry::bpf {
namespace {

// The beginning of `struct link_create` of union bpf_attr; what follows depends on the attach type.
struct Head {
  uint32_t program = 0;  // or the map
  uint32_t target = 0;   // descriptor or interface
  uint32_t attach_type = 0;
  uint32_t flags = 0;
};

struct KprobeMultiBody {
  uint32_t flags = 0;
  uint32_t count = 0;
  uint64_t symbols = 0;
  uint64_t addresses = 0;
  uint64_t cookies = 0;
};

struct UprobeMultiBody {
  uint64_t path = 0;
  uint64_t offsets = 0;
  uint64_t semaphores = 0;
  uint64_t cookies = 0;
  uint32_t count = 0;
  uint32_t flags = 0;
  uint32_t pid = 0;
  uint32_t padding = 0;
};

struct InterfaceBody {
  uint32_t relative = 0;
  uint32_t padding = 0;
  uint64_t expected_revision = 0;
};

struct NetfilterBody {
  uint32_t family = 0;
  uint32_t hook = 0;
  int32_t priority = 0;
  uint32_t flags = 0;
};

struct EmptyBody {
  uint64_t nothing = 0;
};

template <typename Body>
struct Attributes {
  Head head;
  Body body;
};

static_assert(sizeof(Head) == 16);
static_assert(offsetof(Attributes<KprobeMultiBody>, body) == 16 && sizeof(KprobeMultiBody) == 32);
static_assert(offsetof(Attributes<UprobeMultiBody>, body) == 16 && sizeof(UprobeMultiBody) == 48);
static_assert(sizeof(InterfaceBody) == 16 && sizeof(NetfilterBody) == 16);

template <typename T>
uint64_t address_of(std::span<const T> items) {
  return items.empty() ? 0 : reinterpret_cast<uint64_t>(items.data());
}

template <typename Body>
base::Result<base::Fd> create(Attributes<Body> attributes) {
  base::Fd link(static_cast<int>(syscall(SYS_bpf, BPF_LINK_CREATE, &attributes, sizeof(attributes))));
  if (!link) return base::Error::system("link", errno);
  return link;
}

base::Result<base::Fd> create_interface_link(int program, const InterfaceLink& link) {
  return create(Attributes<InterfaceBody>{
      .head = {.program = static_cast<uint32_t>(program),
               .target = link.ifindex,
               .attach_type = link.attach_type,
               .flags = link.flags},
      .body = {.relative = link.relative_fd, .expected_revision = link.expected_revision}});
}

}  // namespace

base::Result<base::Fd> create_kprobe_multi_link(int program, const KprobeMultiLink& link) {
  size_t count = link.symbols.empty() ? link.addresses.size() : link.symbols.size();
  return create(Attributes<KprobeMultiBody>{
      .head = {.program = static_cast<uint32_t>(program), .attach_type = link.attach_type},
      .body = {.flags = link.is_return ? kKprobeMultiReturn : 0,
               .count = static_cast<uint32_t>(count),
               .symbols = address_of(link.symbols),
               .addresses = link.symbols.empty() ? address_of(link.addresses) : 0,
               .cookies = address_of(link.cookies)}});
}

base::Result<base::Fd> create_uprobe_multi_link(int program, const UprobeMultiLink& link) {
  return create(Attributes<UprobeMultiBody>{
      .head = {.program = static_cast<uint32_t>(program), .attach_type = link.attach_type},
      .body = {.path = reinterpret_cast<uint64_t>(link.path),
               .offsets = address_of(link.offsets),
               .semaphores = address_of(link.semaphores),
               .cookies = address_of(link.cookies),
               .count = static_cast<uint32_t>(link.offsets.size()),
               .flags = link.is_return ? kUprobeMultiReturn : 0,
               .pid = static_cast<uint32_t>(link.pid)}});
}

base::Result<base::Fd> create_tcx_link(int program, const InterfaceLink& link) {
  return create_interface_link(program, link);
}

base::Result<base::Fd> create_netkit_link(int program, const InterfaceLink& link) {
  return create_interface_link(program, link);
}

base::Result<base::Fd> create_netfilter_link(int program, const NetfilterLink& link) {
  return create(Attributes<NetfilterBody>{
      .head = {.program = static_cast<uint32_t>(program), .attach_type = kAttachNetfilter},
      .body = {.family = link.family, .hook = link.hook, .priority = link.priority, .flags = link.flags}});
}

base::Result<base::Fd> create_struct_ops_link(int map) {
  return create(Attributes<EmptyBody>{
      .head = {.program = static_cast<uint32_t>(map), .attach_type = kAttachStructOps}, .body = {}});
}

}  // namespace gadgetry::bpf
