// Events, arrays and fields. All of them are handles: as small as a number, copied freely, owned by the host.
#pragma once

#include "base.hpp"

namespace gadget {

/// What a field holds. The numbers are part of the interface.
enum class Kind : uint32_t {
  kInvalid = 0,
  kBool = 1,
  kInt8 = 2,
  kInt16 = 3,
  kInt32 = 4,
  kInt64 = 5,
  kUint8 = 6,
  kUint16 = 7,
  kUint32 = 8,
  kUint64 = 9,
  kFloat32 = 10,
  kFloat64 = 11,
  kString = 12,   ///< text of any length
  kCString = 13,  ///< text in a place of fixed size, up to the first NUL
  kBytes = 14,
};

namespace detail {

template <class T>
constexpr Kind number_kind() {
  constexpr uint32_t kLog = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3;
  if constexpr (is_same<T, bool>) {
    return Kind::kBool;
  } else if constexpr (is_same<T, float>) {
    return Kind::kFloat32;
  } else if constexpr (is_same<T, double>) {
    return Kind::kFloat64;
  } else {
    static_assert(__is_integral(T), "fields are numbers, bool, gadget::Text or gadget::Bytes");
    return static_cast<Kind>((T(-1) < T(0) ? 2 : 6) + kLog);
  }
}

/// The kind of fields of T.
template <class T>
constexpr Kind kind_of() {
  if constexpr (is_same<T, Text>) {
    return Kind::kString;
  } else if constexpr (is_same<T, Bytes>) {
    return Kind::kBytes;
  } else {
    return number_kind<T>();
  }
}

// Numbers travel in 64 bits: integers extended, floats as their bits.
template <class T>
T from_bits(uint64_t bits) {
  if constexpr (is_same<T, float>) {
    return __builtin_bit_cast(float, static_cast<uint32_t>(bits));
  } else if constexpr (is_same<T, double>) {
    return __builtin_bit_cast(double, bits);
  } else if constexpr (is_same<T, bool>) {
    return static_cast<uint8_t>(bits) != 0;
  } else {
    return static_cast<T>(bits);
  }
}

template <class T>
uint64_t to_bits(T value) {
  if constexpr (is_same<T, float>) {
    return __builtin_bit_cast(uint32_t, value);
  } else if constexpr (is_same<T, double>) {
    return __builtin_bit_cast(uint64_t, value);
  } else {
    return static_cast<uint64_t>(value);
  }
}

template <class T>
constexpr uint32_t kind_number() {
  return static_cast<uint32_t>(kind_of<T>());
}

}  // namespace detail

/// One event, or one row of an array. Within a callback it is valid until that returns.
class Event {
 public:
  constexpr explicit Event(uint32_t handle = 0) : handle_(handle) {}
  constexpr uint32_t handle() const { return handle_; }
  constexpr explicit operator bool() const { return handle_ != 0; }

  /// Later callbacks and the output do not see it; it counts as filtered. Within a callback only.
  Status drop() const { return Status::of(gadget_v2_dataDrop(handle_)); }

 private:
  uint32_t handle_;
};

/// An array: what a data source of arrays sends at once.
class Array {
 public:
  constexpr explicit Array(uint32_t handle = 0) : handle_(handle) {}
  constexpr uint32_t handle() const { return handle_; }
  constexpr explicit operator bool() const { return handle_ != 0; }

  /// Rows.
  uint32_t size() const { return static_cast<uint32_t>(gadget_ig_dataArrayLen(handle_)); }
  /// The row at an index up to 32767. Costs no handle.
  Event operator[](uint32_t index) const { return Event(gadget_ig_dataArrayGet(handle_, index)); }
  /// A new row, all fields zero or empty. It becomes part of the array by append().
  Event new_row() const { return Event(gadget_ig_dataArrayNew(handle_)); }
  /// Appends a row made by new_row(); its handle ends.
  Status append(Event row) const { return Status::of_v1(gadget_ig_dataArrayAppend(handle_, row.handle())); }
  /// Frees a row that is not wanted after all.
  Status discard(Event row) const { return Status::of_v1(gadget_ig_dataArrayRelease(handle_, row.handle())); }
  /// Drops all of it. Within a callback only.
  Status drop() const { return Status::of(gadget_v2_dataDrop(handle_)); }

 private:
  uint32_t handle_;
};

/// A whole packet as a packet callback sees it: of a data source of single events its event, of one of arrays
/// its array.
class Packet {
 public:
  constexpr explicit Packet(uint32_t handle = 0) : handle_(handle) {}
  constexpr uint32_t handle() const { return handle_; }
  Event event() const { return Event(handle_); }
  Array array() const { return Array(handle_); }
  Status drop() const { return Status::of(gadget_v2_dataDrop(handle_)); }

 private:
  uint32_t handle_;
};

/// What a field is.
struct FieldInfo {
  uint32_t kind;       ///< of an element; arrays: | kArrayFlag
  uint32_t flags;      ///< of the host
  uint32_t size;       ///< of an element, bytes
  uint32_t count;      ///< elements; 0: each record decides
  uint32_t stride;     ///< bytes from one element to the next
  uint32_t is_struct;  ///< 1: its members are fields of their own
  static constexpr uint32_t kArrayFlag = 0x10000000;
};
static_assert(sizeof(FieldInfo) == 24);

/// What fields of every type have. Changes of how a field is shown are possible until gadgetPreStart ends.
class AnyField {
 public:
  constexpr explicit AnyField(uint32_t handle = 0) : handle_(handle) {}
  constexpr uint32_t handle() const { return handle_; }
  constexpr explicit operator bool() const { return handle_ != 0; }

  /// Its full name ("proc.pid"); empty on an error.
  template <uint32_t N>
  Text name(FixedString<N>& out) const {
    uint32_t size = 0;
    out.clear();
    if (gadget_v2_fieldName(handle_, detail::ref(out.data(), N), &size) == 0) out.set_size(size);
    return out.text();
  }
  Result<FieldInfo> info() const {
    Result<FieldInfo> out;
    out.status = Status::of(gadget_v2_fieldInfo(handle_, detail::ref(&out.value, sizeof(out.value))));
    return out;
  }
  Status add_tag(Text tag) const { return Status::of_v1(gadget_ig_fieldAddTag(handle_, detail::ref(tag))); }
  /// Sets an annotation: columns.hidden, columns.width, columns.alignment, description ...
  Status set_attribute(Text key, Text value) const {
    return Status::of(gadget_v2_fieldSetAttribute(handle_, detail::ref(key), detail::ref(value)));
  }
  /// An annotation. kNotFound when it is not set.
  template <uint32_t N>
  Status attribute(Text key, FixedString<N>& out) const {
    uint32_t size = 0;
    out.clear();
    uint32_t code = gadget_v2_fieldGetAttribute(handle_, detail::ref(key), detail::ref(out.data(), N), &size);
    if (code == 0) out.set_size(size);
    return Status::of(code);
  }
  Status hide() const { return set_attribute("columns.hidden", "true"); }
  Status show() const { return set_attribute("columns.hidden", "false"); }
  /// Fields are shown in ascending order; the default is 0.
  Status set_order(int32_t order) const { return Status::of(gadget_v2_fieldSetOrder(handle_, order)); }
  /// No output shows it or its members. It can still be read.
  Status remove() const { return Status::of(gadget_v2_fieldRemove(handle_)); }

 private:
  uint32_t handle_;
};

/// A field with a number or a bool. T must have the size of the field.
template <class T>
class Field : public AnyField {
 public:
  using AnyField::AnyField;
  static constexpr Kind kKind = detail::kind_of<T>();

  /// The value; 0 on an error (a field of another size, an event of another data source).
  T get(Event event) const {
    T value{};
    return read(event, value) ? value : T{};
  }
  /// The value, if there is no error.
  bool read(Event event, T& value) const {
    uint32_t error = 0;
    uint64_t bits = gadget_ig_fieldGetScalar(handle(), event.handle(), detail::kind_number<T>(),
                                             static_cast<uint32_t>(reinterpret_cast<uintptr_t>(&error)));
    if (error == 0) value = detail::from_bits<T>(bits);
    return error == 0;
  }
  Status set(Event event, T value) const {
    return Status::of_v1(
        gadget_ig_fieldSet(handle(), event.handle(), detail::kind_number<T>(), detail::to_bits(value)));
  }
};

/// A field with text. It is read into a buffer of the caller.
template <>
class Field<Text> : public AnyField {
 public:
  using AnyField::AnyField;
  static constexpr Kind kKind = Kind::kString;

  /// The text, up to the first NUL; valid as long as `buffer` is not changed. Empty on an error: a buffer
  /// smaller than the field, too (text of fixed size: than all of its bytes).
  template <uint32_t N>
  Text get(Event event, FixedString<N>& buffer) const {
    read(event, buffer);
    return buffer.text();
  }
  template <uint32_t N>
  bool read(Event event, FixedString<N>& buffer) const {
    buffer.clear();
    int32_t size = gadget_ig_fieldGetBuffer(handle(), event.handle(), static_cast<uint32_t>(Kind::kBytes),
                                            detail::ref(buffer.data(), N));
    if (size > 0) buffer.set_size(detail::text_length(buffer.data(), static_cast<uint32_t>(size)));
    return size >= 0;
  }
  /// The host copies the text. A field of fixed size is filled up with NULs; text that is longer than it is
  /// an error.
  Status set(Event event, Text text) const {
    return Status::of_v1(gadget_ig_fieldSet(handle(), event.handle(), static_cast<uint32_t>(Kind::kString),
                                            detail::ref(text)));
  }
};

/// A field with bytes.
template <>
class Field<Bytes> : public AnyField {
 public:
  using AnyField::AnyField;
  static constexpr Kind kKind = Kind::kBytes;

  /// Copies the bytes into `buffer`, which must have room for all of them, and gives those that were written.
  /// Fields of other kinds can be read like this, too.
  Result<Bytes> get(Event event, Span<uint8_t> buffer) const {
    int32_t size = gadget_ig_fieldGetBuffer(handle(), event.handle(), static_cast<uint32_t>(Kind::kBytes),
                                            detail::ref(buffer.data(), buffer.size()));
    if (size < 0) return {Bytes(), Status(Code::kIo)};
    return {Bytes(buffer.data(), static_cast<uint32_t>(size)), Status()};
  }
  /// The host copies the bytes. A field of fixed size takes as many as it has only.
  Status set(Event event, Bytes bytes) const {
    return Status::of_v1(gadget_ig_fieldSet(handle(), event.handle(), static_cast<uint32_t>(Kind::kBytes),
                                            detail::ref(bytes)));
  }
};

/// An array field. Of an array of structs, the field is one of the members ("args.value") and the index that
/// of the struct.
class AnyListField : public AnyField {
 public:
  using AnyField::AnyField;

  /// Elements in this event; 0 on an error.
  uint32_t size(Event event) const {
    uint32_t length = 0;
    return gadget_v2_fieldLength(handle(), event.handle(), &length) == 0 ? length : 0;
  }
  /// Gives a list this many elements, all zero or empty. Arrays of fixed length refuse.
  Status resize(Event event, uint32_t length) const {
    return Status::of(gadget_v2_fieldSetLength(handle(), event.handle(), length));
  }
};

/// An array of numbers.
template <class T>
class ListField : public AnyListField {
 public:
  using AnyListField::AnyListField;

  /// An element; 0 on an error.
  T get(Event event, uint32_t index) const { return read(event, index).value; }
  Result<T> read(Event event, uint32_t index) const {
    uint64_t bits = 0;
    uint32_t code = gadget_v2_elementGet(handle(), event.handle(), index, detail::kind_number<T>(), &bits);
    return {code == 0 ? detail::from_bits<T>(bits) : T{}, Status::of(code)};
  }
  Status set(Event event, uint32_t index, T value) const {
    return Status::of(gadget_v2_elementSet(handle(), event.handle(), index, detail::kind_number<T>(),
                                           detail::to_bits(value)));
  }
};

/// An array of texts.
template <>
class ListField<Text> : public AnyListField {
 public:
  using AnyListField::AnyListField;

  template <uint32_t N>
  Text get(Event event, uint32_t index, FixedString<N>& buffer) const {
    read(event, index, buffer);
    return buffer.text();
  }
  template <uint32_t N>
  Status read(Event event, uint32_t index, FixedString<N>& buffer) const {
    uint32_t size = 0;
    buffer.clear();
    uint32_t code =
        gadget_v2_elementGetBuffer(handle(), event.handle(), index, detail::ref(buffer.data(), N), &size);
    if (code == 0) buffer.set_size(detail::text_length(buffer.data(), size));
    return Status::of(code);
  }
  Status set(Event event, uint32_t index, Text text) const {
    return Status::of(gadget_v2_elementSetBuffer(handle(), event.handle(), index, detail::ref(text)));
  }
};

}  // namespace gadget
