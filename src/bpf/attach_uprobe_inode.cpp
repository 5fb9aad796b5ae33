// Which file the kernel means by an open file. Uprobes hang on inodes, and on an overlay file system (the
// root of most containers) it takes the inode of the layer below: two containers of one image share it,
// though stat(2) shows other numbers in each. The kernel tells nobody, but a mapping of the file has that
// inode, and an iterator over mappings, a few instructions put together here, can read it.
#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string>

#include "base/log.hpp"
#include "bpf/attach_uprobe.hpp"
#include "bpf/btf_view.hpp"
#include "bpf/kernel_btf.hpp"
#include "bpf/libbpf_log.hpp"

namespace gadgetry::bpf {
namespace {

constexpr unsigned kMinorBits = 20;  // of the kernel's own dev_t

// What the iterator writes for each mapping of a file.
struct Mapping {
  uint64_t start;
  uint64_t inode;
  uint64_t device;
};

std::optional<uint64_t> type_offset(const BtfView& view, uint32_t wanted) {
  uint32_t id = 0;
  for (uint64_t at = 0; at < view.type_bytes();) {
    if (++id == wanted) return at;
    const uint64_t size = view.type_size(at);
    if (size == 0) break;
    at += size;
  }
  return std::nullopt;
}

bool is_named(const BtfView& view, uint32_t name, std::string_view wanted) {
  return name < view.string_bytes() && view.string(name) == wanted;
}

// Bytes to a member, also of an unnamed struct or union inside.
std::optional<uint32_t> offset_in(const BtfView& view, uint64_t at, std::string_view member, int depth) {
  constexpr int kDepth = 4;
  const auto type = view.read<btf_type>(at);
  const uint32_t kind = BTF_INFO_KIND(type.info);
  if (depth > kDepth || (kind != BTF_KIND_STRUCT && kind != BTF_KIND_UNION)) return std::nullopt;
  for (uint32_t i = 0; i < BTF_INFO_VLEN(type.info); i++) {
    const auto entry = view.read<btf_member>(at + sizeof(type) + uint64_t{i} * sizeof(btf_member));
    const uint32_t bits = BTF_INFO_KFLAG(type.info) != 0 ? BTF_MEMBER_BIT_OFFSET(entry.offset) : entry.offset;
    if (is_named(view, entry.name_off, member)) return bits / 8;
    if (!is_named(view, entry.name_off, "")) continue;
    auto inner = type_offset(view, entry.type);
    auto found = inner ? offset_in(view, *inner, member, depth + 1) : std::nullopt;
    if (found) return *found + bits / 8;
  }
  return std::nullopt;
}

std::optional<int16_t> member_offset(const BtfView& view, std::string_view type_name,
                                     std::string_view member) {
  for (uint64_t at = 0; at < view.type_bytes();) {
    const uint64_t size = view.type_size(at);
    if (size == 0) break;
    const auto type = view.read<btf_type>(at);
    if (BTF_INFO_KIND(type.info) == BTF_KIND_STRUCT && is_named(view, type.name_off, type_name)) {
      auto found = offset_in(view, at, member, 0);
      if (found && *found <= INT16_MAX) return static_cast<int16_t>(*found);
    }
    at += size;
  }
  return std::nullopt;
}

struct Offsets {
  uint32_t target = 0;  // BTF id of the iterator
  int16_t start = 0;
  int16_t file = 0;
  int16_t inode = 0;
  int16_t number = 0;
  int16_t super = 0;
  int16_t device = 0;
};

std::optional<Offsets> find_offsets() {
  KernelBtf& kernel = KernelBtf::own();
  if (!kernel.available()) return std::nullopt;
  Offsets out;
  out.target = kernel.find_id(KernelType::kFunction, "bpf_iter_task_vma");
  const BtfView view(kernel.bytes());
  bool all = out.target != 0;
  auto find = [&](const char* type, const char* member, int16_t& to) {
    auto offset = all ? member_offset(view, type, member) : std::nullopt;
    all = offset.has_value();
    to = offset.value_or(0);
  };
  find("vm_area_struct", "vm_start", out.start);
  find("vm_area_struct", "vm_file", out.file);
  find("file", "f_inode", out.inode);
  find("inode", "i_ino", out.number);
  find("inode", "i_sb", out.super);
  find("super_block", "s_dev", out.device);
  kernel.release();
  if (!all) return std::nullopt;
  return out;
}

constexpr bpf_insn instruction(int code, unsigned to, unsigned from, int16_t offset, int32_t value) {
  bpf_insn out{};
  out.code = static_cast<uint8_t>(code);
  out.dst_reg = to & 0xf;
  out.src_reg = from & 0xf;
  out.off = offset;
  out.imm = value;
  return out;
}
constexpr bpf_insn load(int size, unsigned to, unsigned from, int16_t offset) {
  return instruction(BPF_LDX | BPF_MEM | size, to, from, offset, 0);
}
constexpr bpf_insn store(unsigned from, size_t offset) {
  return instruction(BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, from,
                     static_cast<int16_t>(offset - sizeof(Mapping)), 0);
}
constexpr bpf_insn copy(unsigned to, unsigned from) {
  return instruction(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0);
}
constexpr bpf_insn set(unsigned to, int32_t value) {
  return instruction(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value);
}
constexpr bpf_insn call(int32_t helper) {
  return instruction(BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}

// Writes a Mapping for each mapping of a file in the task that reads the iterator.
std::vector<bpf_insn> iterator_code(const Offsets& at) {
  constexpr auto kRecord = static_cast<int32_t>(sizeof(Mapping));  // on the stack
  std::vector<bpf_insn> code;
  std::vector<size_t> leaves;  // jumps to the end
  auto leave_if = [&](int condition, unsigned left, unsigned right) {
    leaves.push_back(code.size());
    code.push_back(instruction(BPF_JMP | condition, left, right, 0, 0));
  };
  auto leave_if_null = [&](unsigned pointer) { leave_if(BPF_JEQ | BPF_K, pointer, 0); };
  // The context: { meta, task, vma }, a pointer each.
  code.push_back(copy(BPF_REG_6, BPF_REG_1));
  code.push_back(load(BPF_DW, BPF_REG_7, BPF_REG_6, 16));
  leave_if_null(BPF_REG_7);
  code.push_back(load(BPF_DW, BPF_REG_8, BPF_REG_6, 8));
  leave_if_null(BPF_REG_8);
  code.push_back(call(BPF_FUNC_get_current_task));
  leave_if(BPF_JNE | BPF_X, BPF_REG_8, BPF_REG_0);
  code.push_back(load(BPF_DW, BPF_REG_1, BPF_REG_7, at.start));
  code.push_back(store(BPF_REG_1, offsetof(Mapping, start)));
  code.push_back(load(BPF_DW, BPF_REG_1, BPF_REG_7, at.file));
  leave_if_null(BPF_REG_1);
  code.push_back(load(BPF_DW, BPF_REG_1, BPF_REG_1, at.inode));
  leave_if_null(BPF_REG_1);
  code.push_back(load(BPF_DW, BPF_REG_2, BPF_REG_1, at.number));
  code.push_back(store(BPF_REG_2, offsetof(Mapping, inode)));
  code.push_back(load(BPF_DW, BPF_REG_1, BPF_REG_1, at.super));
  leave_if_null(BPF_REG_1);
  code.push_back(load(BPF_W, BPF_REG_2, BPF_REG_1, at.device));
  code.push_back(store(BPF_REG_2, offsetof(Mapping, device)));
  code.push_back(load(BPF_DW, BPF_REG_1, BPF_REG_6, 0));
  code.push_back(load(BPF_DW, BPF_REG_1, BPF_REG_1, 0));  // the first member of the meta data: the seq_file
  code.push_back(copy(BPF_REG_2, BPF_REG_10));
  code.push_back(instruction(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -kRecord));
  code.push_back(set(BPF_REG_3, kRecord));
  code.push_back(call(BPF_FUNC_seq_write));
  for (size_t jump : leaves) code[jump].off = static_cast<int16_t>(code.size() - jump - 1);
  code.push_back(set(BPF_REG_0, 0));
  code.push_back(instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
  return code;
}

base::Result<base::Fd> load_iterator() {
  static const std::optional<Offsets> offsets = find_offsets();
  if (!offsets) return base::Error("the kernel's types do not tell", base::ErrorKind::kNotFound);
  LibbpfLog log;
  std::vector<bpf_insn> code = iterator_code(*offsets);
  bpf_prog_load_opts options{};
  options.sz = sizeof(options);
  options.expected_attach_type = BPF_TRACE_ITER;
  options.attach_btf_id = offsets->target;
  base::Fd program(
      bpf_prog_load(BPF_PROG_TYPE_TRACING, "real_file", "GPL", code.data(), code.size(), &options));
  if (!program) return base::Error::system("cannot load the iterator", errno);
  return program;
}

base::Result<Mapping> find_mapping(uint64_t start) {
  GADGETRY_ASSIGN(base::Fd program, load_iterator());
  bpf_iter_link_info task{};  // Linux 6.1 goes over this task only; before, the program leaves out the others
  const uint32_t tid = static_cast<uint32_t>(gettid());
  std::memcpy(&task, &tid, sizeof(tid));
  bpf_link_create_opts options{};
  options.sz = sizeof(options);
  options.iter_info = &task;
  options.iter_info_len = sizeof(tid);
  base::Fd link(bpf_link_create(program.get(), 0, BPF_TRACE_ITER, &options));
  if (!link) return base::Error::system("cannot make the iterator", errno);
  base::Fd run(bpf_iter_create(link.get()));
  if (!run) return base::Error::system("cannot start the iterator", errno);
  // Whole records: what does not fit into a read comes with the next one.
  Mapping mappings[64];
  for (;;) {
    ssize_t got = read(run.get(), mappings, sizeof(mappings));
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got < 0) return base::Error::system("reading the iterator", errno);
    if (got == 0)
      return base::Error("the mapping is not among those of this process", base::ErrorKind::kNotFound);
    for (size_t i = 0; i < static_cast<size_t>(got) / sizeof(Mapping); i++) {
      if (mappings[i].start == start) return mappings[i];
    }
  }
}

base::Result<Mapping> map_and_find(int fd) {
  const size_t size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  void* memory = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (memory == MAP_FAILED) return base::Error::system("mmap", errno);
  auto found = find_mapping(reinterpret_cast<uint64_t>(memory));
  munmap(memory, size);
  return found;
}

std::string id_text(uint64_t major, uint64_t minor, uint64_t inode) {
  return "file " + std::to_string(major) + ":" + std::to_string(minor) + ":" + std::to_string(inode);
}

}  // namespace

std::string real_file_id(int fd) {
  struct statfs system{};
  if (fstatfs(fd, &system) == 0 && system.f_type == OVERLAYFS_SUPER_MAGIC) {
    auto real = map_and_find(fd);
    if (real.ok()) {
      return id_text(real->device >> kMinorBits, real->device & ((1u << kMinorBits) - 1), real->inode);
    }
    base::log_debug("the file below an overlay is not known: " + real.error().text());
  }
  struct stat info{};
  if (fstat(fd, &info) != 0) return "file of descriptor " + std::to_string(fd);
  return id_text(major(info.st_dev), minor(info.st_dev), info.st_ino);
}

}  // namespace gadgetry::bpf
