#include "pipeline/sample_encoder.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/limits.hpp"
#include "base/strings.hpp"
#include "data/value.hpp"

namespace gadgetry::pipeline {
namespace {

using data::Field;
using data::Kind;
using data::Wide;
using Json = nlohmann::json;

base::Error wrong(const Field& field, const std::string& why) {
  return base::Error("field " + field.full_name + ": " + why);
}

std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return base::printable(text);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Hex, in which spaces and colons between bytes are fine.
std::optional<std::string> from_hex(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    if (text[i] == ' ' || text[i] == ':') {
      i++;
      continue;
    }
    if (i + 1 >= text.size()) return std::nullopt;
    int high = hex_digit(text[i]);
    int low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high << 4 | low));
    i += 2;
  }
  return out;
}

// Bytes as a person may write them.
std::optional<std::string> to_bytes(const Json& value) {
  if (value.is_object() && value.size() == 1 && value.contains("text") && value["text"].is_string()) {
    return value["text"].get<std::string>();
  }
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  if (auto bytes = from_hex(text)) return bytes;
  char address[sizeof(in6_addr)] = {};
  if (::inet_pton(AF_INET, text.c_str(), address) == 1) return std::string(address, sizeof(in_addr));
  if (::inet_pton(AF_INET6, text.c_str(), address) == 1) return std::string(address, sizeof(in6_addr));
  return std::nullopt;
}

std::optional<Wide> enum_value(const data::EnumTable& table, std::string_view name) {
  auto one = [&](std::string_view part) -> std::optional<Wide> {
    for (const auto& entry : table.entries) {
      if (entry.name != part) continue;
      return table.is_signed ? static_cast<Wide>(static_cast<int64_t>(entry.value))
                             : static_cast<Wide>(entry.value);
    }
    return std::nullopt;
  };
  if (!table.is_set) return one(name);
  Wide all = 0;
  for (std::string_view part : base::split(name, '|')) {
    auto value = one(base::trim(part));
    if (!value) return std::nullopt;
    all |= *value;
  }
  return all;
}

std::optional<Wide> to_integer(const Field& field, const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (value.is_number_unsigned()) return static_cast<Wide>(value.get<uint64_t>());
  if (value.is_number_integer()) return static_cast<Wide>(value.get<int64_t>());
  if (!value.is_string()) return std::nullopt;
  std::string_view text = value.get_ref<const std::string&>();
  if (field.enumeration != nullptr) {
    if (auto known = enum_value(*field.enumeration, text)) return known;
  }
  if (text.starts_with("0x")) {
    auto number = base::parse_int<uint64_t>(text.substr(2), 16);
    return number ? std::optional<Wide>(static_cast<Wide>(*number)) : std::nullopt;
  }
  if (auto number = base::parse_int<int64_t>(text)) return static_cast<Wide>(*number);
  if (auto number = base::parse_int<uint64_t>(text)) return static_cast<Wide>(*number);
  return std::nullopt;
}

uint32_t bits_of(const Field& field) {
  return field.bit_size != 0 ? field.bit_size : data::kind_size(field.kind) * 8;
}

bool fits(const Field& field, Wide value) {
  if (field.kind == Kind::kBool) return value == 0 || value == 1;
  uint32_t bits = bits_of(field);
  Wide one = 1;
  if (data::is_signed(field.kind)) return value >= -(one << (bits - 1)) && value < (one << (bits - 1));
  return value >= 0 && value < (one << bits);
}

void put_bits(uint8_t* at, const Field& field, uint64_t value) {
  for (uint32_t bit = 0; bit < field.bit_size; bit++) {
    uint32_t place = field.bit_offset + bit;
    auto mask = static_cast<uint8_t>(1u << (place % 8));
    if ((value >> bit & 1) != 0) {
      at[place / 8] = static_cast<uint8_t>(at[place / 8] | mask);
    } else {
      at[place / 8] = static_cast<uint8_t>(at[place / 8] & ~mask);
    }
  }
}

}  // namespace

SampleEncoder::SampleEncoder(const data::DataSource& source) : source_(&source), size_(source.sample_size()) {
  for (const Field& field : source.fields()) fields_.push_back(field);
}

const Field* SampleEncoder::find(std::string_view full_name) const {
  auto it =
      std::find_if(fields_.begin(), fields_.end(), [&](const Field& f) { return f.full_name == full_name; });
  return it == fields_.end() ? nullptr : &*it;
}

base::Error SampleEncoder::unknown(std::string_view full_name) const {
  std::vector<std::string> names;
  for (const Field& field : fields_) names.push_back(field.full_name);
  base::Error error("data source " + source_->name() + ": it has no field " + base::printable(full_name));
  if (const Field* added = source_->find(full_name); added != nullptr) {
    return std::move(error).with_hint("that one is made from others later: give what the program sends");
  }
  std::string near = base::closest(full_name, names);
  return std::move(error).with_hint(near.empty() ? "its fields are " + base::join(names, ", ")
                                                 : "did you mean " + near + "?");
}

base::Status SampleEncoder::encode(const Json& fields, std::vector<uint8_t>& out) const {
  if (!fields.is_object()) return base::Error("the fields are no JSON object");
  size_t begin = out.size();
  out.resize(begin + size_);
  std::string rest(source_->annotation("ebpf.rest.name"));
  auto tail = rest.empty() ? fields.end() : fields.find(rest);
  if (tail == fields.end()) return put_object(fields, "", {out.data() + begin, 0, nullptr});
  Json others = fields;
  others.erase(rest);
  GADGETRY_TRY(put_object(others, "", {out.data() + begin, 0, nullptr}));
  bool has_length = others.contains(std::string(source_->annotation("ebpf.rest.len")));
  return put_rest(*tail, has_length, out, begin);
}

base::Status SampleEncoder::put_rest(const Json& value, bool has_length, std::vector<uint8_t>& out,
                                     size_t begin) const {
  auto bytes = to_bytes(value);
  std::string name(source_->annotation("ebpf.rest.name"));
  if (!bytes)
    return base::Error("field " + name + ": " + shown(value) + " is neither hex nor {\"text\": \"...\"}");
  if (bytes->size() > limits::kSampleBytes - std::min<size_t>(size_, limits::kSampleBytes)) {
    return base::Error("field " + name + ": too long");
  }
  std::string_view length = source_->annotation("ebpf.rest.len");
  if (const Field* field = length.empty() ? nullptr : find(length); field != nullptr && !has_length) {
    GADGETRY_TRY(put_field(*field, Json(bytes->size()), {out.data() + begin, 0, nullptr}));
  }
  out.insert(out.end(), bytes->begin(), bytes->end());
  return {};
}

base::Status SampleEncoder::put_object(const Json& object, std::string_view prefix, Place place) const {
  for (const auto& [key, value] : object.items()) {
    std::string name = std::string(prefix) + key;
    const Field* field = find(name);
    if (field == nullptr) return unknown(name);
    GADGETRY_TRY(put_field(*field, value, place));
  }
  return {};
}

const Field* SampleEncoder::array_around(const Field& field) const {
  for (int32_t up = field.parent; up >= 0; up = fields_[static_cast<size_t>(up)].parent) {
    if (fields_[static_cast<size_t>(up)].is_array) return &fields_[static_cast<size_t>(up)];
  }
  return nullptr;
}

base::Status SampleEncoder::put_field(const Field& field, const Json& value, Place place) const {
  if (const Field* array = array_around(field); array != place.array) {
    return wrong(field, "it is a member of an array: give " + array->full_name + " as a list of objects");
  }
  if (field.is_array) return put_array(field, value, place);
  if (field.is_struct() && value.is_object()) return put_object(value, field.full_name + ".", place);
  return put_value(field, value, 0, place);
}

base::Status SampleEncoder::put_array(const Field& field, const Json& value, Place place) const {
  // Bytes are often declared as an array of numbers.
  if (value.is_string() && data::kind_size(field.kind) == 1) {
    auto bytes = to_bytes(value);
    if (!bytes || bytes->size() > field.count)
      return wrong(field,
                   shown(value) + " is not the hex of at most " + std::to_string(field.count) + " bytes");
    if (uint64_t{field.offset} + place.base + bytes->size() > size_)
      return wrong(field, "it lies outside of the sample");
    std::memcpy(place.sample + field.offset + place.base, bytes->data(), bytes->size());
    return {};
  }
  if (!value.is_array()) return wrong(field, "it is an array: give a list");
  if (value.size() > field.count) {
    return wrong(field, std::to_string(value.size()) + " elements, but there is room for " +
                            std::to_string(field.count));
  }
  for (uint32_t i = 0; i < value.size(); i++) {
    if (field.is_struct()) {
      if (!value[i].is_object()) return wrong(field, "it is an array of structs: give a list of objects");
      Place element{place.sample, place.base + field.offset + i * field.stride, &field};
      GADGETRY_TRY(put_object(value[i], field.full_name + ".", element));
    } else {
      GADGETRY_TRY(put_value(field, value[i], i, place));
    }
  }
  return {};
}

base::Status SampleEncoder::put_value(const Field& field, const Json& value, uint32_t element,
                                      Place place) const {
  uint64_t at = uint64_t{field.offset} + place.base + uint64_t{element} * field.stride;
  uint64_t size = field.bit_size != 0 ? (field.bit_offset + field.bit_size + 7u) / 8
                  : field.is_array    ? field.stride
                                      : field.size;
  if (at + size > size_) return wrong(field, "it lies outside of the sample");
  if (field.kind == Kind::kCString || field.kind == Kind::kBytes)
    return put_text(field, value, element, place);
  return put_number(field, value, element, place);
}

base::Status SampleEncoder::put_number(const Field& field, const Json& value, uint32_t element,
                                       Place place) const {
  uint8_t* at = place.sample + field.offset + place.base + size_t{element} * field.stride;
  if (data::is_float(field.kind)) {
    if (!value.is_number()) return wrong(field, shown(value) + " is not a number");
    double number = value.get<double>();
    auto narrow = static_cast<float>(number);
    if (field.kind == Kind::kFloat32) {
      std::memcpy(at, &narrow, sizeof narrow);
    } else {
      std::memcpy(at, &number, sizeof number);
    }
    return {};
  }
  if (field.kind != Kind::kBool && !data::is_integer(field.kind))
    return wrong(field, "it has no value of its own");
  auto number = to_integer(field, value);
  if (!number) {
    base::Error error = wrong(field, shown(value) + " is not a number");
    if (field.enumeration == nullptr) return error;
    std::vector<std::string> names;
    for (const auto& entry : field.enumeration->entries) names.push_back(entry.name);
    if (names.size() > 16) names.resize(16);
    return std::move(error).with_hint("or one of " + base::join(names, ", "));
  }
  if (!fits(field, *number)) {
    std::string type(data::kind_name(field.kind));
    if (field.bit_size != 0) type += " of " + std::to_string(field.bit_size) + " bits";
    return wrong(field, shown(value) + " does not fit into " + type);
  }
  auto raw = static_cast<uint64_t>(*number);
  if (field.bit_size != 0) {
    put_bits(at, field, raw);
  } else {
    std::memcpy(at, &raw, data::kind_size(field.kind));
  }
  return {};
}

base::Status SampleEncoder::put_text(const Field& field, const Json& value, uint32_t element,
                                     Place place) const {
  uint32_t room = field.is_array ? field.stride : field.size;
  std::string bytes;
  if (field.kind == Kind::kCString) {
    if (!value.is_string()) return wrong(field, shown(value) + " is not text");
    bytes = value.get<std::string>();
  } else {
    auto raw = to_bytes(value);
    if (!raw) return wrong(field, shown(value) + " is neither hex nor {\"text\": \"...\"}");
    bytes = std::move(*raw);
  }
  if (bytes.size() > room) {
    return wrong(field,
                 std::to_string(bytes.size()) + " bytes, but there is room for " + std::to_string(room));
  }
  std::memcpy(place.sample + field.offset + place.base + size_t{element} * field.stride, bytes.data(),
              bytes.size());
  return {};
}

}  // namespace gadgetry::pipeline
