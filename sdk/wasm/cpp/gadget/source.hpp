// Data sources and the callbacks that see their events.
#pragma once

#include "data.hpp"
#include "format.hpp"

namespace gadget {

enum class SourceType : uint32_t { kSingle = 1, kArray = 2 };

/// When a callback is called, compared to others and to what the host does: lower ones come first.
enum Priority : int32_t {
  kBeforeFormatters = 0,  ///< up to here: before texts are made from numbers
  kBeforeFilter = 9000,   ///< up to here: before the filter of the user
  kAfterFilter = 9001,    ///< from here on: only what passed filter and limit
};

struct Output;

/// A data source: where events come from, or where the module sends its own to.
class Source {
 public:
  constexpr explicit Source(uint32_t handle = 0) : handle_(handle) {}
  constexpr uint32_t handle() const { return handle_; }
  constexpr explicit operator bool() const { return handle_ != 0; }

  template <uint32_t N>
  Text name(FixedString<N>& out) const {
    uint32_t size = 0;
    out.clear();
    if (gadget_v2_sourceName(handle_, detail::ref(out.data(), N), &size) == 0) out.set_size(size);
    return out.text();
  }
  Result<SourceType> type() const {
    uint32_t type = 0;
    Status status = Status::of(gadget_v2_sourceType(handle_, &type));
    return {static_cast<SourceType>(type), status};
  }
  /// Sets an annotation of the data source, such as cli.default-output-mode. Until gadgetPreStart ends.
  Status set_attribute(Text key, Text value) const {
    return Status::of(gadget_v2_sourceSetAttribute(handle_, detail::ref(key), detail::ref(value)));
  }

  /// A field by its full name ("proc.pid"); false in a condition when there is none. T must fit the field:
  /// numbers of its size, bool, gadget::Text, gadget::Bytes. Look fields up once, in gadgetInit or
  /// gadgetStart, not for each event.
  template <class T>
  Field<T> field(Text name) const {
    return Field<T>(gadget_ig_dataSourceGetField(handle_, detail::ref(name)));
  }
  /// The same for an array.
  template <class T>
  ListField<T> list_field(Text name) const {
    return ListField<T>(gadget_ig_dataSourceGetField(handle_, detail::ref(name)));
  }
  /// The field at an index, in order of declaration. kNotFound past the last.
  Result<AnyField> field_at(uint32_t index) const {
    uint32_t field = 0;
    Status status = Status::of(gadget_v2_fieldAt(handle_, index, &field));
    return {AnyField(field), status};
  }
  /// Adds a field. In gadgetInit and gadgetPreStart. A name that exists is an error (false in a condition).
  template <class T>
  Field<T> add_field(Text name) const {
    return Field<T>(gadget_ig_dataSourceAddField(handle_, detail::ref(name), detail::kind_number<T>()));
  }
  /// The same, shown behind the field `after`.
  template <class T>
  Result<Field<T>> add_field(Text name, AnyField after) const {
    uint32_t field = 0;
    Status status = add(name, detail::kind_number<T>(), 0, after, &field);
    return {Field<T>(field), status};
  }
  /// Adds an array whose length each event decides (ListField::resize).
  template <class T>
  Result<ListField<T>> add_list(Text name, AnyField after = AnyField()) const {
    uint32_t field = 0;
    Status status = add(name, detail::kind_number<T>(), 1, after, &field);
    return {ListField<T>(field), status};
  }

  /// Has `f` called for each event, or each row of each array. For functions and for lambdas without
  /// captures, as all callbacks: source.subscribe([](gadget::Source, gadget::Event event) { ... });
  template <int Unique = 0>
  Status subscribe(void (*f)(Source, Event), int32_t priority = kBeforeFormatters) const {
    return subscribe_as<Unique>(1, reinterpret_cast<uintptr_t>(f), priority);
  }
  /// Has `f` called for each array.
  template <int Unique = 0>
  Status subscribe_array(void (*f)(Source, Array), int32_t priority = kBeforeFormatters) const {
    return subscribe_as<Unique>(2, reinterpret_cast<uintptr_t>(f), priority);
  }
  /// Has `f` called for each packet.
  template <int Unique = 0>
  Status subscribe_packet(void (*f)(Source, Packet), int32_t priority = kBeforeFormatters) const {
    return subscribe_as<Unique>(3, reinterpret_cast<uintptr_t>(f), priority);
  }
  /// Lets the user choose `-o NAME` for this data source: `f` writes its text with gadget::print(). In
  /// gadgetInit only.
  template <int Unique = 0>
  Status output_mode(Text name, void (*f)(const Output&)) const;

  /// A new event, all fields zero or empty; to be emitted or released.
  Event new_event() const { return Event(gadget_ig_dataSourceNewPacketSingle(handle_)); }
  /// A new, empty array; to be emitted or released.
  Array new_array() const { return Array(gadget_ig_dataSourceNewPacketArray(handle_)); }
  /// Sends an event or an array on its way to the output, then frees it. From gadgetStart on.
  Status emit(Event event) const { return emit(event.handle()); }
  Status emit(Array array) const { return emit(array.handle()); }
  /// Frees an event or an array without sending it.
  Status release(Event event) const { return release(event.handle()); }
  Status release(Array array) const { return release(array.handle()); }

  /// Its events are not shown: they go to the callbacks of modules only.
  Status unreference() const { return Status::of_v1(gadget_ig_dataSourceUnreference(handle_)); }
  bool is_referenced() const { return gadget_ig_dataSourceIsReferenced(handle_) == 1; }

 private:
  Status add(Text name, uint32_t kind, uint32_t list, AnyField after, uint32_t* field) const {
    return Status::of(gadget_v2_fieldAdd(handle_, detail::ref(name), kind, list, after.handle(), field));
  }
  template <int Unique>
  Status subscribe_as(uint32_t type, uintptr_t f, int32_t priority) const;
  Status emit(uint32_t packet) const {
    return Status::of_v1(gadget_ig_dataSourceEmitAndRelease(handle_, packet));
  }
  Status release(uint32_t packet) const {
    return Status::of_v1(gadget_ig_dataSourceRelease(handle_, packet));
  }

  uint32_t handle_;
};

/// The data source of this name; false in a condition when there is none.
inline Source get_source(Text name) {
  return Source(gadget_ig_getDataSource(detail::ref(name)));
}

/// Makes a data source. In gadgetInit only. One of the same name is replaced.
inline Source new_source(Text name, SourceType type) {
  return Source(gadget_ig_newDataSource(detail::ref(name), static_cast<uint32_t>(type)));
}

/// The data source at an index. kNotFound past the last.
inline Result<Source> source_at(uint32_t index) {
  uint32_t source = 0;
  Status status = Status::of(gadget_v2_sourceAt(index, &source));
  return {Source(source), status};
}

namespace detail {

// A callback is known to the host by its type and the address of its function: nothing has to be kept here.
// The exports are templates, as are the functions that need them, so that only modules that use one have it.
template <int>
__attribute__((export_name("dataSourceCallback"))) void data_callback(uint64_t callback, uint32_t source,
                                                                      uint32_t data) {
  auto f = static_cast<uintptr_t>(static_cast<uint32_t>(callback));
  switch (static_cast<uint32_t>(callback >> 32)) {
    case 1:
      return reinterpret_cast<void (*)(Source, Event)>(f)(Source(source), Event(data));
    case 2:
      return reinterpret_cast<void (*)(Source, Array)>(f)(Source(source), Array(data));
    default:
      return reinterpret_cast<void (*)(Source, Packet)>(f)(Source(source), Packet(data));
  }
}

}  // namespace detail

template <int Unique>
Status Source::subscribe_as(uint32_t type, uintptr_t f, int32_t priority) const {
  (void)&detail::data_callback<Unique>;
  return Status::of_v1(
      gadget_ig_dataSourceSubscribe(handle_, type, priority, static_cast<uint64_t>(type) << 32 | f));
}

// ---- Output modes ----

/// What an output mode is asked to write.
struct Output {
  Source source;
  uint32_t data;  ///< handle of the event or array
  bool is_end;    ///< nothing more comes; there is no event

  Event event() const { return Event(data); }
  Array array() const { return Array(data); }
};

namespace detail {

template <int>
__attribute__((export_name("gadgetOutput"))) void output_callback(uint64_t callback, uint32_t source,
                                                                  uint32_t data, uint32_t end) {
  auto f = static_cast<uintptr_t>(callback);
  reinterpret_cast<void (*)(const Output&)>(f)(Output{Source(source), data, end != 0});
  output_text().flush();
}

}  // namespace detail

template <int Unique>
Status Source::output_mode(Text name, void (*f)(const Output&)) const {
  (void)&detail::output_callback<Unique>;
  return Status::of(gadget_v2_outputModeAdd(handle_, detail::ref(name), reinterpret_cast<uintptr_t>(f)));
}

}  // namespace gadget
