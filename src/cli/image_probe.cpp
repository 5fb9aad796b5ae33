#include "cli/image_probe.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/strings.hpp"
#include "bpf/core_relocations.hpp"
#include "bpf/features.hpp"
#include "bpf/kernel_btf.hpp"
#include "bpf/load.hpp"
#include "bpf/probe_object.hpp"
#include "build/module_info.hpp"
#include "oci/image.hpp"
#include "pipeline/gadget.hpp"
#include "pipeline/kernel_types.hpp"
#include "sys/os_release.hpp"

namespace gadgetry::cli {
namespace {

using bpf::Answer;
using bpf::Finding;
using bpf::FindingSection;

constexpr std::string_view kMinimumKernel = "min-kernel-version";  // annotation of the metadata

Finding failure(const char* name, const base::Error& why) {
  return {.name = name, .answer = Answer::kNo, .detail = why.message, .fix = why.hint, .is_needed = true};
}

Finding minimum_kernel(const metadata::Metadata& metadata) {
  const std::string wanted(metadata.annotation(kMinimumKernel));
  Finding out{.name = "kernel version", .answer = Answer::kYes, .is_needed = true};
  out.detail = sys::kernel_name().release;
  if (wanted.empty()) return out;
  out.detail += ", the gadget asks for " + wanted;
  if (bpf::kernel_version() < bpf::parse_kernel_version(wanted)) {
    out.answer = Answer::kNo;
    out.fix = "boot Linux " + wanted + " or newer";
  }
  return out;
}

// Where the types for relocations come from.
Finding relocation_types(const pipeline::Gadget& gadget, size_t relocations, bool from_archive) {
  Finding out{.name = "type information", .answer = Answer::kYes, .is_needed = true};
  if (relocations == 0) {
    out.detail = "the object does not depend on types of the kernel";
    return out;
  }
  auto known = gadget.check_kernel_types();
  if (!known.ok()) return failure("type information", known.error());
  out.detail = std::to_string(relocations) + " relocations by " +
               (from_archive ? sys::kernel_name().btf_path() + " of the image's archive"
                             : bpf::KernelBtf::instance().path());
  return out;
}

std::string permission_text(const metadata::WasmInfo& wasm) {
  std::vector<std::string> out;
  for (const auto& [name, list] :
       {std::pair{"read", &wasm.read}, {"write", &wasm.write}, {"net", &wasm.net}}) {
    if (!list->empty()) out.push_back(std::string(name) + " " + base::join(*list, ", "));
  }
  return base::join(out, "; ");
}

FindingSection probe_module(std::string_view bytes, const metadata::Metadata& metadata) {
  FindingSection out{"wasm", "Module", {}};
  auto info = build::describe_module(bytes);
  if (!info.ok()) {
    out.findings.push_back(failure("module", info.error()));
    return out;
  }
  std::vector<std::string> warnings;
  auto fits = build::check_module(*info, warnings);
  Finding imports{.name = "imports and exports", .answer = Answer::kYes, .is_needed = true};
  imports.detail = std::to_string(info->imports.size()) + " imports, all known";
  if (!fits.ok()) imports = failure("imports and exports", fits.error());
  out.findings.push_back(std::move(imports));
  for (const std::string& warning : warnings)
    out.findings.push_back({.name = "warning", .answer = Answer::kInfo, .detail = warning});
  const uint64_t limit =
      metadata.wasm.memory_bytes != 0 ? metadata.wasm.memory_bytes : limits::kWasmMemoryBytes;
  Finding memory{.name = "memory", .answer = Answer::kYes, .is_needed = true};
  memory.detail = std::to_string(info->memory_min) + " bytes of " + std::to_string(limit) + " at most";
  if (info->memory_min > limit) {
    memory.answer = Answer::kNo;
    memory.fix = "raise wasm.memory in the metadata";
  }
  out.findings.push_back(std::move(memory));
  const std::string permissions = permission_text(metadata.wasm);
  out.findings.push_back({.name = "permissions",
                          .answer = Answer::kInfo,
                          .detail = permissions.empty() ? "asks for none" : "asks for " + permissions});
  return out;
}

Finding try_load(pipeline::Gadget& gadget) {
  Finding out{
      .name = "load", .answer = Answer::kYes, .detail = "the kernel took the object", .is_needed = true};
  bpf::LoadOptions options;
  options.targets = gadget.attach_targets();
  for (const auto& tracer : gadget.object().declarations().tracers) options.tracer_maps.push_back(tracer.map);
  auto status = gadget.check_kernel_types();
  if (status.ok()) status = gadget.object().apply_max_entries();
  if (status.ok()) status = bpf::load(gadget.object().handle(), options);
  return status.ok() ? out : failure("load", status.error());
}

// Optional programs may be missing one by one, but not all of them.
bool lacks_all(const FindingSection& section) {
  return section.key == "programs" && !section.findings.empty() &&
         std::all_of(section.findings.begin(), section.findings.end(),
                     [](const Finding& finding) { return finding.answer == Answer::kNo; });
}

void settle(GadgetProbe& out) {
  out.runs = true;
  for (const FindingSection& section : out.sections) {
    if (lacks_all(section)) {
      out.runs = false;
      out.missing.push_back("programs: all of them");
    }
    for (const Finding& finding : section.findings) {
      if (!finding.is_needed || finding.answer != Answer::kNo) continue;
      out.runs = false;
      out.missing.push_back(section.key + ": " + finding.name);
    }
  }
}

// What the kernel said of the real load outweighs what was only concluded.
void trust_load(std::vector<FindingSection>& sections, const Finding& load) {
  if (load.answer != Answer::kYes) return;
  for (FindingSection& section : sections) {
    for (Finding& finding : section.findings) {
      if (section.key == "programs" && finding.answer == Answer::kUnknown && finding.fix == "--load tells") {
        finding.answer = Answer::kYes;
        finding.fix.clear();
      }
    }
  }
}

void probe_parts(pipeline::Gadget& gadget, const std::string& elf, const std::string& archived, bool load,
                 GadgetProbe& out) {
  const sys::KernelConfig config = sys::KernelConfig::read();
  const auto bytes = base::as_bytes(elf);
  bpf::KernelBtf& kernel = bpf::KernelBtf::instance();
  const auto targets = gadget.attach_targets();
  bpf::ObjectProbe probe{.object = gadget.object(),
                         .elf = bytes,
                         .targets = targets,
                         .config = config,
                         .types = archived.empty() ? kernel.bytes() : base::as_bytes(archived)};
  FindingSection needs{"requirements", "Requirements", {minimum_kernel(gadget.metadata())}};
  needs.findings.push_back(relocation_types(gadget, bpf::core_relocations(bytes).size(), !archived.empty()));
  out.sections.push_back(std::move(needs));
  out.sections.push_back(bpf::probe_object_capabilities(probe));
  out.sections.push_back(bpf::probe_object_programs(probe));
  if (auto maps = bpf::probe_object_maps(probe); !maps.findings.empty())
    out.sections.push_back(std::move(maps));
  if (load) {
    const Finding loaded = try_load(gadget);
    trust_load(out.sections, loaded);
    out.sections.push_back({"load", "Load", {loaded}});
  }
  kernel.release();
  bpf::KernelBtf::own().release();
}

}  // namespace

GadgetProbe unreadable_gadget(const std::string& source, const base::Error& why) {
  GadgetProbe out;
  out.name = source;
  out.sections.push_back({"gadget", "Gadget", {failure("source", why)}});
  settle(out);
  return out;
}

GadgetProbe probe_gadget(pipeline::GadgetParts parts, bool load) {
  GadgetProbe out;
  out.name = parts.name;
  out.image = parts.image;
  const std::string elf = parts.ebpf;
  auto archived = pipeline::archive_types(parts.btfgen);
  auto gadget = pipeline::Gadget::open(std::move(parts));
  FindingSection head{"gadget", "Gadget", {}};
  if (!archived.ok() || !gadget.ok()) {
    head.findings.push_back(failure("object", archived.ok() ? gadget.error() : archived.error()));
    out.sections.push_back(std::move(head));
    settle(out);
    return out;
  }
  std::string what = (*gadget)->has_object() ? "eBPF object" : "no eBPF object";
  if (!(*gadget)->wasm().empty()) what += ", Wasm module";
  head.findings.push_back({.name = "object",
                           .answer = Answer::kYes,
                           .detail = oci::host_architecture() + ": " + what,
                           .is_needed = true});
  out.sections.push_back(std::move(head));
  if ((*gadget)->has_object()) probe_parts(**gadget, elf, *archived, load, out);
  if (!(*gadget)->wasm().empty())
    out.sections.push_back(probe_module((*gadget)->wasm(), (*gadget)->metadata()));
  settle(out);
  return out;
}

}  // namespace gadgetry::cli
