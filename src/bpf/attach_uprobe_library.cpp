// From "libssl" or "/usr/bin/bash" to files. The format of ld.so.cache: glibc, sysdeps/generic/dl-cache.h.
// Its contents are untrusted (it may come from a container): every offset is checked. So is what musl's
// linker reads: folders, one a line or with colons between them.
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"
#include "bpf/attach_uprobe.hpp"

namespace gadgetry::bpf {
namespace {

constexpr size_t kHits = 64;
constexpr std::string_view kOldMagic = "ld.so-1.7.0";
constexpr std::string_view kNewMagic = "glibc-ld.so.cache1.1";

struct OldEntry {
  int32_t flags;
  uint32_t key;
  uint32_t value;
};
struct NewEntry {
  int32_t flags;
  uint32_t key;
  uint32_t value;
  uint32_t os_version;
  uint64_t hardware;
};
static_assert(sizeof(OldEntry) == 12 && sizeof(NewEntry) == 24);
constexpr size_t kOldHeader = 16;  // magic padded to 12, number of libraries
constexpr size_t kNewHeader =
    48;  // magic, number of libraries, length of the strings, flags, 4 reserved words

template <typename T>
bool read_at(std::string_view bytes, size_t at, T& out) {
  if (at > bytes.size() || bytes.size() - at < sizeof(T)) return false;
  std::memcpy(&out, bytes.data() + at, sizeof(T));
  return true;
}

std::string_view text_at(std::string_view strings, uint32_t at) {
  if (at >= strings.size()) return {};
  std::string_view rest = strings.substr(at);
  size_t end = rest.find('\0');
  return end == std::string_view::npos ? std::string_view() : rest.substr(0, end);
}

template <typename Entry>
void search_entries(std::string_view entries, uint32_t count, std::string_view strings,
                    std::string_view library, std::vector<std::string>& out) {
  for (uint32_t i = 0; i < count && out.size() < kHits; ++i) {
    Entry entry;
    if (!read_at(entries, size_t{i} * sizeof(Entry), entry)) return;
    if (!is_library(text_at(strings, entry.key), library)) continue;
    std::string path(text_at(strings, entry.value));
    if (path.starts_with('/') && std::find(out.begin(), out.end(), path) == out.end()) out.push_back(path);
  }
}

void search_new(std::string_view cache, std::string_view library, std::vector<std::string>& out) {
  uint32_t count = 0;
  if (!read_at(cache, kNewMagic.size(), count) || cache.size() < kNewHeader) return;
  search_entries<NewEntry>(cache.substr(kNewHeader), count, cache, library, out);
}

void search_old(std::string_view cache, std::string_view library, std::vector<std::string>& out) {
  uint32_t count = 0;
  if (!read_at(cache, kOldHeader - sizeof(count), count)) return;
  size_t end = kOldHeader + size_t{count} * sizeof(OldEntry);
  if (end > cache.size()) return;
  // The newer format may follow, aligned for its 64-bit members; it knows more.
  size_t aligned = (end + 7) & ~size_t{7};
  if (aligned < cache.size() && cache.substr(aligned).starts_with(kNewMagic)) {
    search_new(cache.substr(aligned), library, out);
    return;
  }
  search_entries<OldEntry>(cache.substr(kOldHeader), count, cache.substr(end), library, out);
}

constexpr std::string_view kMuslLinker = "ld-musl-";

#if defined(__x86_64__)
constexpr const char* kMuslPath = "/etc/ld-musl-x86_64.path";
constexpr const char* kTripletFolders[] = {"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu"};
#elif defined(__aarch64__)
constexpr const char* kMuslPath = "/etc/ld-musl-aarch64.path";
constexpr const char* kTripletFolders[] = {"/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu"};
#else
constexpr const char* kMuslPath = "/etc/ld-musl.path";
constexpr const char* kTripletFolders[] = {"/lib", "/usr/lib"};
#endif

void search_folder(const std::string& root, const std::string& folder, std::string_view library,
                   std::vector<std::string>& out) {
  auto opened = open_below(root, folder);
  if (!opened.ok()) return;
  base::Fd readable(openat(opened->get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!readable) return;
  std::unique_ptr<DIR, int (*)(DIR*)> entries(fdopendir(readable.get()), closedir);
  if (!entries) return;
  readable.release();
  std::vector<std::string> found;
  while (const dirent* entry = readdir(entries.get())) {
    if (out.size() + found.size() >= kHits) break;
    if (is_library(entry->d_name, library)) found.push_back(folder + "/" + entry->d_name);
  }
  std::sort(found.begin(), found.end());
  out.insert(out.end(), found.begin(), found.end());
}

struct MappedFile {
  std::string range;  // "7f00-7f10": its name in /proc/PID/map_files
  std::string path;
};

std::vector<MappedFile> find_mapped(std::string_view maps, std::string_view library) {
  std::vector<MappedFile> out;
  for (std::string_view line : base::split(maps, '\n')) {
    size_t slash = line.find('/');
    size_t space = line.find(' ');
    if (slash == std::string_view::npos || space > slash) continue;
    std::string_view path = line.substr(slash);
    constexpr std::string_view kDeleted = " (deleted)";
    if (path.ends_with(kDeleted)) path.remove_suffix(kDeleted.size());
    if (!is_library(path.substr(path.rfind('/') + 1), library)) continue;
    bool known =
        std::any_of(out.begin(), out.end(), [&](const MappedFile& other) { return other.path == path; });
    if (!known && out.size() < kHits) out.push_back({std::string(line.substr(0, space)), std::string(path)});
  }
  return out;
}

// Adds a file unless that very file is there already.
void add_file(std::vector<ProbedFile>& files, base::Fd file, const std::string& path) {
  std::string id = real_file_id(file.get());
  bool known =
      std::any_of(files.begin(), files.end(), [&](const ProbedFile& other) { return other.id == id; });
  if (!known) files.push_back({std::move(file), path, std::move(id)});
}

// What the process uses, even when it is not where the library is searched for, or was replaced on disk.
std::vector<ProbedFile> open_mapped(const Place& place, std::string_view library) {
  std::vector<ProbedFile> out;
  std::string process = "/proc/" + std::to_string(place.pid);
  auto maps = base::read_file(process + "/maps", limits::kProcessMapsBytes);
  if (!maps.ok()) return out;
  for (const MappedFile& one : find_mapped(*maps, library)) {
    auto file = base::open_file(process + "/map_files/" + one.range, O_RDONLY);
    if (!file.ok()) file = open_below(place.root, one.path);
    if (file.ok()) add_file(out, std::move(file).value(), one.path);
  }
  return out;
}

}  // namespace

bool is_library(std::string_view name, std::string_view library) {
  if (name.starts_with(kMuslLinker)) {
    for (std::string_view part :
         {"libc", "libm", "libpthread", "libdl", "librt", "libutil", "libcrypt", "libresolv"}) {
      if (library == part) return name.ends_with(".so.1");
    }
  }
  if (!name.starts_with(library)) return false;
  std::string_view rest = name.substr(library.size());
  return rest.empty() || rest == ".so" || rest.starts_with(".so.");
}

std::vector<std::string> search_mappings(std::string_view maps, std::string_view library) {
  std::vector<std::string> out;
  for (MappedFile& one : find_mapped(maps, library)) out.push_back(std::move(one.path));
  return out;
}

std::vector<std::string> musl_folders(std::string_view configuration) {
  std::vector<std::string> out;
  std::string text(configuration.empty() ? "/lib:/usr/local/lib:/usr/lib" : configuration);
  std::replace(text.begin(), text.end(), '\n', ':');
  for (std::string_view folder : base::split(text, ':')) {
    if (folder.starts_with('/') && out.size() < kHits) out.emplace_back(folder);
  }
  return out;
}

base::Result<base::Fd> open_below(const std::string& root, const std::string& path) {
  if (root.empty()) return base::open_file(path, O_RDONLY);
  GADGETRY_ASSIGN(base::Fd folder, base::open_file(root, O_PATH | O_DIRECTORY));
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  base::Fd file(static_cast<int>(syscall(SYS_openat2, folder.get(), path.c_str(), &how, sizeof(how))));
  if (!file) return base::Error::system(root + path, errno);
  return file;
}

std::vector<std::string> search_library_cache(std::string_view cache, std::string_view library) {
  std::vector<std::string> out;
  if (cache.starts_with(kNewMagic)) {
    search_new(cache, library, out);
  } else if (cache.starts_with(kOldMagic)) {
    search_old(cache, library, out);
  }
  return out;
}

base::Result<std::vector<std::string>> find_binaries(const std::string& root, std::string_view target) {
  if (target.starts_with('/')) return std::vector<std::string>{std::string(target)};
  if (target.empty() || target.find('/') != std::string_view::npos) {
    return base::Error("'" + base::printable(target) +
                       "' is neither an absolute path nor the name of a library");
  }
  std::vector<std::string> out;
  if (auto file = open_below(root, "/etc/ld.so.cache"); file.ok()) {
    auto cache = base::read_fd(file->get(), limits::kLibraryCacheBytes, "/etc/ld.so.cache");
    if (cache.ok()) out = search_library_cache(*cache, target);
  }
  if (!out.empty()) return out;
  if (auto file = open_below(root, kMuslPath); file.ok()) {
    auto configuration = base::read_fd(file->get(), limits::kLibraryPathBytes, kMuslPath);
    if (configuration.ok()) {
      for (const std::string& folder : musl_folders(*configuration)) search_folder(root, folder, target, out);
    }
  }
  if (!out.empty()) return out;
  for (const char* folder : kTripletFolders) search_folder(root, folder, target, out);
  for (const char* folder : {"/lib64", "/usr/lib64"}) search_folder(root, folder, target, out);
  for (const std::string& folder : musl_folders({})) search_folder(root, folder, target, out);
  if (out.empty()) {
    return base::Error("no library '" + base::printable(target) + "' found", base::ErrorKind::kNotFound)
        .with_hint("give its absolute path");
  }
  return out;
}

base::Result<std::vector<ProbedFile>> open_binaries(const AttachRequest& request, std::string_view binary) {
  const Place& place = request.place;
  std::vector<ProbedFile> out;
  if (place.pid != 0 && binary.find('/') == std::string_view::npos) out = open_mapped(place, binary);
  if (!out.empty()) return out;
  const std::string& root = place.root.empty() ? request.options.root : place.root;
  GADGETRY_ASSIGN(std::vector<std::string> paths, find_binaries(root, binary));
  std::optional<base::Error> first;
  for (const std::string& path : paths) {
    auto file = open_below(root, path);
    if (file.ok()) {
      add_file(out, std::move(file).value(), path);
    } else if (!first) {
      first = std::move(file).error();
    }
  }
  if (out.empty() && first) return std::move(*first);
  return out;
}

}  // namespace gadgetry::bpf
