#include "cli/image_inspect.hpp"

#include "base/limits.hpp"
#include "base/strings.hpp"
#include "build/module_info.hpp"
#include "metadata/metadata.hpp"
#include "oci/image.hpp"

namespace gadgetry::cli {

using base::Error;
using base::Result;

namespace {

struct ArchManifest {
  oci::Descriptor descriptor;
  std::string bytes;
  oci::Manifest manifest;
};

struct Opened {
  std::string index_bytes;
  oci::Index index;
  std::vector<ArchManifest> manifests;
};

Result<Opened> open_image(const FoundImage& found) {
  GADGETRY_ASSIGN(oci::Lease lease, found.layout->hold());
  const oci::Descriptor& root = found.image.descriptor;
  if (root.media_type != oci::media::kIndex) {
    return Error("it is not a gadget image (media type " + base::printable(root.media_type) + ")");
  }
  Opened out;
  GADGETRY_ASSIGN(out.index_bytes, oci::get_blob(*found.layout, root, limits::kManifestBytes));
  GADGETRY_ASSIGN(out.index, oci::parse_index(out.index_bytes));
  for (const oci::Descriptor& descriptor : out.index.manifests) {
    ArchManifest one;
    one.descriptor = descriptor;
    GADGETRY_ASSIGN(one.bytes, oci::get_blob(*found.layout, descriptor, limits::kManifestBytes));
    GADGETRY_ASSIGN(one.manifest, oci::parse_manifest(one.bytes));
    out.manifests.push_back(std::move(one));
  }
  return out;
}

std::string arch_of(const ArchManifest& manifest) {
  return manifest.descriptor.platform ? manifest.descriptor.platform->architecture : std::string();
}

Result<const ArchManifest*> choose(const Opened& opened, const std::string& arch) {
  const std::string wanted = arch.empty() ? oci::host_architecture() : arch;
  std::vector<std::string> others;
  for (const ArchManifest& manifest : opened.manifests) {
    if (arch_of(manifest) == wanted) return &manifest;
    others.push_back(base::printable(arch_of(manifest)));
  }
  if (arch.empty() && !opened.manifests.empty()) return &opened.manifests.front();
  return Error("it has nothing for " + wanted + ", only for " + base::join(others, ", "));
}

Result<std::string> read_metadata(const FoundImage& found, const ArchManifest& manifest) {
  if (manifest.manifest.config.media_type != oci::media::kGadgetConfig) return std::string();
  return oci::get_blob(*found.layout, manifest.manifest.config, limits::kMetadataBytes);
}

Json to_json(const oci::Descriptor& descriptor) {
  Json out;
  out["mediaType"] = descriptor.media_type;
  out["digest"] = descriptor.digest.to_string();
  out["size"] = descriptor.size;
  return out;
}

Json to_json(const ArchManifest& one) {
  Json out;
  out["architecture"] = arch_of(one);
  out["os"] = one.descriptor.platform ? one.descriptor.platform->os : "";
  out["digest"] = one.descriptor.digest.to_string();
  out["size"] = one.descriptor.size;
  out["artifactType"] = one.manifest.artifact_type;
  out["config"] = to_json(one.manifest.config);
  out["layers"] = Json::array();
  for (const oci::Descriptor& layer : one.manifest.layers) out["layers"].push_back(to_json(layer));
  out["annotations"] = Json(one.manifest.annotations);
  return out;
}

Error with_name(Error error, const FoundImage& found) {
  std::string name =
      found.image.reference ? found.image.reference->short_name() : base::printable(found.image.name);
  return std::move(error).context("image \"" + name + "\"");
}

std::string describe_layers(const ArchManifest& manifest) {
  std::vector<std::vector<std::string>> rows = {{"MEDIA TYPE", "DIGEST", "SIZE"}};
  for (const oci::Descriptor& layer : manifest.manifest.layers) {
    rows.push_back({base::printable(layer.media_type), layer.digest.to_string(), std::to_string(layer.size)});
  }
  return format_table(rows);
}

// The bytes of the Wasm module; empty when there is none.
Result<std::string> read_module(const FoundImage& found, const ArchManifest& manifest) {
  for (const oci::Descriptor& layer : manifest.manifest.layers) {
    if (layer.media_type == oci::media::kWasm) {
      return oci::get_blob(*found.layout, layer, limits::kWasmBytes);
    }
  }
  return std::string();
}

// What the module asks the host for, by the metadata. Metadata that cannot be read asks for nothing.
void add_wishes(Json& out, const std::string& metadata) {
  auto parsed = metadata::parse(metadata);
  if (!parsed.ok()) return;
  const metadata::WasmInfo& wasm = parsed->wasm;
  out["memoryLimit"] = wasm.memory_bytes != 0 ? Json(wasm.memory_bytes) : Json(nullptr);
  out["onTrap"] = wasm.on_trap.empty() ? "fail" : wasm.on_trap;
  out["permissions"] = Json::object();
  for (const auto& [key, list] :
       {std::pair{"read", &wasm.read}, {"write", &wasm.write}, {"net", &wasm.net}}) {
    out["permissions"][key] = Json(*list);
  }
}

// A module that is broken is shown with what is wrong.
Json describe_wasm(const std::string& module, const std::string& metadata) {
  Json out;
  out["size"] = module.size();
  auto info = build::describe_module(module);
  if (!info.ok()) {
    out["error"] = base::printable(info.error().text());
    return out;
  }
  out["gadgetAPIVersion"] = info->api_version ? Json(*info->api_version) : Json(nullptr);
  Json imports = Json::object();
  for (const auto& one : info->imports)
    imports[base::printable(one.module)].push_back(base::printable(one.name));
  out["imports"] = std::move(imports);
  out["exports"] = Json::array();
  for (const auto& one : info->exports) out["exports"].push_back(base::printable(one.name));
  out["memory"] = info->memory_min;
  out["memoryMax"] = info->memory_max ? Json(*info->memory_max) : Json(nullptr);
  add_wishes(out, metadata);
  return out;
}

// "wasm.gadgetAPIVersion", "wasm.upcalls" and more. A gadget without a module has none of it: empty text.
Result<std::string> wasm_info(const FoundImage& found, const ArchManifest& manifest, const std::string& key) {
  GADGETRY_ASSIGN(std::string module, read_module(found, manifest));
  if (module.empty()) return std::string();
  GADGETRY_ASSIGN(build::ModuleInfo info, build::describe_module(module));
  if (key == "wasm.gadgetAPIVersion") return info.api_version ? std::to_string(*info.api_version) : "";
  if (key == "wasm.upcalls")
    return Json(info.functions_of("ig")).dump(-1, ' ', false, Json::error_handler_t::replace);
  GADGETRY_ASSIGN(std::string metadata, read_metadata(found, manifest));
  return describe_wasm(module, metadata).dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Result<Json> inspect_image(const FoundImage& found) {
  auto opened = open_image(found);
  if (!opened.ok()) return with_name(std::move(opened.error()), found);
  GADGETRY_ASSIGN(oci::ImageSummary summary, oci::summarize(*found.layout, found.image.descriptor));
  Json out;
  out["reference"] = found.image.reference ? found.image.reference->to_string() : found.image.name;
  out["repository"] = found.image.reference ? found.image.reference->name() : "";
  out["tag"] = found.image.reference ? found.image.reference->tag() : "";
  out["digest"] = found.image.descriptor.digest.to_string();
  out["created"] = summary.created;
  out["builderVersion"] =
      std::string(oci::find_annotation(opened->index.annotations, oci::annotation::kBuilderVersion));
  out["size"] = summary.size;
  out["complete"] = summary.complete;
  out["shipped"] = found.shipped;
  out["annotations"] = Json(opened->index.annotations);
  out["manifests"] = Json::array();
  for (const ArchManifest& manifest : opened->manifests) out["manifests"].push_back(to_json(manifest));
  if (opened->manifests.empty()) return out;
  GADGETRY_ASSIGN(const ArchManifest* chosen, choose(*opened, ""));
  auto metadata = read_metadata(found, *chosen);
  if (!metadata.ok()) return with_name(std::move(metadata.error()), found);
  auto module = read_module(found, *chosen);
  if (!module.ok()) return with_name(std::move(module.error()), found);
  if (!module->empty()) out["wasm"] = describe_wasm(*module, *metadata);
  out["metadata"] = std::move(*metadata);
  return out;
}

const std::vector<std::string>& extra_info_keys() {
  static const std::vector<std::string> kKeys = {"oci.repository", "oci.tag",    "oci.digest",
                                                 "oci.created",    "oci.index",  "oci.manifest",
                                                 "oci.metadata",   "oci.layers", "wasm.gadgetAPIVersion",
                                                 "wasm.upcalls",   "wasm.module"};
  return kKeys;
}

Result<std::string> extra_info(const FoundImage& found, const std::string& key, const std::string& arch) {
  auto opened = open_image(found);
  if (!opened.ok()) return with_name(std::move(opened.error()), found);
  const auto& reference = found.image.reference;
  if (key == "oci.repository") return reference ? reference->name() : std::string();
  if (key == "oci.tag") return reference ? reference->tag() : std::string();
  if (key == "oci.digest") return found.image.descriptor.digest.to_string();
  if (key == "oci.created") {
    return std::string(oci::find_annotation(opened->index.annotations, oci::annotation::kCreated));
  }
  if (key == "oci.index") return opened->index_bytes;
  auto chosen = choose(*opened, arch);
  if (!chosen.ok()) return with_name(std::move(chosen.error()), found);
  if (key == "oci.manifest") return (*chosen)->bytes;
  if (key == "oci.layers") return describe_layers(**chosen);
  if (key == "oci.metadata") {
    auto metadata = read_metadata(found, **chosen);
    if (!metadata.ok()) return with_name(std::move(metadata.error()), found);
    return metadata;
  }
  if (key == "wasm.gadgetAPIVersion" || key == "wasm.upcalls" || key == "wasm.module") {
    auto text = wasm_info(found, **chosen, key);
    if (!text.ok()) return with_name(std::move(text.error()), found);
    return text;
  }
  return Error::usage("extra info \"" + base::printable(key) + "\": unknown")
      .with_hint("choose one of " + base::join(extra_info_keys(), ", "));
}

}  // namespace gadgetry::cli
