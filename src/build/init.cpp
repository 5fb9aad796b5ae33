#include "build/init.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/fd.hpp"
#include "base/strings.hpp"

namespace gadgetry::build {
namespace {

struct OutputFile {
  std::string name;
  std::string text;
};

std::string readme(const std::string& name, const GadgetKind& kind, const ModuleKind* module) {
  std::string text = "# " + name + "\n\n" + std::string(kind.description) +
                     "\n\n"
                     "    gadgetctl run .             # as root: build it and see it work\n"
                     "    gadgetctl run . --help      # its parameters\n"
                     "    gadgetctl build             # make an image of it: gadgetctl run " +
                     name + "\n\n" + std::string(kind.usage) +
                     "\n\n"
                     "- `program.bpf.c`: what runs in the kernel, and the struct that is shown\n";
  if (module != nullptr) {
    text += "- `" + std::string(module->source) +
            "`: logic in user space, built as a WebAssembly module: adds the field `name`, leaves out "
            "programs (`--ignore bash`), shortens paths (`--strip /usr`)\n";
  }
  return text +
         "- `gadget.yaml`: descriptions, columns and parameters; `gadgetctl build --update-metadata` adds "
         "what is new\n"
         "- `build.yaml`: the files and compiler flags that make up the gadget\n";
}

std::string build_file(const ModuleKind* module) {
  return "ebpfsource: program.bpf.c\n"
         "metadata: gadget.yaml\n"
         "# cflags: -DNAME=VALUE -Iinclude\n" +
         (module == nullptr ? std::string("# wasm: program.cpp\n")
                            : "wasm: " + std::string(module->source) + "\n");
}

// The text of a file of the module, with the name of the gadget where NAME stands: as a name of a crate or a
// Go module, which have no dots and do not begin with a digit.
std::string module_text(std::string_view text, std::string name) {
  std::replace(name.begin(), name.end(), '.', '_');
  if (name.front() >= '0' && name.front() <= '9') name.insert(0, "gadget_");
  std::string out(text);
  size_t at = out.find("NAME");
  return at == std::string::npos ? out : out.replace(at, 4, name);
}

base::Status check_name(std::string_view name) {
  bool ok = !name.empty() && name.size() <= 100 && name.front() != '-' && name.front() != '.' &&
            std::all_of(name.begin(), name.end(), [](char c) {
              return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
            });
  if (ok) return {};
  return base::Error::usage("\"" + base::printable(name) + "\" cannot be the name of a gadget")
      .with_hint("use lower-case letters, digits, _ and -, such as trace_open");
}

}  // namespace

base::Result<const GadgetKind*> find_kind(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& kind : gadget_kinds()) {
    if (kind.name == name) return &kind;
    names.emplace_back(kind.name);
  }
  return base::Error::usage("unknown type of gadget \"" + base::printable(name) + "\"")
      .with_hint("there are: " + base::join(names, ", "));
}

base::Result<std::vector<std::string>> init_gadget(std::string_view name, const std::string& dir,
                                                   const GadgetKind& kind, const ModuleKind* module) {
  GADGETRY_TRY(check_name(name));
  std::string gadget(name);
  std::vector<OutputFile> files = {
      {"program.bpf.c", std::string(kind.program)},
      {"gadget.yaml", "name: " + gadget + "\ndescription: " + std::string(kind.description) + "\n" +
                          (module == nullptr ? std::string(kind.metadata) : with_module(kind.metadata))},
      {"build.yaml", build_file(module)},
      {"README.md", readme(gadget, kind, module)},
  };
  if (module != nullptr) {
    for (const auto& file : module->files) {
      bool is_manifest = file.name == "Cargo.toml" || file.name == "go.mod";
      files.push_back(
          {std::string(file.name), is_manifest ? module_text(file.text, gadget) : std::string(file.text)});
    }
  }
  std::vector<std::string> paths;
  for (const auto& file : files) {
    paths.push_back(dir + "/" + file.name);
    struct stat info{};
    if (::lstat(paths.back().c_str(), &info) == 0) {
      return base::Error(paths.back() + " exists already")
          .with_hint("choose another name or folder; nothing was written");
    }
  }
  std::error_code failed;
  std::filesystem::create_directories(dir, failed);
  if (failed) return base::Error::system("folder " + dir, failed.value());
  for (size_t i = 0; i < files.size(); ++i) {
    std::filesystem::create_directories(std::filesystem::path(paths[i]).parent_path(), failed);
    if (failed) return base::Error::system(paths[i], failed.value());
    GADGETRY_ASSIGN(base::Fd file, base::open_file(paths[i], O_WRONLY | O_CREAT | O_EXCL, 0644));
    GADGETRY_TRY(base::write_all(file.get(), files[i].text, paths[i]));
  }
  return paths;
}

}  // namespace gadgetry::build
