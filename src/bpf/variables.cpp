#include "bpf/variables.hpp"

#include <arpa/inet.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>
#include <set>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "bpf/layout.hpp"

namespace gadgetry::bpf {
namespace {

using base::Error;
using base::Status;

constexpr std::string_view kParamPrefix = "gadget_param_";
constexpr std::string_view kEndpointType =
    "gadget_l3endpoint_t";  // struct { 16 bytes of address; u8 version; }
constexpr size_t kVersionOffset = 16;
constexpr size_t kEndpointBytes = 17;

std::string name_at(const btf* types, uint32_t offset) {
  const char* name = btf__name_by_offset(types, offset);
  return name == nullptr ? std::string() : std::string(name);
}

// Section .rodata belongs to the map "<object>.rodata", other sections to a map of their own name.
bpf_map* map_of_section(bpf_object* object, std::string_view section) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    if (!bpf_map__is_internal(map)) continue;
    const std::string_view name = bpf_map__name(map);
    if (name == section || (section == ".rodata" && name.ends_with(section))) return map;
  }
  return nullptr;
}

bool is_const_volatile(const btf* types, uint32_t id) {
  bool is_const = false;
  bool is_volatile = false;
  for (int step = 0; step < 64; step++) {
    const btf_type* type = btf__type_by_id(types, id);
    if (type == nullptr) return false;
    is_const |= btf_is_const(type);
    is_volatile |= btf_is_volatile(type);
    if (is_const && is_volatile) return true;
    if (btf_is_array(type)) {
      id = btf_array(type)->type;  // the qualifiers of an array are those of its elements
    } else if (btf_is_mod(type) || btf_is_typedef(type)) {
      id = type->type;
    } else {
      return false;
    }
  }
  return false;
}

void describe_integer(uint32_t size, bool is_signed, VariableDecl& decl) {
  if (size != 1 && size != 2 && size != 4 && size != 8) return;
  decl.type = is_signed ? VariableType::kSigned : VariableType::kUnsigned;
  decl.type_name = (is_signed ? "int" : "uint") + std::to_string(size * 8);
}

// Fills in type and type_name; the decl stays kOther for types that have no text form.
void describe(const btf* types, uint32_t id, Variable& variable) {
  VariableDecl& decl = variable.decl;
  decl.type_name = "bytes";
  const btf_type* type = btf__type_by_id(types, resolve_type(types, id));
  if (type == nullptr) return;
  if (btf_is_array(type)) {
    const btf_type* element = btf__type_by_id(types, resolve_type(types, btf_array(type)->type));
    if (element != nullptr && btf_is_int(element) && element->size == 1 &&
        name_at(types, element->name_off) == "char") {
      decl.type = VariableType::kString;
      decl.type_name = "string";
    }
  } else if (btf_is_int(type)) {
    if ((btf_int_encoding(type) & BTF_INT_BOOL) != 0 && type->size == 1) {
      decl.type = VariableType::kBool;
      decl.type_name = "bool";
    } else {
      describe_integer(type->size, (btf_int_encoding(type) & BTF_INT_SIGNED) != 0, decl);
    }
  } else if (btf_is_any_enum(type)) {
    describe_integer(type->size, btf_kflag(type), decl);
    variable.enumeration = read_enum(types, id);
    for (const auto& entry : variable.enumeration->entries) decl.value_names.push_back(entry.name);
  } else if (btf_is_float(type) && (type->size == 4 || type->size == 8)) {
    decl.type = VariableType::kFloat;
    decl.type_name = type->size == 4 ? "float32" : "float64";
  } else if (btf_is_struct(type) && name_at(types, type->name_off) == kEndpointType &&
             type->size >= kEndpointBytes) {
    decl.type = VariableType::kIp;
    decl.type_name = "ip";
  }
}

std::set<std::string, std::less<>> param_names(const btf* types) {
  std::set<std::string, std::less<>> names;
  for (uint32_t id = 1; id < btf__type_cnt(types); id++) {
    const btf_type* type = btf__type_by_id(types, id);
    if (!btf_is_var(type)) continue;
    const std::string name = name_at(types, type->name_off);
    if (name.starts_with(kParamPrefix)) names.insert(name.substr(kParamPrefix.size()));
  }
  return names;
}

void read_section(bpf_object* object, const btf_type* section, std::vector<Variable>& out) {
  const btf* types = bpf_object__btf(object);
  bpf_map* map = map_of_section(object, name_at(types, section->name_off));
  size_t size = 0;
  if (map == nullptr) return;
  // libbpf hands out its own writable copy as const; bpf_map__set_initial_value writes to the same memory.
  auto* bytes = static_cast<uint8_t*>(const_cast<void*>(bpf_map__initial_value(map, &size)));
  if (bytes == nullptr) return;
  for (uint32_t i = 0; i < btf_vlen(section); i++) {
    const btf_var_secinfo& place = btf_var_secinfos(section)[i];
    const btf_type* var = btf__type_by_id(types, place.type);
    if (var == nullptr || !btf_is_var(var) || btf_var(var)->linkage != BTF_VAR_GLOBAL_ALLOCATED) continue;
    if (!is_const_volatile(types, var->type)) continue;
    const int64_t wanted = btf__resolve_size(types, var->type);
    if (wanted <= 0 || place.offset > size || static_cast<uint64_t>(wanted) > size - place.offset) continue;
    Variable variable;
    variable.decl.name = name_at(types, var->name_off);
    variable.decl.size = static_cast<uint32_t>(wanted);
    variable.bytes = {bytes + place.offset, static_cast<size_t>(wanted)};
    variable.map = map;
    describe(types, var->type, variable);
    variable.decl.default_value = variable_to_text(variable);
    out.push_back(std::move(variable));
  }
}

uint64_t load_integer(const Variable& variable) {
  uint64_t value = 0;
  std::memcpy(&value, variable.bytes.data(), std::min<size_t>(8, variable.bytes.size()));  // little-endian
  const size_t bits = variable.bytes.size() * 8;
  if (variable.decl.type == VariableType::kSigned && bits < 64 && (value >> (bits - 1)) != 0) {
    value |= ~uint64_t{0} << bits;
  }
  return value;
}

// Fails when the value does not fit into the bytes of the variable.
Status store_integer(const Variable& variable, uint64_t magnitude, bool negative) {
  const size_t bits = variable.bytes.size() * 8;
  const bool is_signed = variable.decl.type == VariableType::kSigned;
  uint64_t most =
      is_signed ? (uint64_t{1} << (bits - 1)) - 1 : (bits == 64 ? UINT64_MAX : (uint64_t{1} << bits) - 1);
  if (negative) most = is_signed ? most + 1 : 0;
  if (magnitude > most) {
    return Error::usage("out of range for " + variable.decl.type_name);
  }
  const uint64_t value = negative ? ~magnitude + 1 : magnitude;
  std::memcpy(variable.bytes.data(), &value, variable.bytes.size());
  return {};
}

Status set_number(const Variable& variable, std::string_view text) {
  const bool negative = text.starts_with('-');
  std::string_view digits = text.substr(negative ? 1 : 0);
  const bool hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
  if (hexadecimal) digits.remove_prefix(2);
  const auto magnitude = base::parse_int<uint64_t>(digits, hexadecimal ? 16 : 10);
  if (!magnitude.has_value()) {
    const bool all_digits =
        !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
    return Error::usage(all_digits ? "out of range for " + variable.decl.type_name
                                   : "not a number of type " + variable.decl.type_name);
  }
  return store_integer(variable, *magnitude, negative);
}

Status set_enum(const Variable& variable, std::string_view text) {
  if (!text.empty() && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9')))
    return set_number(variable, text);
  const auto& table = *variable.enumeration;
  uint64_t value = 0;
  const auto parts = table.is_set ? base::split(text, '|') : std::vector<std::string_view>{text};
  for (std::string_view part : parts) {
    part = base::trim(part);
    auto it = std::find_if(table.entries.begin(), table.entries.end(),
                           [&](const auto& e) { return e.name == part; });
    if (it == table.entries.end()) {
      Error error = Error::usage("no value of enum " + table.name + " is called so");
      const std::string near = base::closest(part, variable.decl.value_names);
      return near.empty() ? std::move(error) : std::move(error).with_hint("did you mean " + near + "?");
    }
    value |= it->value;
  }
  std::memcpy(variable.bytes.data(), &value, variable.bytes.size());
  return {};
}

Status set_string(const Variable& variable, std::string_view text) {
  if (text.size() > variable.bytes.size()) {
    return Error::usage("longer than " + std::to_string(variable.bytes.size()) + " bytes");
  }
  if (text.find('\0') != std::string_view::npos) return Error::usage("has a NUL byte inside");
  std::fill(variable.bytes.begin(), variable.bytes.end(), uint8_t{0});
  std::copy(text.begin(), text.end(), variable.bytes.begin());
  return {};
}

Status set_ip(const Variable& variable, std::string_view text) {
  uint8_t address[16] = {};
  const std::string terminated(text);
  uint8_t version = 0;
  if (inet_pton(AF_INET, terminated.c_str(), address) == 1) version = 4;
  if (version == 0 && inet_pton(AF_INET6, terminated.c_str(), address) == 1) version = 6;
  if (version == 0 || terminated.find('\0') != std::string::npos) {
    return Error::usage("not an IPv4 or IPv6 address");
  }
  std::fill(variable.bytes.begin(), variable.bytes.end(), uint8_t{0});
  std::copy(std::begin(address), std::end(address), variable.bytes.begin());
  variable.bytes[kVersionOffset] = version;
  return {};
}

Status set_float(const Variable& variable, std::string_view text) {
  const auto value = base::parse_double(text);
  if (!value.has_value()) return Error::usage("not a number");
  if (variable.bytes.size() == sizeof(float)) {
    const auto narrow = static_cast<float>(*value);
    std::memcpy(variable.bytes.data(), &narrow, sizeof(narrow));
  } else {
    std::memcpy(variable.bytes.data(), &*value, sizeof(*value));
  }
  return {};
}

Status set_bool(const Variable& variable, std::string_view text) {
  const auto value = base::parse_bool(text);
  if (!value.has_value()) return Error::usage("not true or false");
  variable.bytes[0] = *value ? 1 : 0;
  return {};
}

std::string integer_to_text(const Variable& variable) {
  const uint64_t value = load_integer(variable);
  if (variable.enumeration != nullptr) {
    for (const auto& entry : variable.enumeration->entries) {
      if (entry.value == value) return entry.name;
    }
  }
  return variable.decl.type == VariableType::kSigned ? std::to_string(static_cast<int64_t>(value))
                                                     : std::to_string(value);
}

template <typename T>
std::string float_to_text(const Variable& variable) {
  T value;
  std::memcpy(&value, variable.bytes.data(), sizeof(value));
  char text[64];
  const auto [end, error] = std::to_chars(std::begin(text), std::end(text), value);
  return error == std::errc{} ? std::string(text, end) : std::string();
}

}  // namespace

std::vector<Variable> find_variables(bpf_object* object) {
  std::vector<Variable> variables;
  const btf* types = bpf_object__btf(object);
  if (types == nullptr) return variables;
  const auto params = param_names(types);
  for (uint32_t id = 1; id < btf__type_cnt(types); id++) {
    const btf_type* type = btf__type_by_id(types, id);
    if (!btf_is_datasec(type)) continue;
    const std::string section = name_at(types, type->name_off);
    if (section == ".rodata" || section.starts_with(".rodata.")) read_section(object, type, variables);
  }
  for (Variable& variable : variables) variable.decl.is_param = params.contains(variable.decl.name);
  return variables;
}

std::string variable_to_text(const Variable& variable) {
  switch (variable.decl.type) {
    case VariableType::kBool:
      return variable.bytes[0] != 0 ? "true" : "false";
    case VariableType::kSigned:
    case VariableType::kUnsigned:
      return integer_to_text(variable);
    case VariableType::kFloat:
      return variable.bytes.size() == sizeof(float) ? float_to_text<float>(variable)
                                                    : float_to_text<double>(variable);
    case VariableType::kString: {
      const auto* text = reinterpret_cast<const char*>(variable.bytes.data());
      return {text, strnlen(text, variable.bytes.size())};
    }
    case VariableType::kIp: {
      char text[INET6_ADDRSTRLEN] = {};
      const int family = variable.bytes[kVersionOffset] == 6 ? AF_INET6 : AF_INET;
      return inet_ntop(family, variable.bytes.data(), text, sizeof(text)) == nullptr ? "" : text;
    }
    case VariableType::kOther:
      break;
  }
  return {};
}

Status set_from_text(const Variable& variable, std::string_view text) {
  if (variable.map != nullptr && bpf_map__fd(variable.map) >= 0) return Error("the object is loaded already");
  switch (variable.decl.type) {
    case VariableType::kBool:
      return set_bool(variable, text);
    case VariableType::kSigned:
    case VariableType::kUnsigned:
      return variable.enumeration != nullptr ? set_enum(variable, text) : set_number(variable, text);
    case VariableType::kFloat:
      return set_float(variable, text);
    case VariableType::kString:
      return set_string(variable, text);
    case VariableType::kIp:
      return set_ip(variable, text);
    case VariableType::kOther:
      break;
  }
  return Error::usage("its C type has no text form");
}

}  // namespace gadgetry::bpf
