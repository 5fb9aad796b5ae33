#include "table.hpp"

#include <cctype>
#include <cstdio>
#include <cstdlib>

#include "wasm/abi.hpp"

namespace wasm_abi {
namespace {

struct Row {
  std::string_view module;
  std::string_view name;  // empty: the row is the title of a section
  std::string_view params;
  std::string_view result;
  bool is_outside;
  std::string_view doc;
};

constexpr bool kPure = false;
constexpr bool kOutside = true;

constexpr Row kRows[] = {
#define GADGET_WASM_SECTION(module, title) {module, "", "", "", kPure, title},
#define GADGET_WASM_FUNCTION(module, name, function, params, result, kind, doc) \
  {module, name, params, result, kind, doc},
#include "wasm/abi_table.inc"
};

const std::vector<Type> kTypes = {
    {"i32", "i32", "int32_t", "i32", "int32", "a signed number"},
    {"u32", "i32", "uint32_t", "u32", "uint32", "a number"},
    {"i64", "i64", "int64_t", "i64", "int64", "a signed number"},
    {"u64", "i64", "uint64_t", "u64", "uint64", "a number"},
    {"handle", "i32", "uint32_t", "u32", "uint32", "a handle; 0 is none"},
    {"text", "i64", "uint64_t", "u64", "uint64", "text to read, not ended by a NUL: length << 32 | address"},
    {"bytes", "i64", "uint64_t", "u64", "uint64", "bytes to read: length << 32 | address"},
    {"out", "i64", "uint64_t", "u64", "uint64", "a buffer to write to: capacity << 32 | address"},
    {"out32", "i32", "uint32_t *", "*mut u32", "unsafe.Pointer", "the address of a u32, written on success"},
    {"out64", "i32", "uint64_t *", "*mut u64", "unsafe.Pointer", "the address of a u64, written on success"},
    {"io32", "i32", "uint32_t *", "*mut u32", "unsafe.Pointer", "the address of a u32, read and written"},
    {"fields", "i32", "struct gadget_view_field *", "*mut ViewField", "unsafe.Pointer",
     "the address of view entries of 16 bytes, read and written (see \"Batches\")"},
};

struct ResultType {
  std::string_view name;
  Type type;
};
const std::vector<ResultType> kResults = {
    {"i32", {"i32", "i32", "int32_t", "i32", "int32", "a number"}},
    {"i64", {"i64", "i64", "uint64_t", "u64", "uint64", "64 bits"}},
    {"handle", {"handle", "i32", "uint32_t", "u32", "uint32", "a handle, 0 on an error"}},
    {"bool", {"bool", "i32", "uint32_t", "u32", "uint32", "1 or 0"}},
    {"failed", {"failed", "i32", "uint32_t", "u32", "uint32", "0 done, 1 failed"}},
    {"status", {"status", "i32", "uint32_t", "u32", "uint32", "a code, 0 for success"}},
};

[[noreturn]] void give_up(std::string_view what, std::string_view name) {
  std::fprintf(stderr, "error: abi_table.inc: %.*s: %.*s\n", static_cast<int>(name.size()), name.data(),
               static_cast<int>(what.size()), what.data());
  std::exit(1);
}

std::vector<Param> parse_params(const Row& row) {
  std::vector<Param> out;
  std::string_view rest = row.params;
  while (!rest.empty()) {
    std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(word.size() == rest.size() ? rest.size() : word.size() + 1);
    size_t colon = word.find(':');
    if (colon == std::string_view::npos) give_up("a parameter without a type", row.name);
    const Type* type = nullptr;
    for (const Type& known : kTypes) {
      if (known.name == word.substr(colon + 1)) type = &known;
    }
    if (type == nullptr) give_up("a parameter of an unknown type", row.name);
    out.push_back({std::string(word.substr(0, colon)), type});
  }
  return out;
}

const Type* parse_result(const Row& row) {
  if (row.result == "none") return nullptr;
  for (const ResultType& known : kResults) {
    if (known.name == row.result) return &known.type;
  }
  give_up("a result of an unknown type", row.name);
}

std::vector<Section> parse() {
  std::vector<Section> out;
  for (const Row& row : kRows) {
    if (row.name.empty()) {
      out.push_back({row.module, row.doc, {}});
      continue;
    }
    if (out.empty() || out.back().module != row.module)
      give_up("no section of its module precedes it", row.name);
    out.back().functions.push_back({.module = row.module,
                                    .name = row.name,
                                    .params = parse_params(row),
                                    .result = parse_result(row),
                                    .result_name = row.result,
                                    .is_outside = row.is_outside,
                                    .doc = row.doc});
  }
  return out;
}

// Whoever adds a code adds it below.
static_assert(static_cast<unsigned>(gadgetry::wasm::Code::kEnd) == 13);

constexpr unsigned number(gadgetry::wasm::Code code) {
  return static_cast<unsigned>(code);
}

}  // namespace

const std::vector<Section>& sections() {
  static const std::vector<Section> table = parse();
  return table;
}

const std::vector<Type>& param_types() {
  return kTypes;
}

const std::vector<Code>& codes() {
  using gadgetry::wasm::Code;
  static const std::vector<wasm_abi::Code> table = {
      {"Ok", number(Code::kOk), "done"},
      {"Invalid", number(Code::kInvalid), "an argument makes no sense"},
      {"NotFound", number(Code::kNotFound), "there is nothing of that name, number or key"},
      {"Exists", number(Code::kExists), "the name is taken"},
      {"Denied", number(Code::kDenied), "not granted, or the kernel refuses"},
      {"Unsupported", number(Code::kUnsupported), "not by this host, kernel, map or field"},
      {"TooSmall", number(Code::kTooSmall),
       "the buffer is smaller than what goes into it; nothing was written"},
      {"BadHandle", number(Code::kBadHandle), "no handle, or one of another type"},
      {"Memory", number(Code::kMemory), "an address outside of the module's memory"},
      {"Limit", number(Code::kLimit), "a limit of the host"},
      {"State", number(Code::kState), "not at this point of the lifecycle"},
      {"Io", number(Code::kIo), "the operation failed: see lastError"},
      {"Again", number(Code::kAgain), "nothing yet"},
      {"End", number(Code::kEnd), "nothing more"},
  };
  return table;
}

std::string_view result_meaning(std::string_view result_name) {
  for (const ResultType& known : kResults) {
    if (known.name == result_name) return known.type.meaning;
  }
  return "nothing";
}

std::string snake_case(std::string_view name) {
  std::string out;
  for (size_t i = 0; i < name.size(); i++) {
    auto c = static_cast<unsigned char>(name[i]);
    bool is_word_start =
        std::isupper(c) != 0 && i > 0 && std::islower(static_cast<unsigned char>(name[i - 1])) != 0;
    if (is_word_start) out += '_';
    out += static_cast<char>(std::tolower(c));
  }
  return out;
}

std::string upper_case(std::string_view name) {
  std::string out = snake_case(name);
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

std::string camel_case(std::string_view prefix, std::string_view name) {
  std::string out(prefix);
  out += static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
  out += name.substr(1);
  return out;
}

std::string wrap(std::string_view text, std::string_view prefix, size_t width) {
  std::string out;
  std::string line(prefix);
  bool is_empty = true;
  auto flush = [&] {
    out += line;
    out += '\n';
    line = prefix;
    is_empty = true;
  };
  while (!text.empty()) {
    size_t space = text.find(' ');
    std::string_view word = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    if (!is_empty && line.size() + 1 + word.size() > width) flush();
    if (!is_empty) line += ' ';
    line += word;
    is_empty = false;
  }
  if (!is_empty) flush();
  return out;
}

}  // namespace wasm_abi
