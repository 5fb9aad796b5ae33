// A stream of records of one shape, with its fields, annotations and counters.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "data/field.hpp"
#include "data/record.hpp"
#include "data/text_mode.hpp"

namespace gadgetry::data {

enum class SourceType : uint8_t {
  kSingle = 1,  // events, one by one
  kArray = 2,   // snapshots: every fetch gives all rows
};

// What happened to every record. produced() == delivered + filtered + lost() holds at the end of a run.
// Records cut by --max-entries count as filtered.
struct Counters {
  uint64_t received = 0;          // reached user space
  uint64_t delivered = 0;         // reached the sink
  uint64_t filtered = 0;          // dropped on purpose by a filter, a limit or a module
  uint64_t lost_ring_full = 0;    // the program found no room in the ring (or the perf buffer)
  uint64_t lost_map_full = 0;     // the program found no room in a map that is read as a table
  uint64_t lost_reader = 0;       // reader behind: overwritten, or malformed and skipped
  uint64_t lost_queue = 0;        // a queue behind the pipeline was full
  uint64_t lost_module = 0;       // a module of the gadget trapped, and the run ended with them undone

  uint64_t lost() const { return lost_ring_full + lost_map_full + lost_reader + lost_queue + lost_module; }
  uint64_t produced() const { return received + lost_ring_full + lost_map_full; }
};

class DataSource {
 public:
  DataSource(std::string name, SourceType type) : name_(std::move(name)), type_(type) {}
  DataSource(const DataSource&) = delete;
  DataSource& operator=(const DataSource&) = delete;

  const std::string& name() const { return name_; }
  SourceType type() const { return type_; }

  // Fields never move once added; pointers to them stay valid.
  std::deque<Field>& fields() { return fields_; }
  const std::deque<Field>& fields() const { return fields_; }
  Field* find(std::string_view full_name);
  const Field* find(std::string_view full_name) const;
  // The names find() knows, for "did you mean".
  std::vector<std::string> field_names() const;

  // Adds a field whose slot, offset, size and kind the caller filled in (struct members). `name` and `parent` decide
  // full_name, flags and order. Fails on a duplicate name or when limits::kFields is reached.
  base::Result<Field*> add_field(Field field);

  // Adds a field to the block of added fields. full_name may be dotted: a missing parent is made, empty. `after`, when
  // given, is the field it is shown behind. Text kinds are dynamic.
  base::Result<Field*> add_added_field(std::string_view full_name, Kind kind, const Field* after = nullptr);
  // The same for an array whose length each record decides (Field::is_list).
  base::Result<Field*> add_added_list(std::string_view full_name, Kind kind, const Field* after = nullptr);

  // Moves a scalar field into the block of added fields (a stage wants to overwrite its value).
  void move_to_added(Field& field);

  // Top-level fields, or the children of a field, in the order they are shown: (order, rank, index).
  std::vector<const Field*> roots() const;
  std::vector<const Field*> sorted_children(const Field& field) const;

  uint32_t sample_size() const { return sample_size_; }  // bytes of the full struct
  void set_sample_size(uint32_t size) { sample_size_ = size; }
  uint32_t added_size() const { return added_size_; }  // bytes of the added block, a multiple of 8

  Annotations& annotations() { return annotations_; }
  const Annotations& annotations() const { return annotations_; }
  std::string_view annotation(std::string_view key, std::string_view fallback = {}) const;
  std::vector<std::string>& tags() { return tags_; }
  // Output modes of its own, besides those that every data source has.
  std::vector<TextMode>& text_modes() { return text_modes_; }
  const std::vector<TextMode>& text_modes() const { return text_modes_; }
  // Whether it is shown: not when a module has unreferenced it.
  bool is_referenced() const { return referenced_; }
  void unreference() { referenced_ = false; }
  Counters& counters() { return counters_; }
  const Counters& counters() const { return counters_; }

 private:
  bool inside_array(const Field& field) const;  // the field is an array or a member of one

  std::string name_;
  SourceType type_;
  std::deque<Field> fields_;
  Annotations annotations_;
  std::vector<std::string> tags_;
  std::vector<TextMode> text_modes_;
  Counters counters_;
  bool referenced_ = true;
  uint32_t sample_size_ = 0;
  uint32_t added_size_ = 0;
};

}  // namespace gadgetry::data
