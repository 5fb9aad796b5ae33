#include "pipeline/rest_stage.hpp"

#include <algorithm>

#include "data/access.hpp"

namespace gadgetry::pipeline {

base::Status RestStage::add_field(data::DataSource& source) {
  std::string_view name = source.annotation("ebpf.rest.name");
  if (name.empty()) return {};
  GADGETRY_ASSIGN(auto* field, source.add_added_field(name, data::Kind::kBytes));
  (void)field;
  return {};
}

base::Status RestStage::add_fields(data::DataSource& source) {
  std::string_view name = source.annotation("ebpf.rest.name");
  if (name.empty()) return {};
  std::string_view length = source.annotation("ebpf.rest.len");
  if (!length.empty()) {
    length_ = source.find(length);
    if (length_ == nullptr || !data::is_integer(length_->kind)) {
      return base::Error("data source " + source.name() + ": ebpf.rest.len names " + std::string(length) +
                         ", which is not an integer field");
    }
  }
  const data::Field* known = source.find(name);
  if (known == nullptr || known->slot != data::Slot::kAdded) GADGETRY_TRY(add_field(source));
  rest_ = source.find(name);
  struct_size_ = source.sample_size();
  return {};
}

base::Status RestStage::plan(data::DataSource&) {
  if (rest_ != nullptr && rest_->needed && length_ != nullptr) length_->needed = true;
  return {};
}

void RestStage::process(data::Batch& batch) {
  if (rest_ == nullptr || !rest_->needed) return;
  for (data::Record& record : batch.records) {
    if (record.sample_size <= struct_size_) continue;
    uint64_t size = record.sample_size - struct_size_;
    if (length_ != nullptr) size = std::min(size, data::read_integer(record, *length_));
    data::store_text(record, *rest_, {reinterpret_cast<const char*>(record.sample) + struct_size_, size});
  }
}

}  // namespace gadgetry::pipeline
