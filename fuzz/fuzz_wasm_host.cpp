// All host functions of modules, with any arguments, in any order: in the lifecycle, within live events, arrays and
// batches, and within what is emitted there.
//
// The guest only says which of its exports was called, with what, and asks for a parameter: the answer is made by
// running the next calls of the input, as if the guest had made them.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "data/access.hpp"
#include "pipeline/stream.hpp"
#include "wasm/field_access.hpp"
#include "wasm/host.hpp"
#include "wasm/stage.hpp"

volatile uint64_t fuzz_wasm_host_sum;  // so that reading is not optimised away

namespace {

using namespace gadgetry;
using data::DataSource;
using data::Field;
using data::Kind;
using wasm::Host;
using wasm::ParamType;

// (module
//   (import "ig" "getParamValue" (func $p (param i64 i64) (result i32)))
//   (memory (export "memory") 1 2)
//   (func $note (param i32 i32 i32 i32) (result i32)
//     (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1))
//     (i32.store (i32.const 8) (local.get 2)) (i32.store (i32.const 12) (local.get 3))
//     (drop (call $p (i64.const 0) (i64.const 0)))
//     (i32.load (i32.const 16)))
//   (func (export "gadgetAPIVersion") (result i64) (i64.const 1))
//   (func (export "gadgetInit") (result i32) (call $note (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))
//   ... gadgetPreStart 2, gadgetStart 3, gadgetStop 4, gadgetPostStop 5
//   (func (export "dataSourceCallback") (param i64 i32 i32)
//     (drop (call $note (i32.const 6) (local.get 1) (local.get 2) (i32.const 0))))
//   (func (export "gadgetBatch") (param i64 i32 i32 i32)
//     (drop (call $note (i32.const 7) (local.get 1) (local.get 2) (local.get 3))))
//   ... gadgetOutput 8, gadgetTimer 9)
constexpr uint8_t kGuest[] = {
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x28, 0x07, 0x60, 0x02, 0x7e, 0x7e, 0x01, 0x7f, 0x60, 0x04, 0x7f,
    0x7f, 0x7f, 0x7f, 0x01, 0x7f, 0x60, 0x00, 0x01, 0x7e, 0x60, 0x00, 0x01, 0x7f, 0x60, 0x03, 0x7e, 0x7f, 0x7f, 0x00, 0x60,
    0x04, 0x7e, 0x7f, 0x7f, 0x7f, 0x00, 0x60, 0x01, 0x7e, 0x00, 0x02, 0x14, 0x01, 0x02, 0x69, 0x67, 0x0d, 0x67, 0x65, 0x74,
    0x50, 0x61, 0x72, 0x61, 0x6d, 0x56, 0x61, 0x6c, 0x75, 0x65, 0x00, 0x00, 0x03, 0x0c, 0x0b, 0x01, 0x02, 0x03, 0x03, 0x03,
    0x03, 0x03, 0x04, 0x05, 0x05, 0x06, 0x05, 0x04, 0x01, 0x01, 0x01, 0x02, 0x07, 0xa7, 0x01, 0x0b, 0x06, 0x6d, 0x65, 0x6d,
    0x6f, 0x72, 0x79, 0x02, 0x00, 0x10, 0x67, 0x61, 0x64, 0x67, 0x65, 0x74, 0x41, 0x50, 0x49, 0x56, 0x65, 0x72, 0x73, 0x69,
    0x6f, 0x6e, 0x00, 0x02, 0x0a, 0x67, 0x61, 0x64, 0x67, 0x65, 0x74, 0x49, 0x6e, 0x69, 0x74, 0x00, 0x03, 0x0e, 0x67, 0x61,
    0x64, 0x67, 0x65, 0x74, 0x50, 0x72, 0x65, 0x53, 0x74, 0x61, 0x72, 0x74, 0x00, 0x04, 0x0b, 0x67, 0x61, 0x64, 0x67, 0x65,
    0x74, 0x53, 0x74, 0x61, 0x72, 0x74, 0x00, 0x05, 0x0a, 0x67, 0x61, 0x64, 0x67, 0x65, 0x74, 0x53, 0x74, 0x6f, 0x70, 0x00,
    0x06, 0x0e, 0x67, 0x61, 0x64, 0x67, 0x65, 0x74, 0x50, 0x6f, 0x73, 0x74, 0x53, 0x74, 0x6f, 0x70, 0x00, 0x07, 0x12, 0x64,
    0x61, 0x74, 0x61, 0x53, 0x6f, 0x75, 0x72, 0x63, 0x65, 0x43, 0x61, 0x6c, 0x6c, 0x62, 0x61, 0x63, 0x6b, 0x00, 0x08, 0x0b,
    0x67, 0x61, 0x64, 0x67, 0x65, 0x74, 0x42, 0x61, 0x74, 0x63, 0x68, 0x00, 0x09, 0x0c, 0x67, 0x61, 0x64, 0x67, 0x65, 0x74,
    0x4f, 0x75, 0x74, 0x70, 0x75, 0x74, 0x00, 0x0a, 0x0b, 0x67, 0x61, 0x64, 0x67, 0x65, 0x74, 0x54, 0x69, 0x6d, 0x65, 0x72,
    0x00, 0x0b, 0x0a, 0xaa, 0x01, 0x0b, 0x2a, 0x00, 0x41, 0x00, 0x20, 0x00, 0x36, 0x02, 0x00, 0x41, 0x04, 0x20, 0x01, 0x36,
    0x02, 0x00, 0x41, 0x08, 0x20, 0x02, 0x36, 0x02, 0x00, 0x41, 0x0c, 0x20, 0x03, 0x36, 0x02, 0x00, 0x42, 0x00, 0x42, 0x00,
    0x10, 0x00, 0x1a, 0x41, 0x10, 0x28, 0x02, 0x00, 0x0b, 0x04, 0x00, 0x42, 0x01, 0x0b, 0x0c, 0x00, 0x41, 0x01, 0x41, 0x00,
    0x41, 0x00, 0x41, 0x00, 0x10, 0x01, 0x0b, 0x0c, 0x00, 0x41, 0x02, 0x41, 0x00, 0x41, 0x00, 0x41, 0x00, 0x10, 0x01, 0x0b,
    0x0c, 0x00, 0x41, 0x03, 0x41, 0x00, 0x41, 0x00, 0x41, 0x00, 0x10, 0x01, 0x0b, 0x0c, 0x00, 0x41, 0x04, 0x41, 0x00, 0x41,
    0x00, 0x41, 0x00, 0x10, 0x01, 0x0b, 0x0c, 0x00, 0x41, 0x05, 0x41, 0x00, 0x41, 0x00, 0x41, 0x00, 0x10, 0x01, 0x0b, 0x0d,
    0x00, 0x41, 0x06, 0x20, 0x01, 0x20, 0x02, 0x41, 0x00, 0x10, 0x01, 0x1a, 0x0b, 0x0d, 0x00, 0x41, 0x07, 0x20, 0x01, 0x20,
    0x02, 0x20, 0x03, 0x10, 0x01, 0x1a, 0x0b, 0x0d, 0x00, 0x41, 0x08, 0x20, 0x01, 0x20, 0x02, 0x20, 0x03, 0x10, 0x01, 0x1a,
    0x0b, 0x0d, 0x00, 0x41, 0x09, 0x41, 0x00, 0x41, 0x00, 0x41, 0x00, 0x10, 0x01, 0x1a, 0x0b,
};
constexpr uint32_t kMemory = 65536;
constexpr uint32_t kResult = 16;        // what functions of the lifecycle return
constexpr uint32_t kNames = 32768;      // where kWords stand
constexpr uint32_t kView = 49152;       // of subscribeBatch
constexpr uint32_t kExportBatch = 7;
constexpr int kMaxCalls = 400;

constexpr const char* kWords[] = {"events", "rows",    "made",  "quiet", "pid",     "comm",           "low",  "args.len",
                                  "list",   "a.b.c",   "args",  "nums",  "texts",   "columns.hidden", "true", "proc",
                                  "blob",   "table.x", "u8",    "i16",   "columns.width", "NUMS",     "f32",  "last"};
constexpr uint32_t kWordBytes = 32;

// The input, read as choices; all zero behind its end.
struct Input {
  const uint8_t* data;
  size_t left;

  uint8_t byte() {
    if (left == 0) return 0;
    left--;
    return *data++;
  }
  uint32_t word() {
    uint32_t value = byte();
    for (int i = 0; i < 3; i++) value = value << 8 | byte();
    return value;
  }
};

Field* add(DataSource& source, const char* name, Kind kind, uint32_t offset, uint32_t size, int32_t parent = -1) {
  Field field;
  field.name = name;
  field.kind = kind;
  field.offset = offset;
  field.size = size;
  field.parent = parent;
  auto added = source.add_field(std::move(field));
  if (!added) std::abort();
  return *added;
}

void make_array(Field& field, uint32_t count, uint32_t stride) {
  field.is_array = true;
  field.count = count;
  field.stride = stride;
  field.size = count * stride;
}

void fill(DataSource& source) {
  add(source, "u8", Kind::kUint8, 0, 1);
  add(source, "flag", Kind::kBool, 1, 1);
  add(source, "i16", Kind::kInt16, 2, 2);
  add(source, "pid", Kind::kUint32, 4, 4);
  Field* time = add(source, "time", Kind::kUint64, 8, 8);
  time->tags.emplace_back("type:gadget_timestamp");  // moved to the added block
  add(source, "f32", Kind::kFloat32, 16, 4);
  add(source, "comm", Kind::kCString, 20, 16);
  add(source, "blob", Kind::kBytes, 36, 12);
  make_array(*add(source, "nums", Kind::kUint16, 48, 0), 4, 2);
  make_array(*add(source, "names", Kind::kCString, 56, 0), 2, 6);
  Field* proc = add(source, "proc", Kind::kBytes, 68, 8);
  add(source, "pid", Kind::kUint32, 68, 4, static_cast<int32_t>(proc->index));
  add(source, "f64", Kind::kFloat32, 72, 4, static_cast<int32_t>(proc->index));
  Field* table = add(source, "args", Kind::kBytes, 76, 0);
  make_array(*table, 3, 12);
  auto parent = static_cast<int32_t>(table->index);
  add(source, "len", Kind::kInt32, 0, 4, parent);
  make_array(*add(source, "text", Kind::kCString, 4, 0, parent), 2, 4);
  Field* low = add(source, "low", Kind::kInt32, 112, 4);
  low->bit_offset = 3;
  low->bit_size = 29;
  Field* last = add(source, "last", Kind::kUint64, 116, 8);  // the struct is packed
  last->bit_size = 64;
  source.set_sample_size(124);
}

// Reads all that an output could read.
void read_all(const DataSource& source, const data::Batch& batch) {
  uint64_t sum = fuzz_wasm_host_sum;
  for (const data::Record& record : batch.records) {
    for (const Field& field : source.fields()) {
      if (wasm::is_array_member(source, field)) continue;
      if (wasm::scalar_size(field) != 0 && !field.is_array) sum += wasm::read_scalar_bits(record, field);
      for (char c : wasm::raw_bytes(record, source, field)) sum += static_cast<uint8_t>(c);
      if (!field.is_array || (wasm::scalar_size(field) != 0 && !field.is_list)) continue;
      data::Record view = data::list_record(record, field);
      for (uint32_t i = 0; i < data::element_count(record, field); i++) {
        for (char c : data::read_text(view, field, i)) sum += static_cast<uint8_t>(c);
      }
    }
  }
  fuzz_wasm_host_sum = sum;
}

std::vector<const wasm::AbiFunction*> usable_functions() {
  // Of what asks the machine only what is cheap, and does no more than fail here.
  constexpr std::string_view kOutside[] = {"getMap",     "perfReader", "newPerfReader", "shouldDiscard", "file", "net",
                                           "clockNow",   "map"};
  std::vector<const wasm::AbiFunction*> out;
  for (const wasm::AbiFunction& function : wasm::abi_functions()) {
    bool usable = function.kind == wasm::FunctionKind::kPure && function.name != "getParamValue";
    for (std::string_view name : kOutside) usable = usable || function.name.starts_with(name);
    if (usable) out.push_back(&function);
  }
  return out;
}

class Fuzz final : public wasm::Environment {
 public:
  explicit Fuzz(Input input) : input_(input) {
    own_source("events", data::SourceType::kSingle);
    own_source("rows", data::SourceType::kArray);
    own_source("quiet", data::SourceType::kSingle);
    fill(*sources_[0]);
    fill(*sources_[1]);
  }

  void run();

  std::vector<DataSource*> sources() override {
    std::vector<DataSource*> out;
    for (auto& source : sources_) out.push_back(source.get());
    for (auto& stream : streams_) out.push_back(&stream->source());
    return out;
  }
  base::Result<DataSource*> new_source(std::string_view name, data::SourceType type) override {
    if (sources_.size() > 8) return base::Error("too many");
    return own_source(name, type);
  }
  base::Status emit(wasm::Packet& packet) override {
    for (auto& stream : streams_) {
      if (&stream->source() == packet.source) return stream->emit(packet.batch->records);
    }
    return base::Error("no such stream");
  }
  base::Status set_config(std::string_view, std::string_view) override { return {}; }
  // The guest is in one of its exports.
  std::optional<std::string> param(std::string_view) override {
    in_export();
    return "";
  }
  bpf::Object* object() override { return nullptr; }
  int mntns_filter_map() override { return -1; }

  // What an output does with a batch.
  void output(data::Batch& batch);

 private:
  DataSource* own_source(std::string_view name, data::SourceType type) {
    sources_.push_back(std::make_unique<DataSource>(std::string(name), type));
    return sources_.back().get();
  }
  base::Status make_streams();
  void give_batch();
  void in_export();
  void judge_batch(uint32_t records, uint32_t count);
  void call_function();
  uint64_t argument(const wasm::AbiParam& param);
  uint64_t call(std::string_view name, std::initializer_list<uint64_t> args);
  uint64_t word(uint32_t index) const {
    return uint64_t{std::strlen(kWords[index])} << 32 | (kNames + index * kWordBytes);
  }
  void subscribe_all();
  void match(const wasm::AbiFunction& function, uint64_t* slots);
  uint32_t handle(std::string_view name);
  uint32_t address(uint32_t span);
  uint64_t buffer();
  void fill_view();
  void learn(uint32_t handle) {
    const wasm::Object* object = host_->handles().find(handle & 0xffff);
    if (object == nullptr) return;
    bool is_source = object->type == wasm::ObjectType::kSource;
    bool is_field = object->type == wasm::ObjectType::kField;
    Known& known = is_source ? known_sources_ : is_field ? known_fields_ : known_data_;
    known.handles[known.count++ % std::size(known.handles)] = handle;
  }

  Input input_;
  int calls_ = 0;
  struct Known {
    uint32_t handles[64] = {};  // the latest
    size_t count = 0;
    uint32_t at(uint8_t choice) const {
      return count == 0 ? 0 : handles[choice % std::min(count, std::size(handles))];
    }
    uint32_t last() const { return count == 0 ? 0 : handles[(count - 1) % std::size(handles)]; }
  };
  Known known_sources_;
  Known known_fields_;
  Known known_data_;  // and whatever else has a handle
  std::vector<std::unique_ptr<DataSource>> sources_;
  std::vector<std::unique_ptr<pipeline::Stream>> streams_;
  std::unique_ptr<Host> host_;
};

class FuzzSink final : public data::Sink {
 public:
  explicit FuzzSink(Fuzz& fuzz) : fuzz_(fuzz) {}
  std::string_view name() const override { return "fuzz"; }
  void process(data::Batch& batch) override {
    batch.source->counters().delivered += batch.records.size();
    fuzz_.output(batch);
  }

 private:
  Fuzz& fuzz_;
};

// Mostly one of the type that the function wants.
uint32_t Fuzz::handle(std::string_view name) {
  uint8_t choice = input_.byte();
  if (choice >= 250) return input_.word();
  if (choice >= 240) return choice - 239u;
  if (name == "source") return known_sources_.at(choice);
  if (name == "field" || name == "after") return known_fields_.at(choice);
  if (choice < 64) return known_data_.last();
  // Sometimes a row of it.
  return choice < 200 ? known_data_.at(choice) : 0x80000000u | uint32_t{input_.byte()} << 16 | known_data_.at(choice);
}

uint32_t Fuzz::address(uint32_t span) {
  uint8_t choice = input_.byte();
  if (choice < 240) return 1024 + choice * 64u;
  if (choice < 248) return kMemory - span + (choice & 1);
  return input_.word();
}

uint64_t Fuzz::buffer() {
  uint8_t choice = input_.byte();
  if (choice < 192) {
    const char* word = kWords[choice % std::size(kWords)];
    return uint64_t{std::strlen(word)} << 32 | (kNames + choice % std::size(kWords) * kWordBytes);
  }
  uint32_t size = choice < 240 ? input_.byte() : choice < 250 ? input_.byte() * 300u : input_.word();
  return uint64_t{size} << 32 | address(size);
}

// The view of a batch: the fields are those that are known.
void Fuzz::fill_view() {
  for (uint32_t i = 0; i < 32; i++) {
    uint8_t choice = input_.byte();
    const uint32_t entry[4] = {known_fields_.at(choice), choice < 8 ? choice : uint32_t{choice} >> 7, 0, 0};
    uint8_t* at = host_->memory().range(kView + i * 16, 16);
    if (at != nullptr) std::memcpy(at, entry, sizeof entry);
  }
}

uint64_t Fuzz::argument(const wasm::AbiParam& param) {
  switch (param.type) {
    case ParamType::kHandle:
      return handle(param.name);
    case ParamType::kText:
    case ParamType::kBytes:
      return buffer();
    case ParamType::kOut: {
      uint8_t choice = input_.byte();
      uint32_t size = choice < 240 ? choice * 64u : input_.word();
      return uint64_t{size} << 32 | address(size);
    }
    case ParamType::kOut32:
    case ParamType::kIo32:
      return address(4);
    case ParamType::kOut64:
      return address(8);
    case ParamType::kFields:
      fill_view();
      return kView;
    case ParamType::kI32:
    case ParamType::kU32: {
      uint8_t choice = input_.byte();
      return choice < 240 ? choice % 18u : input_.word();
    }
    default: {
      uint8_t choice = input_.byte();
      return choice < 128 ? choice : choice < 220 ? buffer() : uint64_t{input_.word()} << 32 | input_.word();
    }
  }
}

// Data of the data source that the first argument belongs to, and the kind of that field.
void Fuzz::match(const wasm::AbiFunction& function, uint64_t* slots) {
  const wasm::Object* first = host_->handles().find(static_cast<uint32_t>(slots[0]));
  if (first == nullptr || function.params.size() < 2) return;
  auto begin = static_cast<uint32_t>(slots[1]);
  for (uint8_t i = 0; function.params[1].type == ParamType::kHandle && i < 64; i++) {
    uint32_t handle = known_data_.at(static_cast<uint8_t>(begin + i));
    const wasm::Object* object = host_->handles().find(handle & 0xffff);
    if (object == nullptr || object->source != first->source) continue;
    bool is_array = object->type == wasm::ObjectType::kPacket && object->source->type() == data::SourceType::kArray;
    slots[1] = is_array && first->field != nullptr ? 0x80000000u | handle : handle;
    break;
  }
  for (size_t i = 0; first->field != nullptr && i < function.params.size(); i++) {
    if (function.params[i].name == "kind") slots[i] = static_cast<uint64_t>(first->field->kind);
    if (function.params[i].name == "index") slots[i] %= 4;
  }
}

void Fuzz::call_function() {
  static const std::vector<const wasm::AbiFunction*> functions = usable_functions();
  const wasm::AbiFunction& function = *functions[input_.byte() % functions.size()];
  uint64_t slots[16] = {};
  uint32_t out = 0;
  for (size_t i = 0; i < function.params.size(); i++) {
    slots[i] = argument(function.params[i]);
    if (function.params[i].type == ParamType::kOut32) out = static_cast<uint32_t>(slots[i]);
  }
  if (input_.byte() < 208) match(function, slots);
  uint64_t made = host_->handles().made();
  function.function(*host_, slots);
  if (made == host_->handles().made() && function.name != "dataArrayGet") return;
  if (function.result == wasm::ResultType::kHandle) learn(static_cast<uint32_t>(slots[0]));
  if (function.result == wasm::ResultType::kStatus) learn(host_->memory().get<uint32_t>(out).value_or(0));
}

uint64_t Fuzz::call(std::string_view name, std::initializer_list<uint64_t> args) {
  uint64_t slots[16] = {};
  std::copy(args.begin(), args.end(), slots);
  const wasm::AbiFunction* function = wasm::find_abi_function(wasm::kModuleV2, name);
  if (function == nullptr) function = wasm::find_abi_function(wasm::kModuleV1, name);
  if (function == nullptr) std::abort();
  function->function(*host_, slots);
  return slots[0];
}

// What most modules begin with, so that the input need not find it.
void Fuzz::subscribe_all() {
  constexpr uint32_t kOut = 1000;
  learn(static_cast<uint32_t>(call("newDataSource", {word(2), 1})));
  for (DataSource* source : sources()) {
    uint32_t of = host_->handles().add({.type = wasm::ObjectType::kSource, .source = source});
    learn(of);
    learn(static_cast<uint32_t>(call("dataSourceAddField", {of, word(12), 12})));
    if (call("fieldAdd", {of, word(8), 8, 1, 0, kOut}) == 0) learn(host_->memory().get<uint32_t>(kOut).value_or(0));
    if (call("fieldAdd", {of, word(17), 12, 1, 0, kOut}) == 0) learn(host_->memory().get<uint32_t>(kOut).value_or(0));
    uint8_t choice = input_.byte();
    uint64_t priority = choice % 3 * 5000u;
    if ((choice & 4) == 0) call("dataSourceSubscribe", {of, 1, priority, 0});
    if ((choice & 8) == 0) call("dataSourceSubscribe", {of, 2, 0, 0});
    if ((choice & 16) != 0) {
      fill_view();
      call("subscribeBatch", {of, priority, 0, kView, choice % 7u, uint64_t{8192} << 32 | 8192, kOut});
    }
    if ((choice & 32) != 0) call("outputModeAdd", {of, word(4), 0});
  }
}

// Verdicts, values and addresses of the records, as the input wants them.
void Fuzz::judge_batch(uint32_t records, uint32_t count) {
  uint32_t stride = 8;
  for (const wasm::Subscription& subscription : host_->subscriptions()) {
    if (subscription.type == wasm::Subscription::Type::kBatch && subscription.view.buffer == records) {
      stride = subscription.view.stride;
    }
  }
  for (uint32_t row = 0; row < count && row < 64; row++) {
    uint8_t choice = input_.byte();
    host_->memory().put(records + row * stride, choice < 250 ? uint32_t{choice} & 3 : input_.word());
    for (uint32_t at = 8; at + 4 <= stride && at < 128; at += 4) {
      uint8_t what = input_.byte();
      if (what < 160) continue;
      host_->memory().put(records + row * stride + at, what < 230 ? what & 15u : input_.word());
    }
  }
}

void Fuzz::in_export() {
  wasm::GuestMemory& memory = host_->memory();
  auto which = memory.get<uint32_t>(0).value_or(0);
  auto first = memory.get<uint32_t>(4).value_or(0);
  auto second = memory.get<uint32_t>(8).value_or(0);
  auto third = memory.get<uint32_t>(12).value_or(0);
  learn(first);
  if (which != kExportBatch) learn(second);
  if (which == 1) subscribe_all();
  uint32_t calls = input_.byte() % 16u;
  if (which <= 2) calls = calls * 4;
  for (uint32_t i = 0; i < calls && calls_ < kMaxCalls && host_->active(); i++, calls_++) call_function();
  if (which == kExportBatch) judge_batch(second, third);
  uint8_t end = input_.byte();
  if (end == 255) host_->trap_after_call();
  if (end == 254) host_->pay(UINT64_MAX);
  memory.put(kResult, uint32_t{end == 253});
}

void Fuzz::output(data::Batch& batch) {
  read_all(*batch.source, batch);
  for (const wasm::OutputMode& mode : host_->output_modes()) {
    if (mode.source != batch.source || !host_->active()) continue;
    wasm::Packet packet;
    packet.is_live = true;
    packet.source = batch.source;
    packet.batch = &batch;
    bool is_array = batch.source->type() == data::SourceType::kArray;
    uint32_t data = host_->handles().add({.type = is_array ? wasm::ObjectType::kPacket : wasm::ObjectType::kRow,
                                          .source = batch.source,
                                          .packet = &packet});
    std::string text;
    if (is_array || !batch.records.empty()) (void)host_->call_output(mode, &packet, data, text);
    host_->handles().remove(data);
    host_->handles().remove_of_packet(&packet);
    (void)host_->call_output(mode, nullptr, 0, text);
  }
}

base::Status Fuzz::make_streams() {
  for (auto& source : sources_) streams_.push_back(std::make_unique<pipeline::Stream>(std::move(source)));
  sources_.clear();
  for (auto& stream : streams_) {
    for (auto place : {wasm::StagePlace::kBeforeFormatters, wasm::StagePlace::kBeforeFilter, wasm::StagePlace::kLast}) {
      if (!wasm::WasmStage::is_needed(*host_, stream->source(), place)) continue;
      stream->add_stage(std::make_unique<wasm::WasmStage>(*host_, place));
    }
    stream->set_sink(std::make_unique<FuzzSink>(*this));
    GADGETRY_TRY(stream->add_fields());
    GADGETRY_TRY(stream->plan());
  }
  return {};
}

void Fuzz::give_batch() {
  pipeline::Stream& stream = *streams_[input_.byte() % streams_.size()];
  uint8_t choice = input_.byte();
  std::vector<std::unique_ptr<uint8_t[]>> samples;  // each as long as it is: what is read beyond is seen
  for (uint32_t i = 0; i < choice % 6u; i++) {
    uint32_t size = stream.source().sample_size();
    if (choice >= 128 && size > 0) size = input_.byte() % (size + 1);
    samples.push_back(std::make_unique<uint8_t[]>(size));
    for (uint32_t at = 0; at < size; at += 7) samples.back()[at] = input_.byte();
    stream.records().push_back({.sample = samples.back().get(), .sample_size = size});
  }
  stream.process();
}

void Fuzz::run() {
  static const auto module =
      wasm::Module::load("fuzz", std::string_view(reinterpret_cast<const char*>(kGuest), sizeof kGuest));
  if (!module.ok()) std::abort();
  wasm::HostOptions options;
  options.name = "fuzz";
  options.on_trap = (input_.byte() & 1) != 0 ? wasm::TrapPolicy::kPass : wasm::TrapPolicy::kFail;
  auto host = Host::create(*module, std::move(options), *this);
  if (!host.ok()) std::abort();
  host_ = std::move(*host);
  for (uint32_t i = 0; i < std::size(kWords); i++) {
    std::memcpy(host_->memory().range(kNames + i * kWordBytes, kWordBytes), kWords[i], std::strlen(kWords[i]));
  }
  for (DataSource* source : sources()) {
    learn(host_->handles().add({.type = wasm::ObjectType::kSource, .source = source}));
    for (Field& field : source->fields()) {
      learn(host_->handles().add({.type = wasm::ObjectType::kField, .source = source, .field = &field}));
    }
  }
  if (host_->init().ok() && host_->pre_start().ok() && make_streams().ok() && host_->start().ok()) {
    for (int i = 0; i < 6 && (input_.left > 0 || i == 0); i++) {
      give_batch();
      if (host_->next_timer_ns() != INT64_MAX) host_->run_timers(host_->next_timer_ns());
    }
  }
  host_->stop();
  for (auto& stream : streams_) {
    const data::Counters& counters = stream->source().counters();
    if (counters.produced() != counters.delivered + counters.filtered + counters.lost()) std::abort();
  }
  host_->post_stop();
  host_.reset();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  base::set_log_level(base::LogLevel::kError);
  Fuzz(Input{data, size}).run();
  return 0;
}
