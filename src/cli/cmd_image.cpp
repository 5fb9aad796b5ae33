// gadgetctl image list|inspect|remove|tag|export|import, and images, inspect, rmi, tag, save, load as in
// docker.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <memory>

#include "base/log.hpp"
#include "base/scope.hpp"
#include "base/strings.hpp"
#include "cli/cli.hpp"
#include "cli/image_inspect.hpp"
#include "cli/image_print.hpp"
#include "cli/image_stores.hpp"
#include "oci/copy.hpp"
#include "oci/image.hpp"
#include "oci/tarball.hpp"

namespace gadgetry::cli {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

namespace {

struct ImageArgs {
  std::vector<std::string> images;
  std::string output;  // format
  std::string file;    // of export and import; "-" is stdout or stdin
  std::string tag;
  std::string arch;
  std::vector<std::string> extra_info;
  bool no_trunc = false;
  bool quiet = false;
};
using Args = std::shared_ptr<ImageArgs>;

std::string full_name(const FoundImage& found) {
  if (found.image.reference) return found.image.reference->to_string();
  return found.image.name.empty() ? found.image.descriptor.digest.to_string() : found.image.name;
}

Status print(const std::string& text) {
  return base::write_all(STDOUT_FILENO, text, "stdout");
}

// --- list

Json list_entry(const FoundImage& found, const oci::ImageSummary& summary) {
  const auto& reference = found.image.reference;
  Json out;
  out["reference"] = full_name(found);
  out["repository"] = reference ? reference->name() : "";
  out["tag"] = reference ? reference->tag() : "";
  out["digest"] = found.image.descriptor.digest.to_string();
  out["size"] = summary.size;
  out["created"] = summary.created;
  out["architectures"] = summary.archs;
  out["shipped"] = found.shipped;
  out["complete"] = summary.complete;
  return out;
}

std::vector<std::string> list_row(const FoundImage& found, const oci::ImageSummary& summary, bool no_trunc) {
  const auto& reference = found.image.reference;
  std::string name = base::printable(found.image.name);
  if (reference) name = no_trunc ? reference->name() : reference->short_repository();
  std::string tag = reference ? reference->tag() : "";
  const oci::Digest& digest = found.image.descriptor.digest;
  std::string created =
      no_trunc ? base::printable(summary.created) : format_age(summary.created, ::time(nullptr));
  return {name.empty() ? "<none>" : name,
          tag.empty() ? "<none>" : tag,
          no_trunc ? digest.to_string() : digest.short_hex(),
          format_size(summary.size),
          created.empty() ? "-" : base::printable(created),
          found.shipped ? "shipped" : "local"};
}

Result<int> list_images(const Cli& cli, const ImageArgs& args) {
  GADGETRY_ASSIGN(ImageStores stores, ImageStores::open(cli));
  GADGETRY_ASSIGN(std::vector<FoundImage> images, stores.list());
  std::string names;
  Json entries = Json::array();
  std::vector<std::vector<std::string>> rows = {{"REPOSITORY", "TAG", "DIGEST", "SIZE", "CREATED", "STORE"}};
  for (const FoundImage& found : images) {
    names += base::printable(full_name(found)) + "\n";
    if (args.quiet) continue;
    GADGETRY_ASSIGN(oci::ImageSummary summary, oci::summarize(*found.layout, found.image.descriptor));
    if (!summary.complete) {
      base::log_warning("image \"" + base::printable(full_name(found)) +
                        "\": parts are missing or damaged; remove it and build, pull or import it again");
    }
    entries.push_back(list_entry(found, summary));
    rows.push_back(list_row(found, summary, args.no_trunc));
  }
  std::string text = args.quiet ? names : format_table(rows);
  if (!args.quiet && args.output != "columns") {
    GADGETRY_ASSIGN(text, format_document(entries, args.output));
  }
  GADGETRY_TRY(print(text));
  return kExitOk;
}

void add_list(CLI::App& parent, const char* name, Cli& cli) {
  auto args = std::make_shared<ImageArgs>();
  args->output = "columns";
  CLI::App* sub = parent.add_subcommand(
      name, "List the images of the local store and those that came with the installation");
  sub->add_option("-o,--output", args->output, "columns, json, jsonpretty or yaml")
      ->check(CLI::IsMember({"columns", "json", "jsonpretty", "yaml"}));
  sub->add_flag("--no-trunc", args->no_trunc, "Show names, digests and times in full");
  sub->add_flag("-q,--quiet", args->quiet, "Show full names only");
  sub->callback([&cli, args] { cli.action = [&cli, args] { return list_images(cli, *args); }; });
}

// --- inspect

// A path is what could not be the name of an image.
bool is_layout_path(const std::string& text) {
  return text.starts_with('/') || text.starts_with("./") || text.starts_with("../") || text.ends_with(".tar");
}

Status show_image(const FoundImage& found, const ImageArgs& args) {
  if (args.extra_info.empty()) {
    GADGETRY_ASSIGN(Json document, inspect_image(found));
    GADGETRY_ASSIGN(std::string text, format_document(document, args.output));
    return print(text);
  }
  for (const std::string& key : args.extra_info) {
    GADGETRY_ASSIGN(std::string text, extra_info(found, key, args.arch));
    if (!text.ends_with('\n')) text += '\n';
    if (::isatty(STDOUT_FILENO) == 1 && key == "oci.metadata") {  // written by others: no terminal sequences
      std::string safe;
      for (std::string_view line : base::split(text, '\n')) safe += base::printable(line) + "\n";
      text = safe;
    }
    GADGETRY_TRY(print(text));
  }
  return {};
}

Result<int> inspect(const Cli& cli, const ImageArgs& args) {
  const std::string& name = args.images.front();
  if (is_layout_path(name)) {
    GADGETRY_ASSIGN(std::unique_ptr<oci::Layout> layout, oci::open_layout_source(name));
    GADGETRY_ASSIGN(oci::StoredImage image, oci::pick_image(*layout, args.tag));
    GADGETRY_TRY(show_image({layout.get(), false, std::move(image)}, args));
    return kExitOk;
  }
  GADGETRY_ASSIGN(ImageStores stores, ImageStores::open(cli));
  GADGETRY_ASSIGN(FoundImage found, stores.find(name));
  GADGETRY_TRY(show_image(found, args));
  return kExitOk;
}

void add_inspect(CLI::App& parent, Cli& cli) {
  auto args = std::make_shared<ImageArgs>();
  args->output = "jsonpretty";
  CLI::App* sub = parent.add_subcommand("inspect", "Show what an image holds");
  sub->add_option("IMAGE", args->images, "Name or digest of an image, or an OCI layout folder or .tar")
      ->required()
      ->expected(1);
  sub->add_option("-o,--output", args->output, "json, jsonpretty or yaml")
      ->check(CLI::IsMember({"json", "jsonpretty", "yaml"}));
  sub->add_option("--extra-info", args->extra_info,
                  "Show only this, as it is: " + base::join(extra_info_keys(), ", "))
      ->delimiter(',')
      ->expected(1)
      ->take_all()
      ->check(CLI::IsMember(extra_info_keys()));
  sub->add_option("--arch", args->arch, "Architecture for --extra-info (this machine's by default)");
  sub->add_option("--image", args->tag, "Which image of a layout folder or .tar that holds several");
  sub->callback([&cli, args] { cli.action = [&cli, args] { return inspect(cli, *args); }; });
}

// --- remove, tag

Status remove_one(const Cli& cli, const std::string& name) {
  // Names first: a mistake should not make an empty store.
  GADGETRY_ASSIGN(ImageStores stores, ImageStores::open(cli));
  GADGETRY_ASSIGN(FoundImage found, stores.find(name));
  GADGETRY_ASSIGN(oci::LayoutStore store, open_local_store(cli));
  Status removed;
  if (auto digest = oci::Digest::parse(name); digest.ok()) {
    removed = store.remove(*digest);
  } else {
    GADGETRY_ASSIGN(oci::Reference reference, oci::Reference::parse(name));
    removed = store.remove(reference);
  }
  if (!removed.ok() && removed.error().kind == ErrorKind::kNotFound && found.shipped) {
    return Error("image \"" + name + "\": it came with the installation and cannot be removed");
  }
  return removed;
}

Result<int> remove_images(const Cli& cli, const ImageArgs& args) {
  int status = kExitOk;
  for (const std::string& name : args.images) {
    Status removed = remove_one(cli, name);
    if (removed.ok()) {
      GADGETRY_TRY(print("Removed " + name + "\n"));
      continue;
    }
    base::log_error(removed.error().text());
    status = kExitFailure;
  }
  return status;
}

void add_remove(CLI::App& parent, const char* name, const char* alias, Cli& cli) {
  auto args = std::make_shared<ImageArgs>();
  CLI::App* sub = parent.add_subcommand(name, "Remove images from the local store");
  if (alias != nullptr) sub->alias(alias);
  sub->add_option("IMAGE", args->images, "Names or digests")->required();
  sub->callback([&cli, args] { cli.action = [&cli, args] { return remove_images(cli, *args); }; });
}

Result<int> tag_image(const Cli& cli, const ImageArgs& args) {
  GADGETRY_ASSIGN(oci::Reference added, oci::Reference::parse(args.images[1]));
  if (added.digest())
    return Error::usage("image name \"" + added.short_name() + "\": a new name has no digest");
  GADGETRY_ASSIGN(ImageStores stores, ImageStores::open(cli));
  GADGETRY_ASSIGN(FoundImage found, stores.find(args.images[0]));
  GADGETRY_ASSIGN(oci::LayoutStore store, open_local_store(cli));
  GADGETRY_TRY(oci::copy_image(*found.layout, found.image.descriptor, store, added));
  return kExitOk;
}

void add_tag(CLI::App& parent, Cli& cli) {
  auto args = std::make_shared<ImageArgs>();
  args->images.resize(2);
  CLI::App* sub = parent.add_subcommand("tag", "Give an image one more name in the local store");
  sub->add_option("IMAGE", args->images[0], "Name or digest of an image")->required();
  sub->add_option("NAME", args->images[1], "The new name")->required();
  sub->callback([&cli, args] { cli.action = [&cli, args] { return tag_image(cli, *args); }; });
}

// --- export, import

Status export_to_file(const std::vector<std::pair<const oci::Layout*, oci::StoredImage>>& images,
                      const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {  // a pipe or a device
    GADGETRY_ASSIGN(base::Fd fd, base::open_file(path, O_WRONLY));
    return oci::export_images(images, fd.get(), path);
  }
  std::string temporary = path + ".XXXXXX";
  base::Fd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) return Error::system(path, errno);
  base::ScopeExit remove_temporary([&] { ::unlink(temporary.c_str()); });
  GADGETRY_TRY(oci::export_images(images, fd.get(), path));
  mode_t mask = ::umask(0);
  ::umask(mask);
  if (::fchmod(fd.get(), 0666 & ~mask) != 0 || ::fsync(fd.get()) != 0) return Error::system(path, errno);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return Error::system(path, errno);
  remove_temporary.dismiss();
  return {};
}

Result<int> export_images(const Cli& cli, const ImageArgs& args) {
  GADGETRY_ASSIGN(ImageStores stores, ImageStores::open(cli));
  std::vector<std::pair<const oci::Layout*, oci::StoredImage>> images;
  for (const std::string& name : args.images) {
    GADGETRY_ASSIGN(FoundImage found, stores.find(name));
    images.emplace_back(found.layout, std::move(found.image));
  }
  if (args.file != "-") {
    GADGETRY_TRY(export_to_file(images, args.file));
    return kExitOk;
  }
  if (::isatty(STDOUT_FILENO) == 1) {
    return Error::usage("export: not writing a tar file to a terminal").with_hint("name a file");
  }
  GADGETRY_TRY(oci::export_images(images, STDOUT_FILENO, "stdout"));
  return kExitOk;
}

// last_is_file: export IMAGE... FILE; otherwise save [-o FILE] IMAGE...
void add_export(CLI::App& parent, const char* name, bool last_is_file, Cli& cli) {
  auto args = std::make_shared<ImageArgs>();
  CLI::App* sub = parent.add_subcommand(name, "Write images to a tar file");
  sub->add_option("IMAGE", args->images,
                  last_is_file ? "Images, then the file (- for stdout) unless -o names it" : "Images")
      ->required();
  sub->add_option("-o,--output", args->file,
                  last_is_file ? "File to write" : "File to write; stdout by default");
  sub->callback([&cli, args, last_is_file] {
    cli.action = [&cli, args, last_is_file]() -> Result<int> {
      if (args->file.empty() && last_is_file) {
        if (args->images.size() < 2) return Error::usage("export: the file to write is missing");
        args->file = args->images.back();
        args->images.pop_back();
      }
      if (args->file.empty()) args->file = "-";
      return export_images(cli, *args);
    };
  });
}

Result<int> import_images(const Cli& cli, const ImageArgs& args) {
  std::optional<oci::Reference> rename;
  if (!args.tag.empty()) {
    GADGETRY_ASSIGN(rename, oci::Reference::parse(args.tag));
  }
  bool from_stdin = args.file.empty() || args.file == "-";
  if (from_stdin && ::isatty(STDIN_FILENO) == 1) {
    return Error::usage("import: not reading a tar file from a terminal").with_hint("name a file");
  }
  base::Fd file;
  if (!from_stdin) {
    GADGETRY_ASSIGN(file, base::open_file(args.file, O_RDONLY));
  }
  GADGETRY_ASSIGN(oci::LayoutStore store, open_local_store(cli));
  GADGETRY_ASSIGN(std::vector<oci::Reference> names,
                  oci::import_images(store, from_stdin ? STDIN_FILENO : file.get(),
                                     from_stdin ? "stdin" : base::printable(args.file), rename));
  std::string text;
  for (const oci::Reference& name : names) text += "Imported " + name.to_string() + "\n";
  GADGETRY_TRY(print(text));
  return kExitOk;
}

void add_import(CLI::App& parent, const char* name, bool file_is_flag, Cli& cli) {
  auto args = std::make_shared<ImageArgs>();
  CLI::App* sub = parent.add_subcommand(name, "Add the images of a tar file to the local store");
  if (file_is_flag) {
    sub->add_option("-i,--input", args->file, "File to read; stdin by default");
  } else {
    sub->add_option("FILE", args->file, "File to read; - for stdin")->required();
  }
  sub->add_option("-t,--tag", args->tag, "Name for the image (for a file with one image)");
  sub->callback([&cli, args] { cli.action = [&cli, args] { return import_images(cli, *args); }; });
}

}  // namespace

void register_image(CLI::App& app, Cli& cli) {
  CLI::App* image = app.add_subcommand("image", "Work with the images of gadgets");
  image->require_subcommand(1);
  add_list(*image, "list", cli);
  image->get_subcommand("list")->alias("ls");
  add_inspect(*image, cli);
  add_remove(*image, "remove", "rm", cli);
  add_tag(*image, cli);
  add_export(*image, "export", true, cli);
  add_import(*image, "import", false, cli);

  constexpr const char* kGroup = "Shortcuts as in docker";
  add_list(app, "images", cli);
  add_inspect(app, cli);
  add_remove(app, "rmi", nullptr, cli);
  add_tag(app, cli);
  add_export(app, "save", false, cli);
  add_import(app, "load", true, cli);
  for (const char* name : {"images", "inspect", "rmi", "tag", "save", "load"})
    app.get_subcommand(name)->group(kGroup);
}

}  // namespace gadgetry::cli
