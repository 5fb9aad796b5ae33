// Few, cheap questions to the type information of the running kernel (/sys/kernel/btf/vmlinux): a linear scan
// over the mapped file, no index, nothing kept but the bytes. libbpf's own index of the same file costs tens
// of megabytes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/field.hpp"

namespace gadgetry::bpf {

enum class KernelType : uint8_t { kStruct, kUnion, kTypedef, kEnum, kFunction };

class KernelBtf {
 public:
  explicit KernelBtf(std::string path) : path_(std::move(path)) {}
  ~KernelBtf() { release(); }
  KernelBtf(const KernelBtf&) = delete;
  KernelBtf& operator=(const KernelBtf&) = delete;

  // The kernel of this machine. Opened when first asked, kept until release(). Not for several threads at
  // once. GADGETRY_BTF=FILE puts a file in place of /sys/kernel/btf/vmlinux: raw BTF, or an ELF file
  // (vmlinux) that has it; GADGETRY_BTF=none says that there is none.
  static KernelBtf& instance();
  // The types that the kernel itself knows, whatever file the environment names: for the numbers of types in
  // bpf(2). None with GADGETRY_BTF=none.
  static KernelBtf& own();
  // Its file; empty when the environment says that there is none.
  const std::string& path() const { return path_; }
  // Whether the environment says where it is.
  static bool is_chosen_by_user();

  // False when the kernel has no readable BTF; then nothing is ever found.
  bool available();
  // All of it; empty when it is not available. Valid until release().
  std::span<const std::byte> bytes() { return open() ? bytes_ : std::span<const std::byte>(); }
  // Values and names of `enum name`.
  std::optional<data::EnumTable> find_enum(std::string_view name);
  bool has(KernelType kind, std::string_view name);
  // The number of a type, as attach_btf_id of bpf(2) wants it; 0 when there is none.
  uint32_t find_id(KernelType kind, std::string_view name);
  // The names of all types of a kind that begin with prefix, without it.
  std::vector<std::string> names(KernelType kind, std::string_view prefix);
  // How many declarations carry a tag ("bpf_kfunc").
  size_t count_tags(std::string_view tag);
  // Which member of a struct has that name, counted from 0; -1: none.
  int member_index(std::string_view type_name, std::string_view member);
  // Whether `struct type_name` has a direct member of that name.
  bool has_member(std::string_view type_name, std::string_view member);

  // Gives the memory back; the next question maps the file again.
  void release();

 private:
  bool open();
  bool read_whole(int fd);
  template <typename Visit>
  bool scan(Visit&& visit);

  std::string path_;
  bool tried_ = false;
  bool mapped_ = false;
  std::span<const std::byte> bytes_;
  std::string buffer_;  // holds the bytes where the file cannot be mapped
};

}  // namespace gadgetry::bpf
