// The Wasm modules that `gadgetctl init --wasm` writes beside the tracer, one for each language. All do the
// same.
#include "base/strings.hpp"
#include "build/init.hpp"

namespace gadgetry::build {
namespace {

constexpr std::string_view kCpp = R"(// SPDX-License-Identifier: Apache-2.0
// Logic in user space: adds the field name, leaves programs out, shortens paths.
#include <gadget/gadget.hpp>

GADGET_MODULE();

namespace {

constexpr uint32_t kPathSize = 128;  // FILE_LEN of program.bpf.c

gadget::Field<gadget::Text> file;
gadget::Field<gadget::Text> name;
gadget::FixedString<kPathSize> ignored;
gadget::FixedString<kPathSize> prefix;

gadget::Text last_part(gadget::Text path) {
  uint32_t start = path.size();
  while (start > 0 && path[start - 1] != '/') start--;
  return path.part(start);
}

// Sees each event before it is filtered and shown.
void on_exec(gadget::Source, gadget::Event event) {
  gadget::FixedString<kPathSize> buffer;
  gadget::Text path = file.get(event, buffer);
  gadget::Text program = last_part(path);
  if (!ignored.empty() && program == ignored.text()) {
    event.drop();
    return;
  }
  name.set(event, program);
  if (!prefix.empty() && path.starts_with(prefix)) file.set(event, path.part(prefix.size()));
}

}  // namespace

// Called once, before the eBPF program is loaded. Anything but 0 ends the run.
GADGET_INIT {
  gadget::Source exec = gadget::get_source("exec");
  file = exec.field<gadget::Text>("file");
  name = exec.add_field<gadget::Text>("name");
  if (!file || !name) return 1;
  gadget::param("ignore", ignored);  // params.wasm in gadget.yaml
  gadget::param("strip", prefix);
  return exec.subscribe(on_exec).ok() ? 0 : 1;
}
)";

constexpr std::string_view kC = R"(// SPDX-License-Identifier: Apache-2.0
// Logic in user space: adds the field name, leaves programs out, shortens paths.
#include <gadget/exports.h>
#include <gadget/imports.h>
#include <gadget/memory.h>

#define PATH_SIZE 128 // FILE_LEN of program.bpf.c
#define KIND_STRING 12
#define KIND_BYTES 14
#define EACH_EVENT 1

GADGET_MODULE();

static uint32_t file, name;
static char ignored[PATH_SIZE], prefix[PATH_SIZE];

// Text and buffers go to the host as one number.
static uint64_t ref(const void *data, uint32_t size)
{
	return (uint64_t)size << 32 | (uint32_t)(uintptr_t)data;
}

#define TEXT(literal) ref(literal, sizeof(literal) - 1)

static uint32_t length(const char *text, uint32_t max)
{
	uint32_t size = 0;

	while (size < max && text[size])
		size++;
	return size;
}

// Sees each event before it is filtered and shown.
GADGET_EXPORT(dataSourceCallback) void dataSourceCallback(uint64_t callback, uint32_t source, uint32_t event)
{
	char path[PATH_SIZE];
	uint32_t size, start, cut;
	int32_t got = gadget_ig_fieldGetBuffer(file, event, KIND_BYTES, ref(path, sizeof(path)));

	if (got < 0)
		return;
	size = start = length(path, (uint32_t)got);
	while (start > 0 && path[start - 1] != '/')
		start--;
	cut = length(ignored, sizeof(ignored));
	if (cut && cut == size - start && !__builtin_memcmp(path + start, ignored, cut)) {
		gadget_v2_dataDrop(event);
		return;
	}
	gadget_ig_fieldSet(name, event, KIND_STRING, ref(path + start, size - start));
	cut = length(prefix, sizeof(prefix));
	if (cut && cut <= size && !__builtin_memcmp(path, prefix, cut))
		gadget_ig_fieldSet(file, event, KIND_STRING, ref(path + cut, size - cut));
}

// Called once, before the eBPF program is loaded. Anything but 0 ends the run.
GADGET_INIT
{
	uint32_t exec = gadget_ig_getDataSource(TEXT("exec"));

	file = gadget_ig_dataSourceGetField(exec, TEXT("file"));
	name = gadget_ig_dataSourceAddField(exec, TEXT("name"), KIND_STRING);
	if (!file || !name)
		return 1;
	gadget_ig_getParamValue(TEXT("ignore"), ref(ignored, sizeof(ignored))); // params.wasm in gadget.yaml
	gadget_ig_getParamValue(TEXT("strip"), ref(prefix, sizeof(prefix)));
	return (int32_t)gadget_ig_dataSourceSubscribe(exec, EACH_EVENT, 0, 0);
}
)";

constexpr std::string_view kRust = R"(// SPDX-License-Identifier: Apache-2.0
//! Logic in user space: adds the field name, leaves programs out, shortens paths.
use gadget::{DataSource, Kind, Result};

const PATH_SIZE: usize = 128; // FILE_LEN of program.bpf.c

// Called once, before the eBPF program is loaded. An error ends the run.
fn init() -> Result<()> {
    let exec = DataSource::get("exec")?;
    let file = exec.field("file")?;
    let name = exec.add_field("name", Kind::String)?;
    let ignored = gadget::param("ignore")?; // params.wasm in gadget.yaml
    let prefix = gadget::param("strip")?;
    let mut buffer = vec![0; PATH_SIZE]; // once, not for each event

    // Sees each event before it is filtered and shown.
    exec.subscribe(0, move |_source, event| -> Result<()> {
        let path = file.text(event, &mut buffer)?;
        let program = path.rsplit('/').next().unwrap_or("");
        if !ignored.is_empty() && program == ignored {
            return event.drop_event();
        }
        name.set_text(event, program)?;
        match path.strip_prefix(prefix.as_str()) {
            Some(rest) if !prefix.is_empty() => file.set_text(event, rest),
            _ => Ok(()),
        }
    })
}

gadget::module! { init: init }
)";

constexpr std::string_view kCargo = R"([package]
name = "NAME"
version = "0.1.0"
edition = "2021"
publish = false

[lib]
crate-type = ["cdylib"]

# `gadgetctl build` knows where the crate of the SDK is.
[dependencies]
gadget = { version = "0.1", registry = "gadgetry" }

[profile.release]
opt-level = "s"
lto = true
panic = "abort"
codegen-units = 1

[workspace]
)";

constexpr std::string_view kGo = R"(// SPDX-License-Identifier: Apache-2.0

// Logic in user space: adds the field name, leaves programs out, shortens paths.
package main

import (
	"strings"

	gadget "gadgetry/wasm"
)

const pathSize = 128 // FILE_LEN of program.bpf.c

// Called once, before the eBPF program is loaded. Anything but 0 ends the run.
//
//go:wasmexport gadgetInit
func gadgetInit() int32 {
	exec, err := gadget.GetDataSource("exec")
	if err != nil {
		gadget.Errorf("data source exec: %v", err)
		return 1
	}
	file, err := exec.GetField("file")
	if err != nil {
		gadget.Errorf("field file: %v", err)
		return 1
	}
	name, err := exec.AddField("name", gadget.Kind_String)
	if err != nil {
		gadget.Errorf("new field name: %v", err)
		return 1
	}
	ignored, _ := gadget.GetParamValue("ignore", pathSize) // params.wasm in gadget.yaml
	prefix, _ := gadget.GetParamValue("strip", pathSize)

	// Sees each event before it is filtered and shown.
	err = exec.Subscribe(func(_ gadget.DataSource, event gadget.Data) {
		path, err := file.String(event, pathSize)
		if err != nil {
			return
		}
		program := path[strings.LastIndexByte(path, '/')+1:]
		if ignored != "" && program == ignored {
			gadget.Drop(event)
			return
		}
		name.SetString(event, program)
		if prefix != "" && strings.HasPrefix(path, prefix) {
			file.SetString(event, path[len(prefix):])
		}
	}, 0)
	if err != nil {
		gadget.Errorf("subscribing: %v", err)
		return 1
	}
	return 0
}

func main() {}
)";

constexpr std::string_view kGoMod = "module NAME\n\ngo 1.24\n";

constexpr std::string_view kFields = R"(      name:
        annotations:
          description: Last part of the path
          columns.width: 16
)";

constexpr std::string_view kParams = R"(  wasm:
    ignore:
      key: ignore
      description: Leave out programs of this name
    strip:
      key: strip
      defaultValue: /usr
      description: Show paths without this beginning
)";

}  // namespace

const std::vector<ModuleKind>& module_kinds() {
  static const std::vector<ModuleKind> kKinds = {
      {"cpp", "program.cpp", {{"program.cpp", kCpp}}},
      {"c", "program.c", {{"program.c", kC}}},
      {"rust", "src/lib.rs", {{"Cargo.toml", kCargo}, {"src/lib.rs", kRust}}},
      {"go", "program.go", {{"go.mod", kGoMod}, {"program.go", kGo}}},
  };
  return kKinds;
}

base::Result<const ModuleKind*> find_module_kind(std::string_view language) {
  std::vector<std::string> names;
  for (const auto& kind : module_kinds()) {
    if (kind.language == language) return &kind;
    names.emplace_back(kind.language);
  }
  return base::Error::usage("unknown language of a Wasm module \"" + base::printable(language) + "\"")
      .with_hint("there are: " + base::join(names, ", "));
}

std::string with_module(std::string_view metadata) {
  std::string out(metadata);
  size_t params = out.find("params:\n");
  if (params == std::string::npos) return out;
  return out.insert(params, kFields) + std::string(kParams);
}

}  // namespace gadgetry::build
