// What a record is made of: kinds, fields and where their bytes are.
//
// Kinds, flags and tags are those of the remote protocol and of the Wasm API of the ecosystem
// (Invalid 0 ... Bytes 14, array = kind | 0x10000000), so that both describe fields without translation.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gadgetry::data {

enum class Kind : uint8_t {
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
  kString = 12,   // Text in the added block: the bytes are elsewhere, their length is known
  kCString = 13,  // fixed-size char array, ends at the first NUL or at the end of the array
  kBytes = 14,    // raw bytes; also the kind of a nested struct, whose members are its children
};

inline constexpr uint32_t kKindArrayFlag = 0x10000000;

std::string_view kind_name(Kind kind);  // "uint32", "string" ...
uint32_t kind_size(Kind kind);          // bytes of one scalar; 0 for text and bytes
bool is_integer(Kind kind);             // bool not included
bool is_signed(Kind kind);
bool is_float(Kind kind);
bool is_text(Kind kind);  // kString, kCString

// The bits of Field::flags.
enum FieldFlag : uint32_t {
  kFlagEmpty = 1,          // has no bytes of its own, only children (such as "k8s")
  kFlagContainer = 2,      // the whole sample
  kFlagHidden = 4,         // not shown by default
  kFlagHasParent = 8,      //
  kFlagStaticMember = 16,  // at a fixed place of the sample
  kFlagUnreferenced = 32,  // replaced by something else; never shown
};

// Names of the values of an enum. A set (its C name ends in "_set") has one bit for each name.
struct EnumTable {
  struct Entry {
    uint64_t value;  // sign-extended when the enum is signed
    std::string name;
  };
  std::string name;
  bool is_set = false;
  bool is_signed = false;
  std::vector<Entry> entries;  // in order of declaration
};

// Which memory of a Record holds the bytes.
enum class Slot : uint8_t {
  kSample,  // the eBPF sample: read-only, possibly shorter than the struct (missing bytes are zero)
  kAdded,   // the block of fields added by stages; always whole
};

using Annotations = std::map<std::string, std::string, std::less<>>;

struct Field {
  uint32_t index = 0;     // position in DataSource::fields()
  std::string name;       // "pid"
  std::string full_name;  // "proc.pid"
  Kind kind = Kind::kInvalid;
  bool is_array = false;

  Slot slot = Slot::kSample;
  uint32_t offset = 0;  // bytes from the start of the slot; in an array of structs, from the start of the element
  uint32_t size = 0;    // bytes of the whole field (all elements); for kString and dynamic kBytes sizeof(Text)
  uint32_t count = 1;   // elements, when is_array
  uint32_t stride = 0;  // bytes from one element to the next, when is_array
  // An array whose length each record decides (is_array is set, count is 0): the slot holds a Text {pointer to the
  // elements, number of elements}, stride bytes each. See list_record() and element_count() in access.hpp.
  bool is_list = false;
  uint8_t bit_offset = 0;  // from the least significant bit of the little-endian integer at offset
  uint8_t bit_size = 0;    // 0: not a bit-field
  bool is_dynamic = false;  // kString, or kBytes whose slot holds a Text {pointer, length}

  uint32_t flags = 0;
  int32_t parent = -1;             // index, or -1
  std::vector<uint32_t> children;  // in order of declaration
  int32_t order = 0;               // shown in ascending (order, rank)
  uint32_t rank = 0;
  Annotations annotations;
  std::vector<std::string> tags;
  std::shared_ptr<const EnumTable> enumeration;  // null unless the C type is an enum

  // Set before the first record by whoever reads the field (output, filter, sort ...): stages skip the work for
  // fields that nobody needs. See Stage::plan.
  bool needed = false;

  bool hidden() const { return (flags & kFlagHidden) != 0; }
  bool unreferenced() const { return (flags & kFlagUnreferenced) != 0; }
  bool is_struct() const { return !children.empty(); }
  // An array whose elements are structs: children hold offsets from the start of an element.
  bool is_struct_array() const { return is_array && is_struct(); }
  bool has_tag(std::string_view tag) const;
  // The annotation's value, or fallback.
  std::string_view annotation(std::string_view key, std::string_view fallback = {}) const;
};

}  // namespace gadgetry::data
