#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "base/limits.hpp"
#include "base/strings.hpp"
#include "oci/image.hpp"

namespace gadgetry::oci {

using base::Error;
using base::Result;
using base::Status;

namespace {

Status check_input(const BuildInput& input) {
  if (input.archs.empty()) return Error("image: it is for no architecture");
  bool has_ebpf = false;
  std::set<std::string> seen;
  for (const ArchInput& arch : input.archs) {
    if (!seen.insert(arch.arch).second)
      return Error("image: the architecture " + arch.arch + " is there twice");
    if (arch.ebpf.size() > limits::kObjectBytes)
      return Error("image: the eBPF object for " + arch.arch + " is too big");
    if (arch.btfgen.size() > limits::kLayerBytes)
      return Error("image: the BTF archive for " + arch.arch + " is too big");
    has_ebpf |= !arch.ebpf.empty();
  }
  if (input.wasm.size() > limits::kWasmBytes) return Error("image: the Wasm module is too big");
  if (input.metadata && input.metadata->size() > limits::kMetadataBytes)
    return Error("image: the metadata is too big");
  if (!has_ebpf && input.wasm.empty() && !input.metadata) {
    return Error("image: nothing to put into it: no eBPF object, no Wasm module, no metadata");
  }
  return {};
}

Result<int64_t> creation_time(const BuildInput& input) {
  if (input.created) return *input.created;
  const char* epoch = std::getenv("SOURCE_DATE_EPOCH");
  if (epoch == nullptr || epoch[0] == '\0') return int64_t{0};
  auto seconds = base::parse_int<int64_t>(epoch);
  if (!seconds || *seconds < 0 || *seconds > 253402300799) {
    return Error::usage("SOURCE_DATE_EPOCH: \"" + base::printable(epoch) +
                        "\" is not a number of seconds since 1970");
  }
  return *seconds;
}

Annotations make_annotations(const BuildInput& input, int64_t created) {
  Annotations out;
  if (input.metadata) {
    out = input.annotations;
    auto put = [&](std::string_view key, const std::string& value) {
      if (!value.empty()) out[std::string(key)] = value;
    };
    put(annotation::kTitle, input.name);
    put(annotation::kDescription, input.description);
    put(annotation::kUrl, input.homepage_url);
    put(annotation::kDocumentation, input.documentation_url);
    put(annotation::kSource, input.source_url);
    put(annotation::kBuilderVersion, input.builder_version);
  }
  out[std::string(annotation::kCreated)] = rfc3339(created);
  return out;
}

Result<Descriptor> put_manifest(StoreWriter& writer, const BuildInput& input, const ArchInput& arch,
                                const Annotations& annotations) {
  Manifest manifest;
  manifest.artifact_type = media::kGadgetArtifact;
  manifest.annotations = annotations;
  if (input.metadata) {
    GADGETRY_ASSIGN(manifest.config, writer.put_blob(*input.metadata, media::kGadgetConfig));
  } else {
    GADGETRY_ASSIGN(manifest.config, writer.put_blob("{}", media::kEmpty));
  }
  manifest.config.annotations = annotations;
  auto add_layer = [&](const std::string& bytes, std::string_view media_type) -> Status {
    if (bytes.empty()) return {};
    GADGETRY_ASSIGN(Descriptor layer, writer.put_blob(bytes, media_type));
    manifest.layers.push_back(std::move(layer));
    return {};
  };
  GADGETRY_TRY(add_layer(arch.ebpf, media::kEbpf));
  GADGETRY_TRY(add_layer(input.wasm, media::kWasm));
  GADGETRY_TRY(add_layer(arch.btfgen, media::kBtfgen));
  GADGETRY_ASSIGN(std::string bytes, serialize(manifest));
  GADGETRY_ASSIGN(Descriptor out, writer.put_blob(bytes, media::kManifest));
  out.annotations = annotations;
  out.platform = Platform{"linux", arch.arch, ""};
  return out;
}

}  // namespace

Result<Descriptor> build_image(LayoutStore& store, const Reference& reference, const BuildInput& input) {
  GADGETRY_TRY(check_input(input));
  if (reference.digest()) {
    return Error::usage("image name \"" + reference.short_name() +
                        "\": an image cannot be built under a digest")
        .with_hint("give it a name and, if you like, a tag");
  }
  GADGETRY_ASSIGN(int64_t created, creation_time(input));
  Annotations annotations = make_annotations(input, created);
  std::vector<const ArchInput*> archs;
  archs.reserve(input.archs.size());
  for (const ArchInput& arch : input.archs) archs.push_back(&arch);
  std::sort(archs.begin(), archs.end(), [](const auto* a, const auto* b) { return a->arch < b->arch; });

  GADGETRY_ASSIGN(StoreWriter writer, store.begin_write());
  Index index;
  index.annotations = annotations;
  for (const ArchInput* arch : archs) {
    GADGETRY_ASSIGN(Descriptor manifest, put_manifest(writer, input, *arch, annotations));
    index.manifests.push_back(std::move(manifest));
  }
  GADGETRY_ASSIGN(std::string bytes, serialize(index));
  GADGETRY_ASSIGN(Descriptor out, writer.put_blob(bytes, media::kIndex));
  out.annotations = annotations;
  GADGETRY_TRY(writer.tag(reference, out));
  return out;
}

std::string rfc3339(int64_t seconds_since_1970) {
  time_t seconds = static_cast<time_t>(seconds_since_1970);
  tm parts{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return "1970-01-01T00:00:00Z";
  char text[64];
  size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, size};
}

std::optional<int64_t> parse_rfc3339(std::string_view text) {
  // YYYY-MM-DDTHH:MM:SS, then perhaps a fraction, then Z or an offset.
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd";
  if (text.size() <= kShape.size()) return std::nullopt;
  for (size_t i = 0; i < kShape.size(); ++i) {
    bool digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == 'd' ? !digit : text[i] != kShape[i]) return std::nullopt;
  }
  auto number = [&](size_t at, size_t size) {
    return base::parse_int<int>(text.substr(at, size)).value_or(0);
  };
  tm parts{};
  parts.tm_year = number(0, 4) - 1900;
  parts.tm_mon = number(5, 2) - 1;
  parts.tm_mday = number(8, 2);
  parts.tm_hour = number(11, 2);
  parts.tm_min = number(14, 2);
  parts.tm_sec = number(17, 2);
  if (parts.tm_mon > 11 || parts.tm_mon < 0 || parts.tm_mday > 31 || parts.tm_mday < 1 ||
      parts.tm_hour > 23 || parts.tm_min > 59 || parts.tm_sec > 60) {
    return std::nullopt;
  }
  std::string_view rest = text.substr(kShape.size());
  if (rest.front() == '.') {
    size_t end = rest.find_first_not_of("0123456789", 1);
    if (end == std::string_view::npos || end == 1) return std::nullopt;
    rest = rest.substr(end);
  }
  int64_t seconds = ::timegm(&parts);
  if (rest == "Z") return seconds;
  if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':') return std::nullopt;
  auto hours = base::parse_int<uint8_t>(rest.substr(1, 2));
  auto minutes = base::parse_int<uint8_t>(rest.substr(4, 2));
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  int64_t offset = *hours * 3600 + *minutes * 60;
  return rest[0] == '+' ? seconds - offset : seconds + offset;
}

}  // namespace gadgetry::oci
