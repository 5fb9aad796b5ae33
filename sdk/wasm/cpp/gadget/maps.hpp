// eBPF maps and perf buffers. From gadgetStart on; close() what functions open (or use gadget::Scoped).
#pragma once

#include "base.hpp"

namespace gadget {

/// Types of maps, as the kernel numbers them; others can be cast from its numbers.
enum class MapType : uint32_t {
  kHash = 1,
  kArray = 2,
  kPerfEventArray = 4,
  kPerCpuHash = 5,
  kPerCpuArray = 6,
  kStackTrace = 7,
  kLruHash = 9,
  kLruPerCpuHash = 10,
  kLpmTrie = 11,
  kArrayOfMaps = 12,
  kHashOfMaps = 13,
  kQueue = 22,
  kStack = 23,
  kRingBuf = 27,
};

/// What an update may do.
enum class Update : uint64_t { kAny = 0, kOnlyNew = 1, kOnlyExisting = 2, kWithLock = 4 };

/// CPUs for which per-CPU maps have a value; 0 on an error.
inline uint32_t cpu_count() {
  uint32_t count = 0;
  return gadget_v2_cpuCount(&count) == 0 ? count : 0;
}

/// A map whose keys and values have the layout of these structs, as the eBPF program declares them. Maps of
/// maps have uint32_t as value: the handle of a map, see inner().
template <class Key, class Value>
class Map {
  static_assert(__is_trivially_copyable(Key) && __is_trivially_copyable(Value),
                "keys and values are plain structs");

 public:
  constexpr explicit Map(uint32_t handle = 0) : handle_(handle) {}
  /// A map of the gadget's eBPF object; false in a condition when there is none.
  static Map open(Text name) { return Map(gadget_ig_getMap(detail::ref(name))); }
  /// A new map.
  static Map create(Text name, MapType type, uint32_t max_entries) {
    return Map(gadget_ig_newMap(detail::ref(name), static_cast<uint32_t>(type), sizeof(Key), sizeof(Value),
                                max_entries));
  }
  constexpr uint32_t handle() const { return handle_; }
  constexpr explicit operator bool() const { return handle_ != 0; }

  /// Whether there is an entry; its value.
  bool lookup(const Key& key, Value& value) const {
    return gadget_ig_mapLookup(handle_, ref(key), detail::ref(&value, sizeof(Value))) == 0;
  }
  Status update(const Key& key, const Value& value, Update how = Update::kAny) const {
    return Status::of_v1(gadget_ig_mapUpdate(handle_, ref(key), ref(value), static_cast<uint64_t>(how)));
  }
  /// Deletes an entry. Fails when there is none.
  Status remove(const Key& key) const { return Status::of_v1(gadget_ig_mapDelete(handle_, ref(key))); }
  /// Reads and deletes in one step. kNotFound: there is none.
  Status take(const Key& key, Value& value) const {
    return Status::of(gadget_v2_mapLookupAndDelete(handle_, ref(key), detail::ref(&value, sizeof(Value))));
  }

  /// The first key. kEnd: the map is empty.
  Status first_key(Key& next) const {
    return Status::of(gadget_v2_mapNextKey(handle_, 0, detail::ref(&next, sizeof(Key))));
  }
  /// The key after `key`. kEnd after the last.
  Status next_key(const Key& key, Key& next) const {
    return Status::of(gadget_v2_mapNextKey(handle_, ref(key), detail::ref(&next, sizeof(Key))));
  }
  /// Calls f(key, value) for each entry, which it may delete. Entries that come or go meanwhile may be
  /// missed.
  template <class F>
  void for_each(F&& f) const {
    Key key;
    bool more = first_key(key).ok();
    while (more) {
      Key next;
      more = next_key(key, next).ok();
      Value value;
      if (lookup(key, value)) f(key, value);
      key = next;
    }
  }
  /// Reads many entries in one call: up to the size of both spans, from `cursor`, which is 0 at first. Gives
  /// how many; the status is kEnd with the last ones. With `remove` they are deleted.
  Result<uint32_t> lookup_batch(uint32_t& cursor, Span<Key> keys, Span<Value> values,
                                bool remove = false) const {
    uint32_t count = keys.size() < values.size() ? keys.size() : values.size();
    uint32_t code = gadget_v2_mapLookupBatch(
        handle_, &cursor, detail::ref(keys.data(), count * static_cast<uint32_t>(sizeof(Key))),
        detail::ref(values.data(), count * static_cast<uint32_t>(sizeof(Value))), &count, remove ? 1 : 0);
    Status status = Status::of(code);
    return {status.ok() || status.code() == Code::kEnd ? count : 0, status};
  }

  /// The value of one CPU in a per-CPU map.
  Status lookup_cpu(const Key& key, uint32_t cpu, Value& value) const {
    return Status::of(gadget_v2_mapLookupCpu(handle_, ref(key), cpu, detail::ref(&value, sizeof(Value))));
  }
  /// The values of all CPUs (cpu_count() of them) in a per-CPU map. Each takes a multiple of 8 bytes.
  bool lookup_all_cpus(const Key& key, Span<Value> values) const {
    static_assert(sizeof(Value) % 8 == 0, "values of per-CPU maps take a multiple of 8 bytes");
    return gadget_ig_mapLookup(handle_, ref(key), span_ref(values)) == 0;
  }
  Status update_all_cpus(const Key& key, Span<const Value> values, Update how = Update::kAny) const {
    static_assert(sizeof(Value) % 8 == 0, "values of per-CPU maps take a multiple of 8 bytes");
    return Status::of_v1(
        gadget_ig_mapUpdate(handle_, ref(key), span_ref(values), static_cast<uint64_t>(how)));
  }

  /// The inner map of a map of maps; close() it. False in a condition when there is none.
  template <class InnerKey, class InnerValue>
  Map<InnerKey, InnerValue> inner(const Key& key) const {
    static_assert(sizeof(Value) == 4, "values of maps of maps are handles");
    uint32_t handle = 0;
    bool found = gadget_ig_mapLookup(handle_, ref(key), detail::ref(&handle, sizeof(handle))) == 0;
    return Map<InnerKey, InnerValue>(found ? handle : 0);
  }

  /// Ends the handle, and a map that create() made unless a map of maps holds it.
  Status close() const {
    if (gadget_ig_mapRelease(handle_) == 0) return Code::kOk;
    return release_handle(handle_);
  }

 private:
  template <class T>
  static uint64_t ref(const T& object) {
    return detail::ref(&object, sizeof(T));
  }
  template <class T>
  static uint64_t span_ref(Span<T> values) {
    return detail::ref(values.data(), values.size() * static_cast<uint32_t>(sizeof(T)));
  }

  uint32_t handle_;
};

/// Reads raw samples from a perf event array.
class PerfReader {
 public:
  constexpr explicit PerfReader(uint32_t handle = 0) : handle_(handle) {}
  /// `size` bytes for each CPU. Overwritable: the newest samples are kept; pause() before they are read.
  template <class Key, class Value>
  static PerfReader open(Map<Key, Value> map, uint32_t size, bool overwritable) {
    return PerfReader(gadget_ig_newPerfReader(map.handle(), size, overwritable ? 1 : 0));
  }
  constexpr uint32_t handle() const { return handle_; }
  constexpr explicit operator bool() const { return handle_ != 0; }

  /// Copies one sample, with the bytes the kernel appends to align it. kEnd: there is none (of an
  /// overwritable buffer; others wait for one).
  Status read(Span<uint8_t> buffer) const {
    int32_t result = gadget_ig_perfReaderRead(handle_, detail::ref(buffer.data(), buffer.size()));
    return result == 2 ? Code::kEnd : result == 0 ? Code::kOk : Code::kIo;
  }
  Status pause() const { return Status::of_v1(gadget_ig_perfReaderPause(handle_)); }
  Status resume() const { return Status::of_v1(gadget_ig_perfReaderResume(handle_)); }
  Status close() const { return Status::of_v1(gadget_ig_perfReaderClose(handle_)); }

 private:
  uint32_t handle_;
};

}  // namespace gadget
