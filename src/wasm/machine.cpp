#include "wasm/machine.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <functional>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/strings.hpp"
#include "bpf/features.hpp"
#include "bpf/kernel_btf.hpp"
#include "wasm/kernel_types.hpp"

namespace gadgetry::wasm {
namespace {

// A table that lacks a name is read again after this long: the symbol may be of a module of the kernel loaded
// since.
constexpr int64_t kStaleNs = 10'000'000'000;

int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

uint64_t hash_of(std::string_view name) {
  return std::hash<std::string_view>{}(name);
}

constexpr const char* kVmlinux = "/sys/kernel/btf/vmlinux";

Outcome found(bool yes) {
  return yes ? Outcome{} : Outcome{Code::kNotFound, "the kernel does not have it"};
}

// Runs question(bytes) on the kernel's types, which are mapped or read for that and given back.
template <typename Question>
Outcome ask_types(Question&& question) {
  bpf::KernelBtf types(kVmlinux);
  if (!types.available()) return {Code::kUnsupported, "the kernel has no type information (BTF)"};
  return found(question(types.bytes()));
}

// The number of the name in a list of libbpf; their own names have no gaps.
template <typename Type>
std::optional<Type> type_by_name(const char* (*name_of)(Type), std::string_view name) {
  for (int number = 1;; number++) {
    const char* here = name_of(static_cast<Type>(number));
    if (here == nullptr) return std::nullopt;
    if (name == here) return static_cast<Type>(number);
  }
}

// Numbers of the helpers of eBPF programs, as this was built with. Headers put commas between the names, or,
// since Linux 6.2, nothing: then the names are one text.
std::optional<bpf_func_id> helper_by_name(std::string_view name) {
#define GADGETRY_HELPER_NAME(helper, ...) #helper " "
  static constexpr const char* kNames[] = {__BPF_FUNC_MAPPER(GADGETRY_HELPER_NAME)};
#undef GADGETRY_HELPER_NAME
  if (name.starts_with("bpf_")) name.remove_prefix(4);
  uint32_t number = 0;
  for (std::string_view text : kNames) {
    for (size_t end; (end = text.find(' ')) != std::string_view::npos;
         text.remove_prefix(end + 1), number++) {
      // The first is a placeholder.
      if (number > 0 && text.substr(0, end) == name) return static_cast<bpf_func_id>(number);
    }
  }
  return std::nullopt;
}

Outcome probed(int result) {
  if (result >= 0) return found(result > 0);
  if (result == -EOPNOTSUPP) return {Code::kUnsupported, "programs of this type cannot be probed"};
  return Outcome::system(-result);
}

// Some types of programs are only loaded for one place of attachment.
bpf_attach_type attach_type_for(bpf_prog_type program) {
  switch (program) {
    case BPF_PROG_TYPE_CGROUP_SOCK_ADDR:
      return BPF_CGROUP_INET4_CONNECT;
    case BPF_PROG_TYPE_CGROUP_SOCKOPT:
      return BPF_CGROUP_GETSOCKOPT;
    case BPF_PROG_TYPE_SK_LOOKUP:
      return BPF_SK_LOOKUP;
    default:
      return static_cast<bpf_attach_type>(0);
  }
}

// Whether the verifier says that programs of this type may not call the helper. Its wording changed after
// libbpf learnt it: newer kernels seem to libbpf to allow everything.
bool is_refused(bpf_prog_type program, bpf_func_id helper) {
  bpf_insn code[2] = {};
  code[0].code = BPF_JMP | BPF_CALL;
  code[0].imm = static_cast<int32_t>(helper);
  code[1].code = BPF_JMP | BPF_EXIT;
  char log[4096] = "";
  bpf_prog_load_opts options{};
  options.sz = sizeof options;
  options.expected_attach_type = attach_type_for(program);
  options.log_level = 1;
  options.log_size = sizeof log;
  options.log_buf = log;
  base::Fd fd(bpf_prog_load(program, nullptr, "GPL", code, std::size(code), &options));
  if (fd) return false;
  log[sizeof log - 1] = '\0';
  return std::strstr(log, "cannot use helper") != nullptr;
}

Outcome probe_helper(std::string_view name) {
  size_t at = name.find('@');
  if (at == std::string_view::npos) return {Code::kInvalid, "write helper:NAME@PROGRAM"};
  auto program = type_by_name(libbpf_bpf_prog_type_str, name.substr(at + 1));
  if (!program) return {Code::kInvalid, "unknown type of program"};
  auto helper = helper_by_name(name.substr(0, at));
  if (!helper) return {Code::kInvalid, "unknown helper"};
  int result = libbpf_probe_bpf_helper(*program, *helper, nullptr);
  return probed(result > 0 && is_refused(*program, *helper) ? 0 : result);
}

}  // namespace

base::Status SymbolTable::load() {
  release();
  GADGETRY_ASSIGN(base::Fd file, base::open_file(path_, O_RDONLY));
  std::string buffer(64u << 10, '\0');
  size_t kept = 0;  // the beginning of a line whose end has not been read
  for (;;) {
    ssize_t got = ::read(file.get(), buffer.data() + kept, buffer.size() - kept);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::Error::system("reading " + path_, errno);
    if (got == 0) break;
    std::string_view text(buffer.data(), kept + static_cast<size_t>(got));
    size_t start = 0;
    for (size_t end; (end = text.find('\n', start)) != std::string_view::npos; start = end + 1) {
      // "ffffffff81000000 T name" or "ffffffffc0000000 t name\t[module]".
      std::string_view line = text.substr(start, end - start);
      size_t blank = line.find(' ');
      if (blank == std::string_view::npos || line.size() < blank + 4) continue;
      auto address = base::parse_int<uint64_t>(line.substr(0, blank), 16);
      std::string_view name = line.substr(blank + 3);
      if (address) symbols_.push_back({hash_of(name.substr(0, name.find('\t'))), *address});
    }
    if (start == 0 && text.size() == buffer.size()) return base::Error(path_ + ": a line is too long");
    if (symbols_.size() > limits::kKernelSymbols) return base::Error(path_ + ": too many symbols");
    kept = text.size() - start;
    std::memmove(buffer.data(), text.data() + start, kept);
  }
  std::sort(symbols_.begin(), symbols_.end(), [](const Symbol& a, const Symbol& b) {
    return a.hash != b.hash ? a.hash < b.hash : a.address < b.address;
  });
  symbols_.shrink_to_fit();
  loaded_ns_ = now_ns();
  return {};
}

std::optional<uint64_t> SymbolTable::find(std::string_view name) const {
  uint64_t hash = hash_of(name);
  auto at = std::lower_bound(symbols_.begin(), symbols_.end(), hash,
                             [](const Symbol& symbol, uint64_t wanted) { return symbol.hash < wanted; });
  if (at == symbols_.end() || at->hash != hash) return std::nullopt;
  return at->address;
}

void SymbolTable::release() {
  symbols_ = {};
  loaded_ns_ = 0;
}

Machine& Machine::instance() {
  static Machine machine;
  return machine;
}

base::Result<std::optional<uint64_t>> Machine::symbol_address(std::string_view name, uint64_t& cost) {
  std::lock_guard lock(mutex_);
  cost = kCheap;
  if (symbols_.is_loaded()) {
    auto address = symbols_.find(name);
    if (address || now_ns() - symbols_.loaded_ns() < kStaleNs) return address;
  }
  cost = kReadsEverything;
  GADGETRY_TRY(symbols_.load());
  return symbols_.find(name);
}

base::Result<std::optional<Machine::FoundSymbol>> Machine::symbol_at(uint64_t address, uint64_t& cost) {
  std::lock_guard lock(mutex_);
  cost = kCheap;
  if (!functions_) {
    cost = kReadsEverything;
    functions_ = std::make_unique<sys::Kallsyms>(kallsyms_path_);
  }
  GADGETRY_TRY(functions_->load());
  std::string_view name = functions_->lookup(address);
  if (name.empty()) return std::optional<FoundSymbol>();
  return std::optional(FoundSymbol{std::string(name), functions_->start_of(address)});
}

Outcome Machine::has_type(std::string_view type) {
  return ask_types([&](std::span<const std::byte> bytes) { return wasm::has_type(bytes, type); });
}

Outcome Machine::has_field(std::string_view type, std::string_view field) {
  return ask_types([&](std::span<const std::byte> bytes) { return wasm::has_field(bytes, type, field); });
}

Outcome Machine::has_feature(std::string_view name) {
  if (name == "btf") return found(bpf::kernel_features().btf);
  size_t colon = name.find(':');
  std::string_view kind = name.substr(0, colon);
  std::string_view rest = colon == std::string_view::npos ? std::string_view() : name.substr(colon + 1);
  if (kind == "program") {
    auto type = type_by_name(libbpf_bpf_prog_type_str, rest);
    return type ? probed(libbpf_probe_bpf_prog_type(*type, nullptr))
                : Outcome{Code::kInvalid, "unknown type of program"};
  }
  if (kind == "map") {
    auto type = type_by_name(libbpf_bpf_map_type_str, rest);
    return type ? probed(libbpf_probe_bpf_map_type(*type, nullptr))
                : Outcome{Code::kInvalid, "unknown type of map"};
  }
  if (kind == "helper") return probe_helper(rest);
  return {Code::kInvalid, "a feature is program:NAME, map:NAME, helper:NAME@PROGRAM or btf"};
}

void Machine::release() {
  std::lock_guard lock(mutex_);
  symbols_.release();
  functions_.reset();
}

}  // namespace gadgetry::wasm
