// The WebAssembly module of a gadget in a run: what it is offered, and what it adds to the run.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "data/data_source.hpp"
#include "pipeline/config.hpp"
#include "pipeline/gadget.hpp"
#include "pipeline/stream.hpp"
#include "wasm/host.hpp"
#include "wasm/profile.hpp"

namespace gadgetry::pipeline {

class RunModule final : public wasm::Environment {
 public:
  // Translates the module and runs gadgetInit and gadgetPreStart. `sources` are those of the eBPF object; the module may
  // add fields to them, and to the vector data sources of its own. Both must outlive the module.
  static base::Result<std::unique_ptr<RunModule>> create(
      Gadget& gadget, const RunConfig& config, std::vector<std::unique_ptr<data::DataSource>>& sources,
      wasm::CallLog* calls);
  ~RunModule() override;

  wasm::Host& host() { return *host_; }
  const wasm::Host& host() const { return *host_; }

  // The streams that its events go to; from now on it may emit.
  void set_streams(const std::vector<std::unique_ptr<Stream>>& streams) { streams_ = &streams; }
  // gadgetStop; and behind it gadgetPostStop and the profile.
  void stop() { host_->stop(); }
  base::Status end();

  // wasm::Environment
  std::vector<data::DataSource*> sources() override;
  base::Result<data::DataSource*> new_source(std::string_view name, data::SourceType type) override;
  base::Status emit(wasm::Packet& packet) override;
  base::Status set_config(std::string_view key, std::string_view value) override;
  std::optional<std::string> param(std::string_view key) override;
  bpf::Object* object() override;
  int mntns_filter_map() override { return -1; }  // containers are not known yet: everything passes

 private:
  RunModule(Gadget& gadget, std::vector<std::unique_ptr<data::DataSource>>& sources)
      : gadget_(gadget), sources_(sources) {}
  void add_text_modes();

  Gadget& gadget_;
  // Until the streams have them, the data sources are in this vector.
  std::vector<std::unique_ptr<data::DataSource>>& sources_;
  const std::vector<std::unique_ptr<Stream>>* streams_ = nullptr;
  std::vector<const data::DataSource*> replaced_;
  std::string profile_path_;
  std::unique_ptr<wasm::Profiler> profiler_;
  std::unique_ptr<wasm::Host> host_;
};

}  // namespace gadgetry::pipeline
