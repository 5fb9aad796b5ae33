// A copy of a record that outlives its batch.
#pragma once

#include <cstdint>
#include <vector>

#include "data/data_source.hpp"
#include "data/record.hpp"

namespace gadgetry::data {

class OwnedRecord {
 public:
  OwnedRecord() = default;
  // Copies the bytes of the record, its texts and its lists.
  OwnedRecord(const DataSource& source, const Record& record);
  OwnedRecord(const OwnedRecord&) = delete;
  OwnedRecord& operator=(const OwnedRecord&) = delete;
  OwnedRecord(OwnedRecord&&) noexcept = default;
  OwnedRecord& operator=(OwnedRecord&&) noexcept = default;

  const Record& record() const { return record_; }

 private:
  uint8_t* copy(const void* bytes, size_t size);
  Text copy_text(Text text);
  Text copy_list(const Record& record, const Field& field);

  Record record_;
  // In words of 64 bits, which is the alignment the kernel gives. The words of each part stay where they are.
  std::vector<std::vector<uint64_t>> parts_;
};

}  // namespace gadgetry::data
