// Few, cheap questions to the type information of the running kernel (/sys/kernel/btf/vmlinux): a linear scan
// over the mapped file, no index, nothing kept but the bytes. libbpf's own index of the same file costs tens
// of megabytes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

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
  // once.
  static KernelBtf& instance();

  // False when the kernel has no readable BTF; then nothing is ever found.
  bool available();
  // All of it; empty when it is not available. Valid until release().
  std::span<const std::byte> bytes() { return open() ? bytes_ : std::span<const std::byte>(); }
  // Values and names of `enum name`.
  std::optional<data::EnumTable> find_enum(std::string_view name);
  bool has(KernelType kind, std::string_view name);
  // Whether `struct type_name` has a direct member of that name.
  bool has_member(std::string_view type_name, std::string_view member);

  // Gives the memory back; the next question maps the file again.
  void release();

 private:
  bool open();
  template <typename Visit>
  bool scan(Visit&& visit);

  std::string path_;
  bool tried_ = false;
  bool mapped_ = false;
  std::span<const std::byte> bytes_;
  std::string buffer_;  // holds the bytes where the file cannot be mapped
};

}  // namespace gadgetry::bpf
