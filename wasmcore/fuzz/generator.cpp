// The module around generated bodies, and its encoding.
#include "generator.hpp"

#include <string_view>

#include "generator_body.hpp"
#include "generator_source.hpp"
#include "wasm_bytes.hpp"

namespace wasmcore::fuzz {
namespace {

Bytes type_entry(const FunctionType& type) {
  Bytes b{0x60};
  return b.u(type.params.size()).add(type.params).u(type.results.size()).add(type.results);
}

void add_types(Source& source, Module& m) {
  m.types = {{{kI32, kI64}, {kI64}},
             {{kF64, kI32}, {kI32, kF64}},
             {{kI32, kI32}, {kI32}},
             {{kI32}, {kI32}},
             {{}, {}}};
  for (uint32_t n = 2 + source.below(4); n > 0; n--) {
    Types params = random_types(source, 3);  // fewer than 8 slots: moving them is free
    m.types.push_back({params, random_types(source, 3)});
  }
  m.imports = {0, 1, 2, 3};
  m.functions.resize(2 + source.below(4));
  for (Function& f : m.functions) f.type = source.below(static_cast<uint32_t>(m.types.size()));
  m.functions.back().type = m.imports[kHostBack];
}

void add_globals(Source& source, Module& m) {
  m.globals = {{kI32, true, {5, 0}}, {kV128, true, {}}, {kF64, false, {0x4004000000000000u, 0}}};
  for (uint8_t type : {kI32, kI64, kF32, kF64, kV128, kFunc, kExtern, kI32, kI64}) {
    Global g{type, true, {}};
    if (type != kFunc && type != kExtern) g.init.low = source.bits();
    if (type == kI32 || type == kF32) g.init.low &= 0xffffffff;
    if (type == kV128) g.init.high = source.bits();
    if (type == kFunc) g.init.low = 1 + source.below(kImports);
    m.globals.push_back(g);
  }
  m.globals.push_back({kF64, false, m.globals[2].init});
}

void add_segments(Source& source, Module& m) {
  auto functions = kImports + static_cast<uint32_t>(m.functions.size());
  for (uint32_t i = 0; i < kTableSize[0]; i++)
    m.elements[0].push_back(source.one_in(8) ? 0 : 1 + source.below(functions));
  for (uint32_t i = 0; i < 4; i++) m.elements[1].push_back(source.below(functions + 1));
  m.datas[0].resize(64);
  m.datas[1].resize(48);
  for (auto& data : m.datas)
    for (uint8_t& b : data) b = source.byte();
}

Bytes const_expression(const Global& g) {
  Bytes b;
  switch (g.type) {
    case kI32:
      b.i32(static_cast<int32_t>(g.init.low));
      break;
    case kI64:
      b.i64(static_cast<int64_t>(g.init.low));
      break;
    case kF32:
      b.u8(0x43).fixed(g.init.low, 4);
      break;
    case kF64:
      b.u8(0x44).fixed(g.init.low, 8);
      break;
    case kV128:
      b.add({0xfd, 0x0c}).fixed(g.init.low, 8).fixed(g.init.high, 8);
      break;
    case kFunc:
      b.u8(0xd2).u(g.init.low - 1);
      break;
    default:
      b.add({0xd0, kExtern});
      break;
  }
  return b.u8(0x0b);
}

Bytes references(const std::vector<uint32_t>& items) {
  Bytes b;
  b.u(items.size());
  for (uint32_t item : items) {
    if (item == 0)
      b.add({0xd0, kFunc, 0x0b});
    else
      b.u8(0xd2).u(item - 1).u8(0x0b);
  }
  return b;
}

Bytes import_section(const Module& m) {
  static constexpr const char* kNames[kImports] = {"sum", "mix", "step", "back"};
  Bytes b;
  b.u(kImports + kImportedGlobals);
  for (uint32_t i = 0; i < kImports; i++)
    b.name(i == kForeignStep ? "p" : "h").name(kNames[i]).u8(0).u(m.imports[i]);
  for (uint32_t i = 0; i < kImportedGlobals; i++)
    b.name("p").name(i == 0 ? "i" : i == 1 ? "v" : "f").add({3, m.globals[i].type, m.globals[i].is_mutable});
  return b;
}

Bytes element_section(const Module& m) {
  auto functions = kImports + static_cast<uint32_t>(m.functions.size());
  Bytes b;
  b.u(3);
  b.u8(4).i32(0).u8(0x0b).add(references(m.elements[0]));
  b.add({5, kFunc}).add(references(m.elements[1]));
  b.add({3, 0}).u(functions);
  for (uint32_t i = 0; i < functions; i++) b.u(i);
  return b;
}

Bytes locals_of(const Module& m, const Function& f) {
  size_t params = m.types[f.type].params.size();
  Bytes b;
  b.u(f.locals.size() - params);
  for (size_t i = params; i < f.locals.size(); i++) b.u(1).u8(f.locals[i]);
  return b;
}

// Sets the offsets of the functions' code, too; `b` holds what stands before the section.
void add_code_section(Bytes* b, Module& m) {
  Bytes content;
  std::vector<size_t> at;
  content.u(m.functions.size());
  for (const Function& f : m.functions) {
    Bytes body = locals_of(m, f);
    size_t head = body.size();
    body.add(f.code);
    content.u(body.size());
    at.push_back(content.size() + head);
    content.add(body);
  }
  b->section(10, content);
  for (size_t i = 0; i < at.size(); i++)
    m.functions[i].offset = static_cast<uint32_t>(b->size() - content.size() + at[i]);
}

void encode(Module& m) {
  Bytes types, functions, tables, memories, globals, exports, datas, b = module_header();
  types.u(m.types.size());
  for (const FunctionType& t : m.types) types.add(type_entry(t));
  functions.u(m.functions.size());
  for (const Function& f : m.functions) functions.u(f.type);
  tables.u(2);
  for (int i = 0; i < 2; i++) tables.u8(i != 0 ? kExtern : kFunc).u8(1).u(kTableSize[i]).u(kTableMax[i]);
  memories.add({1, 1}).u(kMemoryPages).u(kMemoryMax);
  globals.u(m.globals.size() - kImportedGlobals);
  for (size_t i = kImportedGlobals; i < m.globals.size(); i++) {
    globals.u8(m.globals[i].type).u8(m.globals[i].is_mutable);
    if (i + 1 == m.globals.size())
      globals.add({0x23, 2, 0x0b});
    else
      globals.add(const_expression(m.globals[i]));
  }
  exports.u(m.functions.size());
  for (size_t i = 0; i < m.functions.size(); i++)
    exports.name(std::string_view("0123456789").substr(i, 1)).u8(0).u(kImports + i);
  datas.u(2).u8(0).i32(0).u8(0x0b).u(m.datas[0].size()).add(m.datas[0]);
  datas.u8(1).u(m.datas[1].size()).add(m.datas[1]);
  b.section(1, types)
      .section(2, import_section(m))
      .section(3, functions)
      .section(4, tables)
      .section(5, memories);
  b.section(6, globals).section(7, exports).section(9, element_section(m)).section(12, Bytes{2});
  add_code_section(&b, m);
  b.section(11, datas);
  m.bytes = b.data();
}

}  // namespace

Module generate(const uint8_t* data, size_t size) {
  Source source(data, size);
  Module m;
  add_types(source, m);
  add_globals(source, m);
  add_segments(source, m);
  for (uint32_t i = 0; i < m.functions.size(); i++) {
    Body body(source, m, i);
    body.write(i + 1 == m.functions.size());
    m.functions[i].locals = body.locals();
    m.functions[i].code = body.code();
  }
  encode(m);
  return m;
}

std::vector<uint8_t> provider_module() {
  Bytes b = module_header(), globals, exports, code;
  b.section(1, Bytes{1, 0x60, 2, kI32, kI32, 1, kI32}).section(3, Bytes{1, 0});
  globals.add({3, kI32, 1, 0x41, 5, 0x0b, kV128, 1, 0xfd, 0x0c}).fill(16, 0).add({0x0b, kF64, 0, 0x44});
  globals.fixed(0x4004000000000000u, 8).u8(0x0b);
  exports.u(4).name("step").add({0, 0}).name("i").add({3, 0}).name("v").add({3, 1}).name("f").add({3, 2});
  Bytes body{0, 0x23, 0, 0x20, 0, 0x6a, 0x24, 0, 0x23, 0, 0x20, 1, 0x6c, 0x0b};
  b.section(6, globals).section(7, exports).section(10, code.u(1).sized(body));
  return b.data();
}

}  // namespace wasmcore::fuzz
