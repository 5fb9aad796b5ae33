#include "sys/user_symbols.hpp"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/stat.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <utility>

#include "base/limits.hpp"
#include "base/strings.hpp"

namespace gadgetry::sys {
namespace {

struct MapsLine {
  uint64_t start = 0;
  uint64_t end = 0;
  uint64_t offset = 0;
  uint64_t inode = 0;
  bool executable = false;
  std::string_view path;
};

std::string_view take_word(std::string_view& text) {
  size_t start = std::min(text.find_first_not_of(' '), text.size());
  size_t end = std::min(text.find(' ', start), text.size());
  std::string_view word = text.substr(start, end - start);
  text.remove_prefix(end);
  return word;
}

// "7f00-7f10 r-xp 00001000 fe:00 1234    /usr/lib/libc.so.6"
bool parse_line(std::string_view line, MapsLine& out) {
  std::string_view range = take_word(line);
  size_t dash = range.find('-');
  if (dash == std::string_view::npos) return false;
  auto start = base::parse_int<uint64_t>(range.substr(0, dash), 16);
  auto end = base::parse_int<uint64_t>(range.substr(dash + 1), 16);
  std::string_view permissions = take_word(line);
  auto offset = base::parse_int<uint64_t>(take_word(line), 16);
  take_word(line);  // device
  auto inode = base::parse_int<uint64_t>(take_word(line));
  if (!start || !end || *start >= *end || permissions.size() < 4 || !offset || !inode) return false;
  out = {*start, *end, *offset, *inode, permissions[2] == 'x', base::trim(line)};
  return true;
}

// Calls back for each line of a maps file.
template <typename F>
void for_each_mapping(std::string_view text, F callback) {
  for (size_t start = 0; start < text.size();) {
    size_t end = std::min(text.find('\n', start), text.size());
    MapsLine line;
    if (parse_line(text.substr(start, end - start), line)) callback(line);
    start = end + 1;
  }
}

// Opened only if it is a regular file: opening a device may do things.
base::Fd open_regular(const std::string& path) {
  struct stat info{};
  if (stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return {};
  auto file = base::open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  return file.ok() ? std::move(*file) : base::Fd{};
}

// The virtual shared object as it is mapped into this process.
std::span<const uint8_t> own_vdso() {
  uint64_t start = getauxval(AT_SYSINFO_EHDR);
  auto text = base::read_file("/proc/self/maps", limits::kMapsBytes);
  if (start == 0 || !text.ok()) return {};
  uint64_t size = 0;
  for_each_mapping(*text, [&](const MapsLine& line) {
    if (line.start == start) size = line.end - line.start;
  });
  // NOLINTNEXTLINE(performance-no-int-to-ptr): an address in our own memory, from /proc/self/maps
  const auto* begin = reinterpret_cast<const uint8_t*>(start);
  return {begin, static_cast<size_t>(size)};
}

}  // namespace

std::string_view UserSymbols::lookup(const ProcessRef& ref, uint64_t address) {
  if (ref.pid == 0) return {};
  Process& owner = process(ref);
  auto find = [&]() -> Mapping* {
    auto after =
        std::upper_bound(owner.mappings.begin(), owner.mappings.end(), address,
                         [](uint64_t wanted, const Mapping& mapping) { return wanted < mapping.start; });
    if (after == owner.mappings.begin()) return nullptr;
    --after;
    return address < after->end ? &*after : nullptr;
  };
  Mapping* mapping = find();
  if (mapping == nullptr && owner.read_in != epoch_) {  // perhaps mapped since we looked
    read_maps(owner);
    mapping = find();
  }
  if (mapping == nullptr) return {};
  if (!mapping->tried) resolve(owner, *mapping);
  if (mapping->file == nullptr || mapping->file->symbols == nullptr) return {};
  return mapping->file->symbols->lookup_offset(address - mapping->start + mapping->offset);
}

void UserSymbols::refresh() {
  epoch_++;
}

UserSymbols::Process& UserSymbols::process(const ProcessRef& ref) {
  uint64_t key = static_cast<uint64_t>(ref.pid) << 32 | ref.generation;
  auto known = by_pid_.find(key);
  if (known != by_pid_.end()) {
    processes_.splice(processes_.begin(), processes_, known->second);
    return processes_.front();
  }
  if (processes_.size() >= limits::kSymbolProcesses) {
    by_pid_.erase(processes_.back().key);
    processes_.pop_back();
  }
  Process& made = processes_.emplace_front();
  made.key = key;
  made.ref = ref;
  by_pid_[key] = processes_.begin();
  read_maps(made);
  return made;
}

bool UserSymbols::same_executable(const ProcessRef& ref) const {
  if (ref.exe_mtime == 0) return true;
  struct stat info{};
  std::string path = proc_ + "/" + std::to_string(ref.pid) + "/exe";
  return stat(path.c_str(), &info) == 0 && info.st_mtim.tv_sec == ref.exe_mtime;
}

void UserSymbols::read_maps(Process& process) {
  process.read_in = epoch_;
  if (!same_executable(process.ref)) return;
  auto text = base::read_file(proc_ + "/" + std::to_string(process.ref.pid) + "/maps", limits::kMapsBytes);
  if (!text.ok() || text->empty()) return;  // it ended: what is known stays
  std::vector<Mapping> old = std::exchange(process.mappings, {});
  process.paths.clear();
  for_each_mapping(*text, [&](const MapsLine& line) {
    if (!line.executable || process.mappings.size() >= limits::kProcessMappings) return;
    if (!process.mappings.empty() && line.start < process.mappings.back().end) return;  // always ascending
    Mapping mapping{};
    mapping.start = line.start;
    mapping.end = line.end;
    mapping.offset = line.offset;
    mapping.inode = line.inode;
    mapping.path = static_cast<uint32_t>(process.paths.size());
    mapping.is_vdso = line.path == "[vdso]";
    process.paths.append(line.path) += '\0';
    auto before = std::find_if(old.begin(), old.end(), [&](const Mapping& m) {
      return m.start == mapping.start && m.end == mapping.end && m.offset == mapping.offset &&
             m.inode == mapping.inode;
    });
    if (before != old.end()) {
      mapping.file = before->file;
      mapping.tried = before->tried;
    }
    process.mappings.push_back(std::move(mapping));
  });
}

void UserSymbols::resolve(Process& process, Mapping& mapping) {
  mapping.tried = true;
  if (mapping.is_vdso) {
    mapping.file = vdso();
    return;
  }
  if (mapping.inode == 0) return;  // anonymous: code made at run time
  base::Fd fd = open_mapped(process, mapping);
  if (fd) mapping.file = file_of(std::move(fd));
}

base::Fd UserSymbols::open_mapped(const Process& process, const Mapping& mapping) const {
  std::string folder = proc_ + "/" + std::to_string(process.ref.pid);
  // The mapped file itself, even if it was deleted or replaced. Needs CAP_CHECKPOINT_RESTORE.
  char range[48];
  (void)snprintf(range, sizeof range, "%" PRIx64 "-%" PRIx64, mapping.start, mapping.end);
  if (base::Fd fd = open_regular(folder + "/map_files/" + range)) return fd;
  std::string_view path(process.paths.c_str() + mapping.path);
  if (!path.starts_with('/')) return {};
  base::Fd fd = open_regular((folder + "/root").append(path));
  struct stat info{};
  if (!fd || fstat(fd.get(), &info) != 0 || info.st_ino != mapping.inode) return {};
  return fd;
}

std::shared_ptr<UserSymbols::File> UserSymbols::file_of(base::Fd fd) {
  struct stat info{};
  if (fstat(fd.get(), &info) != 0) return nullptr;
  FileKey key{info.st_dev, info.st_ino, int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec};
  auto known = by_key_.find(key);
  if (known != by_key_.end()) {
    files_.splice(files_.begin(), files_, known->second);
    return files_.front();
  }
  auto file = std::make_shared<File>();
  file->key = key;
  if (auto symbols = ElfSymbols::open(std::move(fd)); symbols.ok()) {
    file->symbols = std::move(*symbols);
    file->bytes = file->symbols->memory();
  }
  file_bytes_ += file->bytes;
  files_.push_front(file);
  by_key_[key] = files_.begin();
  evict_files();
  return file;
}

std::shared_ptr<UserSymbols::File> UserSymbols::vdso() {
  if (vdso_ == nullptr) {
    vdso_ = std::make_shared<File>();
    if (auto symbols = ElfSymbols::open_memory(own_vdso()); symbols.ok())
      vdso_->symbols = std::move(*symbols);
  }
  return vdso_;
}

// Drops the tables that were opened or shared longest ago; the newest one always stays.
void UserSymbols::evict_files() {
  while (files_.size() > 1 &&
         (files_.size() > limits::kSymbolFiles || file_bytes_ > limits::kSymbolCacheBytes)) {
    std::shared_ptr<File> last = files_.back();
    by_key_.erase(last->key);
    files_.pop_back();
    file_bytes_ -= last->bytes;
    for (Process& process : processes_) {
      for (Mapping& mapping : process.mappings) {
        if (mapping.file != last) continue;
        mapping.file.reset();
        mapping.tried = false;  // read again when it is asked for
      }
    }
  }
}

}  // namespace gadgetry::sys
