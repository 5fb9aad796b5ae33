#include "bpf/kernel_btf.hpp"

#include <fcntl.h>
#include <linux/btf.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "bpf/btf_file.hpp"
#include "bpf/btf_view.hpp"

namespace gadgetry::bpf {
namespace {

uint32_t wanted_kind(KernelType kind) {
  switch (kind) {
    case KernelType::kStruct:
      return BTF_KIND_STRUCT;
    case KernelType::kUnion:
      return BTF_KIND_UNION;
    case KernelType::kTypedef:
      return BTF_KIND_TYPEDEF;
    case KernelType::kEnum:
      return BTF_KIND_ENUM;
    case KernelType::kFunction:
      return BTF_KIND_FUNC;
  }
  return BTF_KIND_UNKN;
}

// Compares without measuring the string: almost every name differs in its first bytes.
bool same_name(const BtfView& view, uint32_t offset, const std::string& name) {
  return offset < view.string_bytes() && std::strcmp(view.raw_string(offset), name.c_str()) == 0;
}

std::string text_of(const BtfView& view, uint32_t offset) {
  return offset < view.string_bytes() ? std::string(view.string(offset)) : std::string();
}

data::EnumTable read_table(const BtfView& view, uint64_t at, const btf_type& type, std::string_view name) {
  data::EnumTable table;
  table.name = name;
  table.is_set = name.ends_with("_set");
  table.is_signed = BTF_INFO_KFLAG(type.info) != 0;
  const uint64_t first = at + sizeof(btf_type);
  for (uint64_t i = 0; i < BTF_INFO_VLEN(type.info); i++) {
    if (BTF_INFO_KIND(type.info) == BTF_KIND_ENUM64) {
      const auto entry = view.read<btf_enum64>(first + i * sizeof(btf_enum64));
      table.entries.push_back(
          {uint64_t{entry.val_hi32} << 32 | entry.val_lo32, text_of(view, entry.name_off)});
    } else {
      const auto entry = view.read<btf_enum>(first + i * sizeof(btf_enum));
      const uint64_t value = table.is_signed ? static_cast<uint64_t>(int64_t{entry.val})
                                             : uint64_t{static_cast<uint32_t>(entry.val)};
      table.entries.push_back({value, text_of(view, entry.name_off)});
    }
  }
  return table;
}

}  // namespace

namespace {

// The kernel's own file or, where it has none, one beside it: these libbpf finds too.
std::string default_path() {
  const std::string own = "/sys/kernel/btf/vmlinux";
  utsname name{};
  if (::access(own.c_str(), F_OK) == 0 || ::uname(&name) != 0) return own;
  const std::string release = name.release;
  for (const std::string& path :
       {"/boot/vmlinux-" + release, "/lib/modules/" + release + "/vmlinux-" + release,
        "/lib/modules/" + release + "/build/vmlinux", "/usr/lib/debug/boot/vmlinux-" + release,
        "/usr/lib/debug/lib/modules/" + release + "/vmlinux"}) {
    if (::access(path.c_str(), R_OK) == 0) return path;
  }
  return own;
}

}  // namespace

KernelBtf& KernelBtf::instance() {
  static KernelBtf kernel([] {
    const char* chosen = std::getenv("GADGETRY_BTF");
    if (chosen == nullptr || chosen[0] == '\0') return default_path();
    return chosen == std::string_view("none") ? std::string() : std::string(chosen);
  }());
  return kernel;
}

KernelBtf& KernelBtf::own() {
  static KernelBtf kernel("/sys/kernel/btf/vmlinux");
  return is_chosen_by_user() && !instance().path().empty() ? kernel : instance();
}

bool KernelBtf::is_chosen_by_user() {
  const char* chosen = std::getenv("GADGETRY_BTF");
  return chosen != nullptr && chosen[0] != '\0';
}

// Newer kernels let the file be mapped; elsewhere it is read.
bool KernelBtf::open() {
  if (tried_) return !bytes_.empty();
  tried_ = true;
  if (path_.empty()) return false;
  auto fd = base::open_file(path_, O_RDONLY);
  if (!fd.ok()) {
    base::log_debug("kernel types: " + fd.error().text());
    return false;
  }
  struct stat info{};
  if (::fstat(fd->get(), &info) == 0 && info.st_size > 0 &&
      static_cast<uint64_t>(info.st_size) <= limits::kKernelBtfBytes && !is_elf_file(fd->get())) {
    const size_t size = static_cast<size_t>(info.st_size);
    void* memory = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd->get(), 0);
    if (memory != MAP_FAILED) {
      mapped_ = true;
      bytes_ = {static_cast<const std::byte*>(memory), size};
    }
  }
  if (!mapped_ && !read_whole(fd->get())) return false;
  if (const char* problem = BtfView(bytes_).problem(); problem != nullptr) {
    base::log_debug("kernel types: " + path_ + ": " + problem);
    release();
    tried_ = true;
    return false;
  }
  return true;
}

bool KernelBtf::read_whole(int fd) {
  auto text = read_btf(fd, path_);
  if (!text.ok()) {
    base::log_debug("kernel types: " + text.error().text());
    return false;
  }
  buffer_ = std::move(*text);
  bytes_ = base::as_bytes(buffer_);
  return true;
}

void KernelBtf::release() {
  if (mapped_) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
  mapped_ = false;
  bytes_ = {};
  buffer_ = {};
  tried_ = false;
}

bool KernelBtf::available() {
  return open();
}

// Calls visit(view, offset, type) for each type until it returns true.
template <typename Visit>
bool KernelBtf::scan(Visit&& visit) {
  if (!open()) return false;
  const BtfView view(bytes_);
  for (uint64_t at = 0; at < view.type_bytes();) {
    const uint64_t size = view.type_size(at);
    if (size == 0) return false;
    if (visit(view, at, view.read<btf_type>(at))) return true;
    at += size;
  }
  return false;
}

std::optional<data::EnumTable> KernelBtf::find_enum(std::string_view name) {
  const std::string wanted(name);
  std::optional<data::EnumTable> found;
  if (wanted.empty()) return found;
  scan([&](const BtfView& view, uint64_t at, const btf_type& type) {
    const uint32_t kind = BTF_INFO_KIND(type.info);
    if (kind != BTF_KIND_ENUM && kind != BTF_KIND_ENUM64) return false;
    if (BTF_INFO_VLEN(type.info) == 0 || !same_name(view, type.name_off, wanted)) return false;
    found = read_table(view, at, type, name);
    return true;
  });
  return found;
}

bool KernelBtf::has(KernelType kind, std::string_view name) {
  const std::string wanted(name);
  const uint32_t number = wanted_kind(kind);
  return scan([&](const BtfView& view, uint64_t, const btf_type& type) {
    const uint32_t here = BTF_INFO_KIND(type.info);
    const bool kind_fits = here == number || (number == BTF_KIND_ENUM && here == BTF_KIND_ENUM64);
    return kind_fits && same_name(view, type.name_off, wanted);
  });
}

uint32_t KernelBtf::find_id(KernelType kind, std::string_view name) {
  const std::string wanted(name);
  const uint32_t number = wanted_kind(kind);
  uint32_t id = 0;
  const bool found = scan([&](const BtfView& view, uint64_t, const btf_type& type) {
    id++;
    return BTF_INFO_KIND(type.info) == number && same_name(view, type.name_off, wanted);
  });
  return found ? id : 0;
}

std::vector<std::string> KernelBtf::names(KernelType kind, std::string_view prefix) {
  std::vector<std::string> out;
  const uint32_t number = wanted_kind(kind);
  scan([&](const BtfView& view, uint64_t, const btf_type& type) {
    if (BTF_INFO_KIND(type.info) != number || type.name_off >= view.string_bytes()) return false;
    const char* name = view.raw_string(type.name_off);
    if (std::strncmp(name, prefix.data(), prefix.size()) == 0) out.emplace_back(name + prefix.size());
    return false;
  });
  return out;
}

size_t KernelBtf::count_tags(std::string_view tag) {
  const std::string wanted(tag);
  size_t count = 0;
  scan([&](const BtfView& view, uint64_t, const btf_type& type) {
    if (BTF_INFO_KIND(type.info) == BTF_KIND_DECL_TAG && same_name(view, type.name_off, wanted)) count++;
    return false;
  });
  return count;
}

bool KernelBtf::has_member(std::string_view type_name, std::string_view member) {
  return member_index(type_name, member) >= 0;
}

int KernelBtf::member_index(std::string_view type_name, std::string_view member) {
  const std::string wanted_type(type_name);
  const std::string wanted(member);
  int index = -1;
  scan([&](const BtfView& view, uint64_t at, const btf_type& type) {
    const uint32_t kind = BTF_INFO_KIND(type.info);
    if (kind != BTF_KIND_STRUCT && kind != BTF_KIND_UNION) return false;
    if (!same_name(view, type.name_off, wanted_type)) return false;
    for (uint32_t i = 0; i < BTF_INFO_VLEN(type.info); i++) {
      const auto entry = view.read<btf_member>(at + sizeof(btf_type) + uint64_t{i} * sizeof(btf_member));
      if (!same_name(view, entry.name_off, wanted)) continue;
      index = static_cast<int>(i);
      return true;
    }
    return false;
  });
  return index;
}

}  // namespace gadgetry::bpf
