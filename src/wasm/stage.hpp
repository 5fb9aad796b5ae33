// The place of a module's callbacks in the stages of a data source.
//
// Each data source has up to three: before the formatters (priorities up to 0), before the filter (up to 9000), and
// behind the limit. These are the priorities of the stages in the ecosystem's implementation.
#pragma once

#include <vector>

#include "data/stage.hpp"
#include "wasm/host.hpp"

namespace gadgetry::wasm {

enum class StagePlace : uint8_t { kBeforeFormatters, kBeforeFilter, kLast };

StagePlace place_of(int32_t priority);

class WasmStage final : public data::Stage {
 public:
  WasmStage(Host& host, StagePlace place);

  // Whether the module has callbacks there, or may get some.
  static bool is_needed(const Host& host, const data::DataSource& source, StagePlace place);

  std::string_view name() const override { return "wasm"; }
  base::Status add_fields(data::DataSource& source) override;
  base::Status plan(data::DataSource& source) override;
  void process(data::Batch& batch) override;

 private:
  // A field that the formatters rewrite in place: it stands in the added block from here on, so that the module sees and
  // sets what they see.
  struct Moved {
    data::Field sample_field;  // as it was
    uint32_t offset;           // in the added block
  };
  bool run_events(const Subscription& first, size_t count, size_t& done);
  bool call_event(const Subscription& subscription, uint32_t index, uint32_t& handle);
  void account_trap(data::Batch& batch, size_t done);

  Host& host_;
  StagePlace place_;
  std::vector<const Subscription*> subscriptions_;
  std::vector<Moved> moved_;
  Packet packet_;
  uint32_t source_ = 0;  // handle, while a batch is processed
};

}  // namespace gadgetry::wasm
