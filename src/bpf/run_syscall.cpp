// syscall: a program that is run once when the gadget starts. Its context, data in and out, is the global
// variable PROGRAM_ctx (of .data or .bss) when the object has one: the program reads what is in it, and what
// it writes there stays there. It returns 0 or a negative error number.
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"
#include "bpf/attach_families.hpp"
#include "bpf/libbpf_log.hpp"

namespace gadgetry::bpf {
namespace {

bool is_written(std::string_view section) {
  return section == ".data" || section == ".bss" || section.starts_with(".data.") ||
         section.starts_with(".bss.");
}

// The variables of a section, which the kernel and this process share.
class Memory {
 public:
  Memory() = default;
  Memory(int map, size_t size) {
    void* address = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
    if (address != MAP_FAILED) bytes_ = {static_cast<std::byte*>(address), size};
  }
  Memory(Memory&& other) noexcept
      : bytes_(std::exchange(other.bytes_, {})), part_(std::exchange(other.part_, {})) {}
  Memory& operator=(Memory&&) = delete;
  ~Memory() {
    if (!bytes_.empty()) munmap(bytes_.data(), bytes_.size());
  }
  // Chooses the part that is meant; false when there is none like this.
  bool choose(size_t offset, size_t size) {
    if (offset > bytes_.size() || size > bytes_.size() - offset) return false;
    part_ = bytes_.subspan(offset, size);
    return true;
  }
  std::span<std::byte> part() const { return part_; }

 private:
  std::span<std::byte> bytes_;
  std::span<std::byte> part_;
};

// The maps of .data and .bss have the name of the object in front.
Memory memory_of(bpf_object* object, std::string_view section) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    std::string_view name = bpf_map__name(map);
    if (!bpf_map__is_internal(map) || bpf_map__fd(map) < 0) continue;
    if (name != section && !((section == ".data" || section == ".bss") && name.ends_with(section))) continue;
    return {bpf_map__fd(map), bpf_map__value_size(map)};
  }
  return {};
}

base::Result<Memory> find_context(bpf_object* object, const std::string& name) {
  const btf* types = bpf_object__btf(object);
  uint32_t count = types == nullptr ? 0 : btf__type_cnt(types);
  for (uint32_t id = 1; id < count; id++) {
    const btf_type* section = btf__type_by_id(types, id);
    const char* section_name = btf__name_by_offset(types, section->name_off);
    if (!btf_is_datasec(section) || section_name == nullptr || !is_written(section_name)) continue;
    for (const btf_var_secinfo& info : std::span(btf_var_secinfos(section), btf_vlen(section))) {
      const btf_type* variable = btf__type_by_id(types, info.type);
      const char* text = variable == nullptr ? nullptr : btf__name_by_offset(types, variable->name_off);
      if (text == nullptr || name != text) continue;
      Memory memory = memory_of(object, section_name);
      if (info.size > limits::kSyscallContextBytes) {
        return base::Error("variable " + name + " is too large for a context")
            .with_hint("at most 65535 bytes");
      }
      if (!memory.choose(info.offset, info.size)) {
        return base::Error("variable " + name + " is not in the memory of the object");
      }
      return memory;
    }
  }
  return Memory();
}

}  // namespace

base::Result<std::vector<Link>> run_syscall(const AttachRequest& request) {
  const std::string variable = request.name + "_ctx";
  GADGETRY_ASSIGN(Memory memory, find_context(request.object, variable));
  std::span<std::byte> context = memory.part();
  bpf_test_run_opts options{};
  options.sz = sizeof(options);
  if (!context.empty()) {
    options.ctx_in = context.data();
    options.ctx_size_in = static_cast<uint32_t>(context.size());
  }
  LibbpfLog log;
  if (bpf_prog_test_run_opts(bpf_program__fd(request.program), &options) != 0) {
    int code = errno;
    base::Error error = base::Error::system("cannot run it", code);
    if (code == EINVAL) {
      error.hint = context.empty()
                       ? "when it reads its context, the object needs a global variable " + variable
                       : "it may read behind the end of its context, the variable " + variable;
    }
    return error;
  }
  int result = static_cast<int>(options.retval);
  if (result < 0) {
    return base::Error("it returned " + std::to_string(result) + " (" + std::strerror(-result) + ")");
  }
  base::log_debug("program " + request.name + " returned " + std::to_string(result));
  return std::vector<Link>();
}

}  // namespace gadgetry::bpf
