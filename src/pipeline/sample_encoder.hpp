// From JSON that a person wrote to the bytes that a program would have sent.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "data/data_source.hpp"

namespace gadgetry::pipeline {

// Serves one data source. Made before stages change its fields.
class SampleEncoder {
 public:
  explicit SampleEncoder(const data::DataSource& source);

  const data::DataSource& source() const { return *source_; }

  // Appends the sample to `out`. Members that are not named are zero. Keys are names of fields, dotted
  // ("proc.pid") or nested; values:
  //   numbers        a number in the range of the field, "0x1f", or the name of an enum's value (sets: "A|B")
  //   bool           true, false, 0, 1
  //   char arrays    text that fits
  //   bytes          hex, an IP address, or {"text": "..."}
  //   arrays         a list, the rest of which is zero; arrays of structs: a list of objects
  // The trailing data of the sample has the name of its field (annotation ebpf.rest.name), and its length is
  // filled in.
  base::Status encode(const nlohmann::json& fields, std::vector<uint8_t>& out) const;

 private:
  struct Place {
    uint8_t* sample;
    uint32_t base;             // where the element of an array of structs starts
    const data::Field* array;  // that array; null: outside of any
  };

  const data::Field* find(std::string_view full_name) const;
  const data::Field* array_around(const data::Field& field) const;
  base::Status put_object(const nlohmann::json& object, std::string_view prefix, Place place) const;
  base::Status put_field(const data::Field& field, const nlohmann::json& value, Place place) const;
  base::Status put_array(const data::Field& field, const nlohmann::json& value, Place place) const;
  base::Status put_value(const data::Field& field, const nlohmann::json& value, uint32_t element,
                         Place place) const;
  base::Status put_number(const data::Field& field, const nlohmann::json& value, uint32_t element,
                          Place place) const;
  base::Status put_text(const data::Field& field, const nlohmann::json& value, uint32_t element,
                        Place place) const;
  base::Status put_rest(const nlohmann::json& value, bool has_length, std::vector<uint8_t>& out,
                        size_t begin) const;
  base::Error unknown(std::string_view full_name) const;

  const data::DataSource* source_;
  std::vector<data::Field> fields_;  // as they were
  uint32_t size_ = 0;
};

}  // namespace gadgetry::pipeline
