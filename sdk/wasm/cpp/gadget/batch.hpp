// Many events in one call, laid out flat in this module's memory: reading a field is a load.
//
//   using Opens = gadget::Batch<uint32_t, gadget::Writable<gadget::Text>>;
//   enum { kPid, kName };  // its columns, in the order of the types
//   Opens opens;
//   gadget::BatchBuffer<32768> buffer;
//
//   GADGET_INIT {
//     gadget::Source open = gadget::get_source("open");
//     gadget::Status status = opens.subscribe(open, {"proc.pid", "fname"}, buffer, [](Opens::Rows rows) {
//       for (Opens::Row row : rows) {
//         if (row.get<kPid>() == 1) row.drop();
//       }
//     });
//     return status ? 0 : gadget::fail("open: ", gadget::Status::message());
//   }
#pragma once

#include "source.hpp"

namespace gadget {

/// A column that the module may write.
template <class T>
struct Writable {};

/// A column with an array of numbers.
template <class T>
struct List {};

/// Where the host puts the records of a batch, and their texts. A static variable, of at least 4096 bytes;
/// the bigger, the more records at once.
template <uint32_t N>
struct BatchBuffer {
  static_assert(N >= 4096, "a buffer of a batch has at least 4096 bytes");
  alignas(8) uint8_t bytes[N];
};

namespace detail {

// The value that a column gives, and what stands in the record.
template <class T>
struct Column {
  using Value = T;
  using Stored = T;
  static constexpr bool kIsWritable = false;
  static constexpr bool kIsReference = false;
};
struct Reference {
  uint32_t address;
  uint32_t size;
};
template <class T>
struct ReferenceColumn {
  using Value = T;
  using Stored = Reference;
  static constexpr bool kIsWritable = false;
  static constexpr bool kIsReference = true;
};
template <>
struct Column<Text> : ReferenceColumn<Text> {};
template <>
struct Column<Bytes> : ReferenceColumn<Bytes> {};
template <class T>
struct Column<List<T>> : ReferenceColumn<Span<const T>> {};
template <class T>
struct Column<Writable<T>> : Column<T> {
  static constexpr bool kIsWritable = true;
};

template <uint32_t I, class First, class... Rest>
struct ColumnAt : ColumnAt<I - 1, Rest...> {};
template <class First, class... Rest>
struct ColumnAt<0, First, Rest...> : Column<First> {};

// What the export finds behind the callback's number: the address of a batch starts with how it is called.
struct AnyBatch {
  void (*call)(AnyBatch& batch, Source source, uint8_t* records, uint32_t count) = nullptr;
};

template <int>
__attribute__((export_name("gadgetBatch"))) void batch_callback(uint64_t callback, uint32_t source,
                                                                uint32_t records, uint32_t count) {
  auto* batch = reinterpret_cast<AnyBatch*>(static_cast<uintptr_t>(callback));
  batch->call(*batch, Source(source), reinterpret_cast<uint8_t*>(static_cast<uintptr_t>(records)), count);
}

template <class T>
T load(const uint8_t* from) {
  T value;
  __builtin_memcpy(&value, from, sizeof(T));
  return value;
}
template <class T>
void store(uint8_t* to, T value) {
  __builtin_memcpy(to, &value, sizeof(T));
}

}  // namespace detail

/// A batch callback with typed columns: numbers, bool, Text, Bytes, List<number>, and Writable<> of these. A
/// variable of the module: it must live as long as it is subscribed.
template <class... Columns>
class Batch : detail::AnyBatch {
  static constexpr uint32_t kCount = sizeof...(Columns);
  static_assert(kCount > 0, "a batch has at least one column");
  template <uint32_t I>
  using At = detail::ColumnAt<I, Columns...>;
  enum : uint32_t { kDrop = 1, kChanged = 2, kCut = 256 };

 public:
  /// One record. What it gives is valid until the callback returns.
  class Row {
   public:
    Row(const Batch& batch, uint8_t* record) : batch_(batch), record_(record) {}

    /// The value of column I. Texts, bytes and arrays stay where they are, in the buffer.
    template <uint32_t I>
    typename At<I>::Value get() const {
      auto stored = detail::load<typename At<I>::Stored>(at<I>());
      if constexpr (At<I>::kIsReference) {
        using Value = typename At<I>::Value;
        return make<Value>(stored);
      } else {
        return stored;
      }
    }
    /// Writes column I, which must be Writable. A text or array is not copied before the callback returns: it
    /// must last that long (a literal, a static variable, a part of what get() gave).
    template <uint32_t I>
    void set(typename At<I>::Value value) const {
      static_assert(At<I>::kIsWritable, "the column is not gadget::Writable");
      if constexpr (At<I>::kIsReference) {
        auto address = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(value.data()));
        detail::store(at<I>(), detail::Reference{address, value.size()});
      } else {
        detail::store(at<I>(), value);
      }
      set_verdict(kChanged);
    }
    /// Later callbacks and the output do not see the record; it counts as filtered.
    void drop() const { set_verdict(kDrop); }
    /// Takes back set() and drop(): the record stays as it was.
    void forget() const { detail::store(record_, 0u); }
    /// Whether the buffer was too small for this record's texts, so that one was cut.
    bool is_cut() const { return (verdict() & kCut) != 0; }
    /// The number of the record in the batch of the host, which may be more than one call.
    uint32_t index() const { return detail::load<uint32_t>(record_ + 4); }

   private:
    template <uint32_t I>
    uint8_t* at() const {
      return record_ + batch_.offsets_[I];
    }
    template <class Value>
    static Value make(detail::Reference stored) {
      using Element = decltype(Value().data());
      return Value(reinterpret_cast<Element>(static_cast<uintptr_t>(stored.address)), stored.size);
    }
    uint32_t verdict() const { return detail::load<uint32_t>(record_); }
    void set_verdict(uint32_t bit) const { detail::store(record_, verdict() | bit); }

    const Batch& batch_;
    uint8_t* record_;
  };

  /// The records of one call.
  class Rows {
   public:
    Rows(const Batch& batch, Source source, uint8_t* records, uint32_t count)
        : batch_(batch), source_(source), records_(records), count_(count) {}
    Source source() const { return source_; }
    uint32_t size() const { return count_; }
    Row operator[](uint32_t index) const { return Row(batch_, records_ + batch_.stride_ * index); }

    class Iterator {
     public:
      Iterator(const Batch& batch, uint8_t* record) : batch_(batch), record_(record) {}
      Row operator*() const { return Row(batch_, record_); }
      Iterator& operator++() {
        record_ += batch_.stride_;
        return *this;
      }
      bool operator!=(const Iterator& other) const { return record_ != other.record_; }

     private:
      const Batch& batch_;
      uint8_t* record_;
    };
    Iterator begin() const { return Iterator(batch_, records_); }
    Iterator end() const { return Iterator(batch_, records_ + batch_.stride_ * count_); }

   private:
    const Batch& batch_;
    Source source_;
    uint8_t* records_;
    uint32_t count_;
  };

  constexpr Batch() = default;
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  /// Has `f` called with the records of `source`. The names are those of the columns' fields, in their order.
  /// kNotFound: a field does not exist; kInvalid: its type is not that of its column; kUnsupported: the host
  /// has no batches, subscribe to single events instead.
  template <uint32_t N, uint32_t Size>
  Status subscribe(Source source, const Text (&names)[N], BatchBuffer<Size>& buffer, void (*f)(Rows),
                   int32_t priority = kBeforeFormatters) {
    static_assert(N == kCount, "as many names as columns");
    static constexpr bool kWritable[] = {detail::Column<Columns>::kIsWritable...};
    static constexpr uint32_t kSizes[] = {sizeof(typename detail::Column<Columns>::Stored)...};
    (void)&detail::batch_callback<0>;
    gadget_view_field view[kCount];
    for (uint32_t i = 0; i < kCount; i++) {
      uint32_t field = gadget_ig_dataSourceGetField(source.handle(), detail::ref(names[i]));
      if (field == 0) return Code::kNotFound;
      view[i] = {field, kWritable[i] ? 1u : 0u, 0, 0};
    }
    call = [](AnyBatch& batch, Source from, uint8_t* records, uint32_t count) {
      auto& self = static_cast<Batch&>(batch);
      self.callback_(Rows(self, from, records, count));
    };
    callback_ = f;
    auto id = static_cast<uint64_t>(reinterpret_cast<uintptr_t>(static_cast<AnyBatch*>(this)));
    Status status = Status::of(gadget_v2_subscribeBatch(source.handle(), priority, id, view, kCount,
                                                        detail::ref(buffer.bytes, Size), &stride_));
    for (uint32_t i = 0; i < kCount; i++) {
      if (status.ok() && view[i].size != kSizes[i]) status = Code::kInvalid;
      offsets_[i] = view[i].offset;
    }
    if (!status.ok()) call = [](AnyBatch&, Source, uint8_t*, uint32_t) {};
    return status;
  }

 private:
  void (*callback_)(Rows) = nullptr;
  uint32_t stride_ = 0;
  uint32_t offsets_[kCount] = {};
};

}  // namespace gadget
