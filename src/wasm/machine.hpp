// Facts about the machine and its kernel, for the modules of this process. What takes memory is kept only
// while it is asked for: see release().
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sys/kallsyms.hpp"
#include "wasm/errno_code.hpp"
#include "wasm/processes.hpp"

namespace gadgetry::wasm {

// All symbols of the kernel by name, as hashes: 16 bytes each.
class SymbolTable {
 public:
  explicit SymbolTable(std::string path) : path_(std::move(path)) {}

  base::Status load();
  bool is_loaded() const { return loaded_ns_ != 0; }
  int64_t loaded_ns() const { return loaded_ns_; }  // CLOCK_MONOTONIC
  // The lowest address of that name, 0 where addresses are hidden.
  std::optional<uint64_t> find(std::string_view name) const;
  void release();

 private:
  struct Symbol {
    uint64_t hash;
    uint64_t address;
  };

  std::string path_;
  std::vector<Symbol> symbols_;  // by hash, then address
  int64_t loaded_ns_ = 0;
};

class Machine {
 public:
  explicit Machine(std::string kallsyms = "/proc/kallsyms")
      : kallsyms_path_(kallsyms), symbols_(std::move(kallsyms)) {}
  // One for all modules of the process. Everything may be called by several threads.
  static Machine& instance();

  // What a call is going to cost, in the units of Host::pay.
  static constexpr uint64_t kCheap = 2'000;
  static constexpr uint64_t kReadsProc = 20'000;
  static constexpr uint64_t kProbes = 200'000;
  static constexpr uint64_t kReadsEverything = 1'000'000;

  // `cost` is set to what the answer took.
  base::Result<std::optional<uint64_t>> symbol_address(std::string_view name, uint64_t& cost);
  struct FoundSymbol {
    std::string name;
    uint64_t start = 0;
  };
  base::Result<std::optional<FoundSymbol>> symbol_at(uint64_t address, uint64_t& cost);

  // kOk, kNotFound, or why it cannot be told.
  static Outcome has_type(std::string_view type);
  static Outcome has_field(std::string_view type, std::string_view field);
  static Outcome has_feature(std::string_view name);

  MountNamespaces& mount_namespaces() { return mount_namespaces_; }

  // Gives the memory of the symbol tables back: when the modules have been started. They are read again if
  // need be.
  void release();

 private:
  std::mutex mutex_;
  std::string kallsyms_path_;
  SymbolTable symbols_;
  std::unique_ptr<sys::Kallsyms> functions_;
  MountNamespaces mount_namespaces_;
};

}  // namespace gadgetry::wasm
