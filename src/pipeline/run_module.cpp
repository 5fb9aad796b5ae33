#include "pipeline/run_module.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/log.hpp"
#include "metadata/set_value.hpp"

namespace gadgetry::pipeline {
namespace {

base::Result<wasm::HostOptions> host_options(const Gadget& gadget, const RunConfig& config) {
  const metadata::WasmInfo& info = gadget.metadata().wasm;
  wasm::HostOptions options;
  options.name = gadget.name();
  if (info.memory_bytes != 0) {
    uint64_t bytes = std::min<uint64_t>(info.memory_bytes, limits::kWasmMemoryBytes);
    options.memory_pages = static_cast<uint32_t>((bytes + WASMCORE_PAGE_SIZE - 1) / WASMCORE_PAGE_SIZE);
  }
  if (config.wasm.fuel != 0) options.fuel = config.wasm.fuel;
  if (info.on_trap == "pass") options.on_trap = wasm::TrapPolicy::kPass;
  if (config.wasm.on_trap) options.on_trap = *config.wasm.on_trap;
  auto declared = wasm::parse_permissions({.read = info.read, .write = info.write, .net = info.net});
  if (!declared.ok()) return std::move(declared).error().context("gadget " + gadget.name() + ": metadata: permissions");
  options.permissions = wasm::grant(*declared, config.wasm.grants);
  return options;
}

}  // namespace

base::Result<std::unique_ptr<RunModule>> RunModule::create(Gadget& gadget, const RunConfig& config,
                                                           std::vector<std::unique_ptr<data::DataSource>>& sources,
                                                           wasm::CallLog* calls) {
  std::unique_ptr<RunModule> out(new RunModule(gadget, sources));
  GADGETRY_ASSIGN(auto module, wasm::Module::load(gadget.name(), gadget.wasm()));
  GADGETRY_ASSIGN(wasm::HostOptions options, host_options(gadget, config));
  options.calls = calls;
  if (!config.wasm.profile_path.empty()) {
    out->profile_path_ = config.wasm.profile_path;
    out->profiler_ = std::make_unique<wasm::Profiler>();
    options.profiler = out->profiler_.get();
  }
  GADGETRY_ASSIGN(out->host_, wasm::Host::create(std::move(module), std::move(options), *out));
  GADGETRY_TRY(out->host_->init());
  GADGETRY_TRY(out->host_->pre_start());
  out->add_text_modes();
  return out;
}

RunModule::~RunModule() = default;

base::Status RunModule::end() {
  host_->post_stop();
  if (profiler_ == nullptr) return {};
  auto status = profiler_->write(profile_path_);
  if (!status.ok()) return std::move(status).error().context("--wasm-profile");
  return {};
}

// The output modes that the module registered become modes of their data sources.
void RunModule::add_text_modes() {
  for (const wasm::OutputMode& mode : host_->output_modes()) {
    data::TextMode text;
    text.name = mode.name;
    text.write = [this, &mode](data::Batch& batch, std::string& out) -> base::Status {
      bool is_array = batch.source->type() == data::SourceType::kArray;
      wasm::Packet packet;
      packet.is_live = true;
      packet.source = batch.source;
      packet.batch = &batch;
      wasm::Handles& handles = host_->handles();
      for (uint32_t at = 0; at < (is_array ? 1 : batch.records.size()); at++) {
        wasm::Object object{.type = is_array ? wasm::ObjectType::kPacket : wasm::ObjectType::kRow,
                            .index = at,
                            .source = batch.source,
                            .packet = &packet};
        uint32_t handle = handles.add(std::move(object));
        auto status = host_->call_output(mode, &packet, handle, out);
        handles.remove(handle);
        if (!status.ok()) return status;
      }
      handles.remove_of_packet(&packet);
      return {};
    };
    text.finish = [this, &mode](std::string& out) { return host_->call_output(mode, nullptr, 0, out); };
    mode.source->text_modes().push_back(std::move(text));
  }
}

std::vector<data::DataSource*> RunModule::sources() {
  std::vector<data::DataSource*> out;
  auto add = [&](data::DataSource& source) {
    if (std::find(replaced_.begin(), replaced_.end(), &source) == replaced_.end()) out.push_back(&source);
  };
  if (streams_ == nullptr) {
    for (auto& source : sources_) add(*source);
  } else {
    for (auto& stream : *streams_) add(stream->source());
  }
  return out;
}

base::Result<data::DataSource*> RunModule::new_source(std::string_view name, data::SourceType type) {
  if (sources_.size() >= limits::kWasmSources) return base::Error("too many data sources");
  for (data::DataSource* source : sources()) {
    if (source->name() != name) continue;
    source->unreference();
    replaced_.push_back(source);
  }
  sources_.push_back(std::make_unique<data::DataSource>(std::string(name), type));
  metadata::apply_to(gadget_.metadata(), *sources_.back());
  return sources_.back().get();
}

base::Status RunModule::emit(wasm::Packet& packet) {
  if (streams_ != nullptr) {
    for (auto& stream : *streams_) {
      if (&stream->source() == packet.source) return stream->emit(packet.batch->records);
    }
  }
  return base::Error("data source " + packet.source->name() + " takes no events yet");
}

base::Status RunModule::set_config(std::string_view key, std::string_view value) {
  if (host_ != nullptr && host_->phase() > wasm::Phase::kPreStart) {
    return base::Error("only gadgetInit and gadgetPreStart may set the configuration");
  }
  auto status = gadget_.set_config(key, value);
  if (status.ok() || status.error().kind != base::ErrorKind::kNotFound) return status;
  // Version 1 takes any key, and modules may set some that only other programs know.
  base::log_debug("gadget " + gadget_.name() + ": " + status.error().text());
  return {};
}

std::optional<std::string> RunModule::param(std::string_view key) {
  return gadget_.wasm_param(key);
}

bpf::Object* RunModule::object() {
  return gadget_.has_object() ? &gadget_.object() : nullptr;
}

}  // namespace gadgetry::pipeline
