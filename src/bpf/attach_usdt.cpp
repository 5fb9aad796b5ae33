// usdt/PATH:PROVIDER:NAME and usdt/LIBRARY:PROVIDER:NAME: probes that programs declare in notes of their ELF
// files. libbpf finds their places, counts up their semaphores and describes their arguments to
// bpf_usdt_arg(). What is read here decides which of several files is meant, and makes errors that help.
#include <bpf/libbpf.h>
#include <elf.h>
#include <gelf.h>
#include <libelf.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"
#include "bpf/attach_uprobe.hpp"
#include "bpf/libbpf_log.hpp"

namespace gadgetry::bpf {
namespace {

constexpr unsigned kStapNote = 3;  // NT_STAPSDT
constexpr size_t kAddresses = 3;   // of the place, of .stapsdt.base when it was linked, of the semaphore

struct CloseElf {
  void operator()(Elf* elf) const { elf_end(elf); }
};

struct UsdtTarget {
  std::string binary;
  std::string provider;
  std::string name;
};

base::Result<UsdtTarget> parse_usdt_target(std::string_view target) {
  size_t name_at = target.rfind(':');
  size_t provider_at =
      name_at == 0 || name_at == std::string_view::npos ? name_at : target.rfind(':', name_at - 1);
  if (provider_at == std::string_view::npos || provider_at == 0 || provider_at + 1 == name_at ||
      name_at + 1 == target.size()) {
    return base::Error("the target must be PATH:PROVIDER:NAME or LIBRARY:PROVIDER:NAME")
        .with_hint("such as /usr/bin/python3:python:gc__start");
  }
  return UsdtTarget{.binary = std::string(target.substr(0, provider_at)),
                    .provider = std::string(target.substr(provider_at + 1, name_at - provider_at - 1)),
                    .name = std::string(target.substr(name_at + 1))};
}

std::string_view text_before_nul(std::string_view& rest) {
  size_t end = rest.find('\0');
  if (end == std::string_view::npos) return {};
  std::string_view text = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return text;
}

base::Status attach_in_file(const AttachRequest& request, const ProbedFile& file, const UsdtTarget& target,
                            const std::string& key, std::vector<Link>& links) {
  LibbpfLog log;
  pid_t pid = request.place.pid == 0 ? -1 : request.place.pid;
  bpf_link* made = bpf_program__attach_usdt(request.program, pid, file.proc_path().c_str(),
                                            target.provider.c_str(), target.name.c_str(), nullptr);
  if (made == nullptr) {
    const int code = errno;
    base::Error error = base::Error::system("usdt", code).context(file.path);
    std::string said = log.first_line();
    if (!said.empty()) error.message += " (" + base::printable(said) + ")";
    if (code == ESRCH) {
      return std::move(error).with_hint(
          "the program must include <gadget/usdt.h>, which brings the maps for arguments");
    }
    return error;
  }
  Link link(request.name, std::string(request.family.prefix) + " " + request.target,
            [made] { bpf_link__destroy(made); });
  link.set_key(key);
  links.push_back(std::move(link));
  base::log_debug("program " + request.name + " attached to " + file.path + " (" + key + ")");
  return {};
}

}  // namespace

base::Result<std::vector<std::string>> list_usdt_probes(int fd) {
  struct stat info{};
  if (fstat(fd, &info) != 0) return base::Error::system("fstat", errno);
  if (!S_ISREG(info.st_mode) || static_cast<uint64_t>(info.st_size) > limits::kSymbolFileBytes) {
    return base::Error("not a file of a size that can be searched");
  }
  if (elf_version(EV_CURRENT) == EV_NONE) return base::Error("libelf is too old");
  std::unique_ptr<Elf, CloseElf> elf(elf_begin(fd, ELF_C_READ, nullptr));
  if (!elf || elf_kind(elf.get()) != ELF_K_ELF || gelf_getclass(elf.get()) != ELFCLASS64) {
    return base::Error("not an ELF file of this architecture");
  }
  std::vector<std::string> out;
  size_t names = 0;
  if (elf_getshdrstrndx(elf.get(), &names) != 0) return out;
  Elf_Scn* section = nullptr;
  while ((section = elf_nextscn(elf.get(), section)) != nullptr) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_type != SHT_NOTE) continue;
    const char* section_name = elf_strptr(elf.get(), names, header.sh_name);
    if (section_name == nullptr || std::strcmp(section_name, ".note.stapsdt") != 0) continue;
    Elf_Data* data = header.sh_size <= limits::kStapNoteBytes ? elf_getdata(section, nullptr) : nullptr;
    size_t at = 0;
    while (data != nullptr && out.size() < limits::kStapNotes) {
      GElf_Nhdr note;
      size_t owner_at = 0;
      size_t text_at = 0;
      at = gelf_getnote(data, at, &note, &owner_at, &text_at);
      if (at == 0) break;
      constexpr size_t kHead = kAddresses * sizeof(uint64_t);
      if (note.n_type != kStapNote || note.n_descsz <= kHead) continue;
      std::string_view rest(static_cast<const char*>(data->d_buf) + text_at + kHead, note.n_descsz - kHead);
      std::string probe(text_before_nul(rest));
      probe += ":" + std::string(text_before_nul(rest));
      if (std::find(out.begin(), out.end(), probe) == out.end()) out.push_back(std::move(probe));
    }
  }
  return out;
}

base::Result<std::vector<Link>> attach_usdt(const AttachRequest& request) {
  GADGETRY_ASSIGN(UsdtTarget target, parse_usdt_target(request.target));
  GADGETRY_ASSIGN(std::vector<ProbedFile> files, open_binaries(request, target.binary));
  const std::string wanted = target.provider + ":" + target.name;
  std::vector<Link> links;
  std::optional<base::Error> missing;
  bool is_known = false;
  for (const ProbedFile& file : files) {
    std::string key = file.id + " " + wanted;
    if (request.place.pid != 0) key += " pid " + std::to_string(request.place.pid);
    is_known = is_known || request.is_attached(key);
    if (request.is_attached(key)) continue;
    auto probes = list_usdt_probes(file.file.get());
    if (probes.ok() && std::find(probes->begin(), probes->end(), wanted) != probes->end()) {
      GADGETRY_TRY(attach_in_file(request, file, target, key, links));
      continue;
    }
    if (missing) continue;
    if (!probes.ok()) {
      missing = std::move(probes).error().context(file.path);
      continue;
    }
    missing = base::Error(file.path + ": it has no probe '" + base::printable(wanted) + "'",
                          base::ErrorKind::kNotFound);
    std::string similar = base::closest(wanted, *probes);
    if (!similar.empty()) missing->hint = "did you mean " + base::printable(similar) + "?";
    if (probes->empty()) missing->hint = "it declares no probes at all (readelf -n would list them)";
  }
  if (links.empty() && !is_known && missing) return std::move(*missing);
  return links;
}

}  // namespace gadgetry::bpf
