// Names of functions in user processes: which file is mapped at an address, and which symbol of that file it
// is.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sys/elf_symbols.hpp"

namespace gadgetry::sys {

// Symbol tables are shared by all processes that map the same file (device, inode, mtime). Both caches are
// bounded (limits::kSymbolFiles, kSymbolProcesses, kSymbolCacheBytes); what was not used for longest goes
// first.
class UserSymbols {
 public:
  explicit UserSymbols(std::string proc_root = "/proc") : proc_(std::move(proc_root)) {}

  // Which process, as the kernel saw it when the stack was taken.
  struct ProcessRef {
    uint32_t pid = 0;         // as numbered in our /proc
    uint32_t generation = 0;  // tells apart processes that had the same pid, or one before and after execve
    int64_t exe_mtime = 0;  // seconds; when known (not 0), a process with another executable is not looked at
  };

  // The function at an address of the process, or an empty view: no such process, an unmapped or anonymous
  // address, a file without a symbol there. A process whose mappings were read while it lived keeps its names
  // after it ended. The view is valid until the next call.
  std::string_view lookup(const ProcessRef& process, uint64_t address);

  // Forgets which processes had no such mapping, so that the next lookup reads /proc/PID/maps again. Call
  // once a second at most.
  void refresh();

  size_t files() const { return files_.size(); }
  size_t processes() const { return processes_.size(); }

 private:
  struct FileKey {
    uint64_t device;
    uint64_t inode;
    int64_t mtime_ns;
    auto operator<=>(const FileKey&) const = default;
  };
  struct File {
    FileKey key{};
    std::unique_ptr<ElfSymbols> symbols;  // null: not an ELF file, or unreadable
    size_t bytes = 0;
  };
  struct Mapping {
    uint64_t start;
    uint64_t end;
    uint64_t offset;
    uint64_t inode;
    uint32_t path;  // offset in Process::paths
    bool is_vdso;
    bool tried;  // file is decided
    std::shared_ptr<File> file;
  };
  struct Process {
    uint64_t key = 0;
    ProcessRef ref;
    uint64_t read_in = 0;           // epoch of the last reading
    std::vector<Mapping> mappings;  // executable ones, by address
    std::string paths;
  };
  using ProcessList = std::list<Process>;  // most recently used first
  using FileList = std::list<std::shared_ptr<File>>;

  Process& process(const ProcessRef& ref);
  void read_maps(Process& process);
  bool same_executable(const ProcessRef& ref) const;
  void resolve(Process& process, Mapping& mapping);
  base::Fd open_mapped(const Process& process, const Mapping& mapping) const;
  std::shared_ptr<File> file_of(base::Fd fd);
  std::shared_ptr<File> vdso();
  void evict_files();

  std::string proc_;
  uint64_t epoch_ = 1;
  ProcessList processes_;
  std::unordered_map<uint64_t, ProcessList::iterator> by_pid_;
  FileList files_;
  std::map<FileKey, FileList::iterator> by_key_;
  size_t file_bytes_ = 0;
  std::shared_ptr<File> vdso_;
};

}  // namespace gadgetry::sys
