// What the machine answers to a module, kept in a recording and given from one.
#pragma once

#include "pipeline/recording.hpp"
#include "pipeline/recording_writer.hpp"
#include "wasm/call_log.hpp"

namespace gadgetry::pipeline {

class RecordedCalls final : public wasm::CallLog {
 public:
  explicit RecordedCalls(RecordingWriter& writer) : writer_(&writer) {}
  bool is_replay() const override { return false; }
  void record(const wasm::AbiFunction& function, const wasm::CallAnswer& answer) override {
    writer_->add_call(function.module, function.name, answer.result, answer.outputs);
  }
  base::Result<wasm::CallAnswer> replay(const wasm::AbiFunction& function) override {
    return base::Error(std::string(function.name) + ": nothing is replayed");
  }
  void record_timer(uint64_t callback) override { writer_->add_timer(callback); }

 private:
  RecordingWriter* writer_;
};

class ReplayedCalls final : public wasm::CallLog {
 public:
  explicit ReplayedCalls(RecordingReader& reader) : reader_(&reader) {}
  bool is_replay() const override { return true; }
  void record(const wasm::AbiFunction&, const wasm::CallAnswer&) override {}
  base::Result<wasm::CallAnswer> replay(const wasm::AbiFunction& function) override {
    std::string name = std::string(function.module) + "." + std::string(function.name);
    GADGETRY_ASSIGN(RecordedCall call, reader_->next_call(name));
    return wasm::CallAnswer{.result = call.result, .outputs = std::move(call.outputs)};
  }

 private:
  RecordingReader* reader_;
};

}  // namespace gadgetry::pipeline
