#include "wasm/abi.hpp"

#include <cstdlib>

#include "base/strings.hpp"

namespace gadgetry::wasm {
namespace {

struct Row {
  std::string_view module;
  std::string_view name;  // empty: the row is the title of a section
  Function function;
  std::string_view params;
  std::string_view result;
  FunctionKind kind;
  std::string_view doc;
};

constexpr FunctionKind kPure = FunctionKind::kPure;
constexpr FunctionKind kOutside = FunctionKind::kOutside;

constexpr Row kRows[] = {
#define GADGET_WASM_SECTION(module, title) {module, "", nullptr, "", "", kPure, title},
#define GADGET_WASM_FUNCTION(module, name, function, params, result, kind, doc) \
  {module, name, fn::function, params, result, kind, doc},
#include "wasm/abi_table.inc"
};

struct ParamName {
  std::string_view name;
  ParamType type;
  char letter;  // in a signature of wasmcore
};
constexpr ParamName kParamNames[] = {
    {"i32", ParamType::kI32, 'i'},       {"u32", ParamType::kU32, 'i'},     {"i64", ParamType::kI64, 'I'},
    {"u64", ParamType::kU64, 'I'},       {"handle", ParamType::kHandle, 'i'}, {"text", ParamType::kText, 'I'},
    {"bytes", ParamType::kBytes, 'I'},   {"out", ParamType::kOut, 'I'},     {"out32", ParamType::kOut32, 'i'},
    {"out64", ParamType::kOut64, 'i'},   {"io32", ParamType::kIo32, 'i'},   {"fields", ParamType::kFields, 'i'}};

struct ResultName {
  std::string_view name;
  ResultType type;
  std::string_view letter;
};
constexpr ResultName kResultNames[] = {
    {"none", ResultType::kNone, ""},      {"i32", ResultType::kI32, "i"},       {"i64", ResultType::kI64, "I"},
    {"handle", ResultType::kHandle, "i"}, {"bool", ResultType::kBool, "i"},     {"failed", ResultType::kFailed, "i"},
    {"status", ResultType::kStatus, "i"}};

template <typename Table>
const auto& by_name(const Table& table, std::string_view name) {
  for (const auto& entry : table) {
    if (entry.name == name) return entry;
  }
  std::abort();  // a mistake in abi_table.inc; a test looks at every row
}

AbiFunction parse(const Row& row, std::string_view section) {
  AbiFunction out{.module = row.module,
                  .name = row.name,
                  .function = row.function,
                  .params = {},
                  .result = by_name(kResultNames, row.result).type,
                  .kind = row.kind,
                  .doc = row.doc,
                  .section = section,
                  .signature = {}};
  for (std::string_view param : base::split(row.params, ' ')) {
    size_t colon = param.find(':');
    if (colon == std::string_view::npos) continue;  // no parameters at all
    const ParamName& type = by_name(kParamNames, param.substr(colon + 1));
    out.params.push_back({param.substr(0, colon), type.type});
    out.signature += type.letter;
  }
  out.signature += ":";
  out.signature += by_name(kResultNames, row.result).letter;
  return out;
}

std::vector<AbiFunction> parse_table() {
  std::vector<AbiFunction> out;
  std::string_view section;
  for (const Row& row : kRows) {
    if (row.name.empty()) {
      section = row.doc;
    } else {
      out.push_back(parse(row, section));
    }
  }
  return out;
}

}  // namespace

std::span<const AbiFunction> abi_functions() {
  static const std::vector<AbiFunction> table = parse_table();
  return table;
}

const AbiFunction* find_abi_function(std::string_view module, std::string_view name) {
  for (const AbiFunction& function : abi_functions()) {
    if (function.name == name && function.module == module) return &function;
  }
  return nullptr;
}

}  // namespace gadgetry::wasm
