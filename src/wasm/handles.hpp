// Handles: what a module names the host's objects by. 0 is no handle, the first is 1.
//
// A handle is an index of the table in its low 12 bits (plus one) and a generation above them, so that one that was
// released and reused is told from the one before, and every handle fits in 16 bits (rows of arrays are named by
// 0x80000000 | index << 16 | handle of the array).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "data/data_source.hpp"
#include "data/record.hpp"

namespace gadgetry::wasm {

struct Packet;

// What is closed when its handle is released: maps, perf readers, files, sockets, timers.
class Resource {
 public:
  virtual ~Resource() = default;
};

enum class ObjectType : uint8_t {
  kNone,
  kSource,      // source
  kField,       // source, field
  kPacket,      // source, packet: all of it. A packet of a single data source is its data as well
  kRow,         // source, packet, index: one record of a live batch or packet
  kLooseRow,    // source, packet, record: made by dataArrayNew, not appended yet
  kMap,         // resource, wasm/maps.hpp
  kPerfReader,  // resource
  kFile,        // resource
  kSocket,      // resource
  kTimer,       // resource
  kReplayed,    // stands for an object of the recorded run
};

struct Object {
  ObjectType type = ObjectType::kNone;
  uint16_t generation = 0;
  uint32_t index = 0;
  data::DataSource* source = nullptr;
  data::Field* field = nullptr;
  Packet* packet = nullptr;
  data::Record* record = nullptr;
  std::unique_ptr<Resource> resource = {};
};

// A record that a callback works on, and where memory for its text comes from.
struct RecordRef {
  data::Record* record = nullptr;
  Packet* packet = nullptr;
};

class Handles {
 public:
  static constexpr uint32_t kMax = 4096;  // open at once

  Handles() : objects_(kMax) {}

  // A new handle, or 0 when too many are open. The object's generation is ignored.
  uint32_t add(Object object);
  // The object behind a handle, or null; with a type, only one of that type.
  Object* find(uint32_t handle) {
    uint32_t at = (handle - 1) & (kMax - 1);
    Object& object = objects_[at];
    bool same = handle != 0 && handle <= 0xffff && object.type != ObjectType::kNone &&
                object.generation == (handle - 1) >> 12;
    return same ? &object : nullptr;
  }
  Object* find(uint32_t handle, ObjectType type) {
    Object* object = find(handle);
    return object != nullptr && object->type == type ? object : nullptr;
  }
  template <typename T>  // the resource behind a handle of this type, or null
  T* resource(uint32_t handle, ObjectType type) {
    Object* object = find(handle, type);
    return object == nullptr ? nullptr : static_cast<T*>(object->resource.get());
  }

  // Frees a handle and destroys its resource. False when there is none. Packets are the host's to free.
  bool remove(uint32_t handle);
  // Handles of rows and packets that are gone.
  void remove_of_packet(const Packet* packet);
  void clear();
  template <typename Visit>  // calls visit(const Object&) for the open ones of this type
  void for_each(ObjectType type, Visit&& visit) const {
    for (const Object& object : objects_) {
      if (object.type == type) visit(object);
    }
  }
  uint32_t count() const { return open_; }
  // Handles made so far.
  uint64_t made() const { return made_; }

 private:
  std::vector<Object> objects_;
  uint32_t next_ = 0;
  uint32_t open_ = 0;
  uint64_t made_ = 0;
};

}  // namespace gadgetry::wasm
