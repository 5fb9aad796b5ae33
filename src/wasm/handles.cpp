#include "wasm/handles.hpp"

#include <utility>

namespace gadgetry::wasm {
namespace {

// Generations 0 to 14: the largest handle is 15 * 4096, below 1 << 16.
constexpr uint16_t kGenerations = 15;

}  // namespace

uint32_t Handles::add(Object object) {
  if (open_ >= kMax) return 0;
  while (objects_[next_].type != ObjectType::kNone) next_ = (next_ + 1) & (kMax - 1);
  Object& slot = objects_[next_];
  object.generation = slot.generation;
  slot = std::move(object);
  open_++;
  made_++;
  uint32_t handle = (static_cast<uint32_t>(slot.generation) << 12 | next_) + 1;
  next_ = (next_ + 1) & (kMax - 1);
  return handle;
}

bool Handles::remove(uint32_t handle) {
  Object* object = find(handle);
  if (object == nullptr) return false;
  auto generation = static_cast<uint16_t>((object->generation + 1) % kGenerations);
  *object = Object{};
  object->generation = generation;
  open_--;
  return true;
}

void Handles::remove_of_packet(const Packet* packet) {
  for (uint32_t at = 0; at < kMax; at++) {
    Object& object = objects_[at];
    bool of_packet = object.type == ObjectType::kPacket || object.type == ObjectType::kRow ||
                     object.type == ObjectType::kLooseRow;
    if (of_packet && object.packet == packet) {
      remove((static_cast<uint32_t>(object.generation) << 12 | at) + 1);
    }
  }
}

void Handles::clear() {
  for (uint32_t at = 0; at < kMax; at++) {
    if (objects_[at].type != ObjectType::kNone) {
      remove((static_cast<uint32_t>(objects_[at].generation) << 12 | at) + 1);
    }
  }
}

}  // namespace gadgetry::wasm
