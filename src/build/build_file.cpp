#include "build/build_file.hpp"

#include "base/strings.hpp"
#include "metadata/yaml.hpp"

namespace gadgetry::build {
namespace {

using metadata::YamlNode;

base::Error error_at(std::string_view file, metadata::Position at, const std::string& text) {
  return base::Error(metadata::format({at, metadata::Severity::kError, text, ""}, file));
}

base::Result<std::string> file_name(std::string_view file, const YamlNode::Entry& entry) {
  if (!entry.value.is_scalar() || entry.value.scalar.empty()) {
    return error_at(file, entry.key_at, entry.key + " must be the name of a file");
  }
  return entry.value.scalar;
}

// A list has one argument an item; a text is split at white space.
base::Result<std::vector<std::string>> read_cflags(std::string_view file, const YamlNode::Entry& entry) {
  std::vector<std::string> out;
  if (entry.value.is_sequence()) {
    for (const auto& item : entry.value.items) {
      if (!item.is_scalar()) return error_at(file, item.at, "an item of " + entry.key + " must be text");
      out.push_back(item.scalar);
    }
  } else if (entry.value.is_scalar()) {
    std::string word;
    for (char c : entry.value.scalar + " ") {
      if (c != ' ' && c != '\t' && c != '\n') {
        word += c;
      } else if (!word.empty()) {
        out.push_back(std::move(word));
        word.clear();
      }
    }
  } else if (!entry.value.is_null()) {
    return error_at(file, entry.value.at, entry.key + " must be text or a list of texts");
  }
  return out;
}

}  // namespace

base::Result<BuildFile> parse_build_file(std::string_view yaml, std::string_view file) {
  static const std::vector<std::string> kKnown = {"ebpfsource", "wasm",        "metadata",
                                                  "cflags",     "wasm-cflags", "wasm-libc"};
  BuildFile out;
  auto read = metadata::read_yaml(yaml);
  if (!read.ok()) return base::Error(std::string(file) + ":" + read.error().message);
  if (read->is_null()) return out;
  if (!read->is_mapping()) return error_at(file, read->at, "the file must be a mapping");
  for (const auto& entry : read->entries) {
    std::string key = base::to_lower(entry.key);
    if (read->find_entry(key) != &entry) {
      return error_at(file, entry.key_at, "the key \"" + entry.key + "\" stands twice");
    }
    if (key == "ebpfsource") {
      GADGETRY_ASSIGN(out.ebpf_source.name, file_name(file, entry));
      out.ebpf_source.is_explicit = true;
    } else if (key == "metadata") {
      GADGETRY_ASSIGN(out.metadata.name, file_name(file, entry));
      out.metadata.is_explicit = true;
    } else if (key == "wasm") {
      if (entry.value.is_null()) continue;
      GADGETRY_ASSIGN(out.wasm, file_name(file, entry));
    } else if (key == "cflags") {
      GADGETRY_ASSIGN(out.cflags, read_cflags(file, entry));
    } else if (key == "wasm-cflags") {
      GADGETRY_ASSIGN(out.wasm_cflags, read_cflags(file, entry));
    } else if (key == "wasm-libc") {
      auto value = entry.value.is_scalar() ? base::parse_bool(entry.value.scalar) : std::nullopt;
      if (!value) return error_at(file, entry.value.at, entry.key + " must be true or false");
      out.wasm_libc = *value;
    } else {
      std::string near = base::closest(key, kKnown);
      return error_at(file, entry.key_at, "unknown key \"" + entry.key + "\"")
          .with_hint(near.empty() ? "known are: " + base::join(kKnown, ", ")
                                  : "did you mean \"" + near + "\"?");
    }
  }
  return out;
}

}  // namespace gadgetry::build
