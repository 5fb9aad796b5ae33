// The only file of this room that sees the JSON library and its exceptions.
#include "oci/manifest.hpp"

#include <array>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/strings.hpp"

namespace gadgetry::oci {

using base::Error;
using base::Result;
using base::Status;

namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

// Thrown inside this file when a document is not what it has to be.
struct BadDocument {
  std::string why;
};

std::string in_quotes(std::string_view key) {
  return "\"" + base::printable(key.substr(0, 80)) + "\"";
}

const Json* member(const Json& object, std::string_view key) {
  auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string text_member(const Json& object, std::string_view key, size_t limit) {
  const Json* value = member(object, key);
  if (value == nullptr) return {};
  if (!value->is_string()) throw BadDocument{in_quotes(key) + " is not a string"};
  const auto& text = value->get_ref<const std::string&>();
  if (text.size() > limit) throw BadDocument{in_quotes(key) + " is too long"};
  return text;
}

Annotations read_annotations(const Json& object) {
  Annotations out;
  const Json* value = member(object, "annotations");
  if (value == nullptr) return out;
  if (!value->is_object()) throw BadDocument{"\"annotations\" is not an object"};
  if (value->size() > limits::kAnnotations) throw BadDocument{"too many annotations"};
  for (const auto& [key, text] : value->items()) {
    if (!text.is_string()) throw BadDocument{"annotation " + in_quotes(key) + " is not a string"};
    out.emplace(key, text.get_ref<const std::string&>());
  }
  return out;
}

Descriptor read_descriptor(const Json& value, std::string_view what) {
  std::string name(what);
  if (!value.is_object()) throw BadDocument{name + " is not an object"};
  Descriptor out;
  out.media_type = text_member(value, "mediaType", limits::kMediaTypeBytes);
  if (out.media_type.empty()) throw BadDocument{name + " has no mediaType"};
  auto digest = Digest::parse(text_member(value, "digest", 256));
  if (!digest.ok()) throw BadDocument{name + ": " + digest.error().message};
  out.digest = *digest;
  const Json* size = member(value, "size");
  if (size == nullptr || !size->is_number_unsigned()) throw BadDocument{name + " has no valid size"};
  out.size = size->get<uint64_t>();
  if (out.size > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    throw BadDocument{name + " has no valid size"};
  }
  out.artifact_type = text_member(value, "artifactType", limits::kMediaTypeBytes);
  out.annotations = read_annotations(value);
  if (const Json* platform = member(value, "platform")) {
    if (!platform->is_object()) throw BadDocument{name + ": \"platform\" is not an object"};
    out.platform = Platform{text_member(*platform, "os", limits::kMediaTypeBytes),
                            text_member(*platform, "architecture", limits::kMediaTypeBytes),
                            text_member(*platform, "variant", limits::kMediaTypeBytes)};
  }
  return out;
}

std::vector<Descriptor> read_descriptors(const Json& object, std::string_view key, size_t limit) {
  std::vector<Descriptor> out;
  const Json* list = member(object, key);
  if (list == nullptr) return out;
  if (!list->is_array()) throw BadDocument{in_quotes(key) + " is not a list"};
  if (list->size() > limit) {
    throw BadDocument{in_quotes(key) + " has more than " + std::to_string(limit) + " entries"};
  }
  out.reserve(list->size());
  for (size_t i = 0; i < list->size(); ++i) {
    out.push_back(read_descriptor((*list)[i], std::string(key) + "[" + std::to_string(i) + "]"));
  }
  return out;
}

Json parse_json(std::string_view bytes, size_t limit) {
  if (bytes.size() > limit) throw BadDocument{"larger than " + std::to_string(limit) + " bytes"};
  auto watch_depth = [](int depth, Json::parse_event_t event, Json&) {
    bool opens = event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
    if (opens && depth > static_cast<int>(limits::kJsonDepth)) throw BadDocument{"nested too deeply"};
    return true;
  };
  Json value = Json::parse(bytes.begin(), bytes.end(), watch_depth);
  if (!value.is_object()) throw BadDocument{"not a JSON object"};
  return value;
}

Json parse_document(std::string_view bytes, size_t limit, std::string_view media_type) {
  Json value = parse_json(bytes, limit);
  const Json* version = member(value, "schemaVersion");
  if (version == nullptr || !version->is_number_unsigned() || version->get<uint64_t>() != 2) {
    throw BadDocument{"\"schemaVersion\" is not 2"};
  }
  std::string declared = text_member(value, "mediaType", limits::kMediaTypeBytes);
  if (!declared.empty() && declared != media_type)
    throw BadDocument{"its mediaType is " + in_quotes(declared)};
  return value;
}

// Runs f, turning whatever it throws into an error.
template <typename T, typename F>
Result<T> contained(std::string_view what, const F& f) {
  try {
    return f();
  } catch (const BadDocument& bad) {
    return Error(std::string(what) + ": " + bad.why);
  } catch (const Json::parse_error& error) {
    return Error(std::string(what) + ": not JSON (byte " + std::to_string(error.byte) + ")");
  } catch (const std::exception& error) {
    return Error(std::string(what) + ": " + base::printable(error.what()));
  }
}

// Keys in the order in which the Go tools write them.
void put_annotations(OrderedJson& object, const Annotations& annotations) {
  if (annotations.empty()) return;
  OrderedJson out = OrderedJson::object();
  for (const auto& [key, value] : annotations) out[key] = value;
  object["annotations"] = std::move(out);
}

OrderedJson to_json(const Descriptor& descriptor) {
  OrderedJson out;
  out["mediaType"] = descriptor.media_type;
  out["digest"] = descriptor.digest.to_string();
  out["size"] = descriptor.size;
  put_annotations(out, descriptor.annotations);
  if (descriptor.platform) {
    OrderedJson platform;
    platform["architecture"] = descriptor.platform->architecture;
    platform["os"] = descriptor.platform->os;
    if (!descriptor.platform->variant.empty()) platform["variant"] = descriptor.platform->variant;
    out["platform"] = std::move(platform);
  }
  if (!descriptor.artifact_type.empty()) out["artifactType"] = descriptor.artifact_type;
  return out;
}

OrderedJson to_json(const std::vector<Descriptor>& descriptors) {
  OrderedJson out = OrderedJson::array();
  for (const Descriptor& descriptor : descriptors) out.push_back(to_json(descriptor));
  return out;
}

void add_children(std::vector<Descriptor>& out, const Json& document, const char* key) {
  const Json* value = member(document, key);
  if (value == nullptr) return;
  if (value->is_object()) {
    out.push_back(read_descriptor(*value, key));
    return;
  }
  for (Descriptor& child : read_descriptors(document, key, limits::kDescriptors))
    out.push_back(std::move(child));
}

}  // namespace

Result<Manifest> parse_manifest(std::string_view json) {
  return contained<Manifest>("image manifest", [&] {
    Json value = parse_document(json, limits::kManifestBytes, media::kManifest);
    Manifest out;
    out.artifact_type = text_member(value, "artifactType", limits::kMediaTypeBytes);
    const Json* config = member(value, "config");
    if (config == nullptr) throw BadDocument{"has no \"config\""};
    out.config = read_descriptor(*config, "config");
    out.layers = read_descriptors(value, "layers", limits::kDescriptors);
    if (const Json* subject = member(value, "subject")) out.subject = read_descriptor(*subject, "subject");
    out.annotations = read_annotations(value);
    return out;
  });
}

Result<Index> parse_index(std::string_view json, size_t max_entries) {
  return contained<Index>("image index", [&] {
    size_t limit = max_entries > limits::kDescriptors ? limits::kIndexFileBytes : limits::kManifestBytes;
    Json value = parse_document(json, limit, media::kIndex);
    Index out;
    out.artifact_type = text_member(value, "artifactType", limits::kMediaTypeBytes);
    const Json* list = member(value, "manifests");
    if (list == nullptr && !value.contains("manifests")) throw BadDocument{"has no \"manifests\""};
    out.manifests = read_descriptors(value, "manifests", max_entries);
    if (const Json* subject = member(value, "subject")) out.subject = read_descriptor(*subject, "subject");
    out.annotations = read_annotations(value);
    return out;
  });
}

Result<std::string> serialize(const Manifest& manifest) {
  return contained<std::string>("image manifest", [&] {
    OrderedJson out;
    out["schemaVersion"] = 2;
    if (!manifest.artifact_type.empty()) out["artifactType"] = manifest.artifact_type;
    out["config"] = to_json(manifest.config);
    out["layers"] = to_json(manifest.layers);
    if (manifest.subject) out["subject"] = to_json(*manifest.subject);
    put_annotations(out, manifest.annotations);
    return out.dump();
  });
}

Result<std::string> serialize(const Index& index) {
  return contained<std::string>("image index", [&] {
    OrderedJson out;
    out["schemaVersion"] = 2;
    out["mediaType"] = media::kIndex;
    if (!index.artifact_type.empty()) out["artifactType"] = index.artifact_type;
    out["manifests"] = to_json(index.manifests);
    if (index.subject) out["subject"] = to_json(*index.subject);
    put_annotations(out, index.annotations);
    return out.dump();
  });
}

Result<std::vector<Descriptor>> parse_children(std::string_view json) {
  return contained<std::vector<Descriptor>>("image document", [&] {
    Json value = parse_json(json, limits::kManifestBytes);
    std::vector<Descriptor> out;
    for (const char* key : {"config", "layers", "blobs", "manifests"}) add_children(out, value, key);
    return out;
  });
}

bool has_children(std::string_view media_type) {
  static constexpr std::array<std::string_view, 5> kDocuments = {
      media::kManifest, media::kIndex, "application/vnd.docker.distribution.manifest.v2+json",
      "application/vnd.docker.distribution.manifest.list.v2+json",
      "application/vnd.oci.artifact.manifest.v1+json"};
  for (std::string_view document : kDocuments) {
    if (media_type == document) return true;
  }
  return false;
}

Status check_layout_file(std::string_view json) {
  auto version = contained<std::string>("oci-layout", [&] {
    return text_member(parse_json(json, limits::kManifestBytes), "imageLayoutVersion", 64);
  });
  if (!version.ok()) return std::move(version.error());
  if (*version == "1.0.0") return {};
  return Error("oci-layout: image layout version " + in_quotes(*version) + " is not supported");
}

std::string_view find_annotation(const Annotations& annotations, std::string_view key) {
  auto found = annotations.find(std::string(key));
  return found == annotations.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace gadgetry::oci
