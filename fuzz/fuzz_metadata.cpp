// gadget.yaml from an image: parsing, checking against an object, applying, and completing it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "data/data_source.hpp"
#include "metadata/metadata.hpp"
#include "metadata/update.hpp"
#include "metadata/validate.hpp"

namespace {

using namespace gadgetry;

void add(data::DataSource& source, const char* name, data::Kind kind, const char* tag) {
  data::Field field;
  field.name = name;
  field.kind = kind;
  field.size = data::kind_size(kind);
  field.tags.emplace_back(tag);
  if (!source.add_field(std::move(field)).ok()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto metadata = metadata::parse(text);
  if (!metadata.ok()) return 0;

  data::DataSource source("open", data::SourceType::kSingle);
  add(source, "error_raw", data::Kind::kUint32, "type:gadget_errno");
  add(source, "fname", data::Kind::kCString, "");
  add(source, "dst", data::Kind::kBytes, "type:gadget_l4endpoint_t");
  metadata::Facts facts;
  facts.sources = {&source};
  facts.variables = {{"targ_failed", "bool", "false", {}, true, true}, {"state", "", "", {}, false, false}};
  facts.programs = {{"profiler", "perf_event/profiler"}, {"open", "tracepoint/syscalls/sys_enter_openat"}};

  for (const auto& one : metadata::validate(*metadata, &facts, true)) {
    if (metadata::format(one, "gadget.yaml").empty()) std::abort();
  }
  // What an update adds must be found again: a second update changes nothing.
  auto updated = metadata::update(text, facts, "gadget");
  if (updated.ok()) {
    auto again = metadata::update(*updated, facts, "gadget");
    if (!again.ok() || *again != *updated) std::abort();
  }
  metadata::apply_to(*metadata, source);
  return 0;
}
