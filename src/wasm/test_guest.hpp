// Modules for tests, written as text, in the place where a run would have them.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "data/access.hpp"
#include "wasm/host.hpp"
#include "wasm/stage.hpp"

namespace gadgetry::wasm {

// The binary of a module in the text format, by wat2wasm.
inline std::string assemble(const std::string& text, const std::string& flags = "") {
  char path[] = "/tmp/gadgetry_wat_XXXXXX";
  int fd = ::mkstemp(path);
  EXPECT_GE(fd, 0);
  ::close(fd);
  std::ofstream(path) << text;
  std::string out = std::string(path) + ".wasm";
  std::string command = "wat2wasm --enable-all " + flags + " " + std::string(path) + " -o " + out + " 2>&1";
  EXPECT_EQ(std::system(command.c_str()), 0) << text;
  std::ifstream file(out, std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  ::unlink(path);
  ::unlink(out.c_str());
  return bytes.str();
}

// What a pipeline offers, without one.
class TestEnvironment : public Environment {
 public:
  struct Emitted {
    data::DataSource* source;
    size_t records;
    std::string first_text;  // of the first field with text
  };

  data::DataSource& add(std::string name, data::SourceType type = data::SourceType::kSingle) {
    all_.push_back(std::make_unique<data::DataSource>(std::move(name), type));
    return *all_.back();
  }

  std::vector<data::DataSource*> sources() override {
    std::vector<data::DataSource*> out;
    for (auto& source : all_) out.push_back(source.get());
    return out;
  }
  base::Result<data::DataSource*> new_source(std::string_view name, data::SourceType type) override {
    return &add(std::string(name), type);
  }
  base::Status emit(Packet& packet) override {
    if (take) return take(packet);
    Emitted one{packet.source, packet.batch->records.size(), ""};
    for (const data::Field& field : packet.source->fields()) {
      if (!data::is_text(field.kind) || packet.batch->records.empty()) continue;
      one.first_text = data::read_text(packet.batch->records[0], field);
      break;
    }
    emitted.push_back(one);
    return {};
  }
  base::Status set_config(std::string_view key, std::string_view value) override {
    config[std::string(key)] = value;
    return {};
  }
  std::optional<std::string> param(std::string_view key) override {
    if (asked) asked(key);
    auto it = params.find(std::string(key));
    return it == params.end() ? std::nullopt : std::optional(it->second);
  }
  bpf::Object* object() override { return nullptr; }
  int mntns_filter_map() override { return -1; }

  std::function<base::Status(Packet&)> take;     // in place of `emitted`
  std::function<void(std::string_view)> asked;  // the module asks for a parameter
  std::vector<Emitted> emitted;
  std::map<std::string, std::string> config;
  std::map<std::string, std::string> params;

 private:
  std::vector<std::unique_ptr<data::DataSource>> all_;
};

// A module in its environment. `text` is the body of (module ...): imports first. What every module needs - memory of
// two pages and gadgetAPIVersion - is added behind it.
class TestGuest {
 public:
  explicit TestGuest(const std::string& text, HostOptions options = {}) {
    std::string whole = "(module " + text +
                        " (memory (export \"memory\") 2)"
                        " (func (export \"gadgetAPIVersion\") (result i64) i64.const 1))";
    load(assemble(whole), std::move(options));
  }
  // A whole module, as binary.
  static std::unique_ptr<TestGuest> from_bytes(const std::string& bytes, HostOptions options = {}) {
    std::unique_ptr<TestGuest> guest(new TestGuest());
    guest->load(bytes, std::move(options));
    return guest;
  }

  // Fails the test when the module could not be made.
  Host& host() { return *host_; }
  bool made() const { return host_ != nullptr; }
  const base::Status& status() const { return status_; }

  // gadgetInit, gadgetPreStart, gadgetStart; and the stages of all data sources planned.
  base::Status run_to_start() {
    if (host_ == nullptr) return status_;
    GADGETRY_TRY(host_->init());
    GADGETRY_TRY(host_->pre_start());
    return host_->start();
  }

  TestEnvironment environment;

 private:
  TestGuest() = default;
  void load(const std::string& bytes, HostOptions options) {
    options.name = "test";
    auto module = Module::load("test", bytes);
    if (!module.ok()) {
      status_ = std::move(module).error();
      return;
    }
    auto host = Host::create(*module, std::move(options), environment);
    if (host.ok()) {
      host_ = std::move(*host);
    } else {
      status_ = std::move(host).error();
    }
  }

  std::unique_ptr<Host> host_;
  base::Status status_;
};

// The stage of a data source, with records of bytes that the test owns.
class TestStage {
 public:
  TestStage(Host& host, data::DataSource& source, StagePlace place = StagePlace::kBeforeFormatters)
      : source_(source), stage_(host, place) {
    EXPECT_TRUE(stage_.add_fields(source).ok());
    EXPECT_TRUE(stage_.plan(source).ok());
    batch.source = &source;
    batch.arena = &arena_;
  }

  void add(const std::string& sample) {
    samples_.push_back(std::make_unique<std::string>(sample));
    blocks_.push_back(std::make_unique<std::vector<uint64_t>>(source_.added_size() / 8 + 1));
    data::Record record;
    record.sample = reinterpret_cast<const uint8_t*>(samples_.back()->data());
    record.sample_size = static_cast<uint32_t>(sample.size());
    record.added = reinterpret_cast<uint8_t*>(blocks_.back()->data());
    batch.records.push_back(record);
  }
  void process() {
    source_.counters().received += batch.records.size();
    stage_.process(batch);
  }

  data::Batch batch;

 private:
  data::DataSource& source_;
  WasmStage stage_;
  data::Arena arena_;
  std::vector<std::unique_ptr<std::string>> samples_;
  std::vector<std::unique_ptr<std::vector<uint64_t>>> blocks_;
};

}  // namespace gadgetry::wasm
