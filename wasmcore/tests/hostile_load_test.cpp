// Binaries made to break the decoder, the validator or the translator. Each must end in an error or load,
// within bounds of memory that the allocator counts; the validator's own limit of work bounds the time.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "hostile.hpp"

namespace wasmcore::hostile {
namespace {

constexpr std::array<int, 12> kSections = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
constexpr uint64_t kHuge = 0xffffffff;

Bytes small_module() {
  return one_function(Bytes{1, kI32, 1, kI32}, Bytes{1, 2, kI64, 0x20, 0, 0x41, 5, 0x6a, 0x04, kI32, 0x41, 1,
                                                     0x05, 0x41, 2, 0x0b, 0x0b})
      .set(4, Bytes{1, kFuncref, 0, 4})
      .set(5, Bytes{1, 0, 1})
      .set(6, Bytes{1, kI32, 1, 0x41, 7, 0x0b})
      .set(9, Bytes{1, 0, 0x41, 0, 0x0b, 1, 0})
      .set(11, Bytes{1, 0, 0x41, 0, 0x0b, 3, 1, 2, 3})
      .set(12, Bytes{1})
      .build();
}

// ---- bytes that are missing, changed or too many ----

TEST(HostileLoad, CutAtEachByte) {
  const std::vector<uint8_t> whole = small_module().data();
  for (size_t n = 0; n < whole.size(); n++) {
    Bytes cut;
    cut.add(std::vector<uint8_t>(whole.begin(), whole.begin() + static_cast<long>(n)));
    wasmcore_status status = status_of(cut);
    // Between two sections a module may end, but then functions have no code, or the data count no data.
    if (status == WASMCORE_OK) {
      EXPECT_TRUE(n <= 17) << n;
    }
  }
  EXPECT_EQ(status_of(small_module()), WASMCORE_OK);
}

TEST(HostileLoad, EachByteChanged) {
  const std::vector<uint8_t> whole = small_module().data();
  for (size_t n = 0; n < whole.size(); n++) {
    for (int change : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
      std::vector<uint8_t> other = whole;
      other[n] = static_cast<uint8_t>(other[n] ^ change);
      Bytes b;
      Engine e;
      if (e.load(b.add(other)) != WASMCORE_OK) continue;
      e.options.fuel = 1000;
      e.options.memory_pages = 4;
      if (e.instantiate() != WASMCORE_OK) continue;
      std::vector<uint64_t> slots(8);
      e.call(&slots, 1, 1);
    }
  }
}

TEST(HostileLoad, SectionsBeyondTheEnd) {
  for (int id : kSections) {
    for (uint64_t size : {uint64_t{1}, uint64_t{100}, uint64_t{0x7fffffff}, kHuge}) {
      Bytes b = fuzz::module_header();
      EXPECT_EQ(status_of(b.u8(id).u(size)), WASMCORE_E_MALFORMED) << id;
    }
  }
}

TEST(HostileLoad, SectionsTwiceOrOutOfOrder) {
  const Bytes empty{0};
  for (int first : kSections) {
    for (int second : kSections) {
      Bytes b = fuzz::module_header();
      b.section(first, empty).section(second, empty);
      auto place = [](int id) { return id == 12 ? 95 : id * 10; };
      bool ordered = place(first) < place(second);
      wasmcore_status status = status_of(b);
      // An empty start section (8) has a function index 0, which does not exist.
      if (!ordered) {
        EXPECT_NE(status, WASMCORE_OK) << first << " " << second;
      }
      if (ordered && first != 8 && second != 8) {
        EXPECT_EQ(status, WASMCORE_OK) << first << " " << second;
      }
    }
  }
  EXPECT_EQ(status_of(fuzz::module_header().section(13, empty)), WASMCORE_E_MALFORMED);
}

TEST(HostileLoad, HugeCountInEachSection) {
  for (int id : kSections) {
    for (uint64_t count : {kHuge, uint64_t{0x80000000}, uint64_t{0x10000000}, uint64_t{100000000}}) {
      Bytes content;
      content.u(count).fill(64, 0);
      EXPECT_TRUE(refused(fuzz::module_header().section(id, content), 1u << 20)) << id << " " << count;
    }
  }
}

TEST(HostileLoad, NumbersThatAreTooLong) {
  // Six bytes for 32 bits; five with bits beyond the 32nd; the same for counts of 10 and 11 bytes.
  const Bytes six{0x80, 0x80, 0x80, 0x80, 0x80, 0x00}, excess{0x80, 0x80, 0x80, 0x80, 0x70},
      padded{0x80, 0x80, 0x80, 0x80, 0x00};
  EXPECT_EQ(status_of(fuzz::module_header().section(1, six)), WASMCORE_E_MALFORMED);
  EXPECT_EQ(status_of(fuzz::module_header().section(1, excess)), WASMCORE_E_MALFORMED);
  EXPECT_EQ(status_of(fuzz::module_header().section(1, padded)), WASMCORE_OK);
  EXPECT_EQ(status_of(fuzz::module_header().u8(1).add(six)), WASMCORE_E_MALFORMED);
  for (int op : {0x41, 0x42}) {
    Bytes longest = Bytes{0, op}.fill(op == 0x41 ? 5 : 10, 0x80).add({0, 0x1a, 0x0b});
    EXPECT_EQ(status_of(one_function(Bytes{0, 0}, longest).build()), WASMCORE_E_MALFORMED);
    Bytes bits = Bytes{0, op}.fill(op == 0x41 ? 4 : 9, 0x80).add({op == 0x41 ? 0x40 : 0x02, 0x1a, 0x0b});
    EXPECT_EQ(status_of(one_function(Bytes{0, 0}, bits).build()), WASMCORE_E_MALFORMED);
  }
}

TEST(HostileLoad, NamesThatAreNotUtf8) {
  const std::vector<std::vector<uint8_t>> names = {{0x80},
                                                   {0xc0, 0x80},
                                                   {0xed, 0xa0, 0x80},
                                                   {0xf4, 0x90, 0x80, 0x80},
                                                   {0xe2, 0x82},
                                                   {0xff},
                                                   {0xf8, 0x88, 0x80, 0x80, 0x80}};
  for (const auto& name : names) {
    Bytes text;
    text.u(name.size()).add(name);
    EXPECT_EQ(status_of(fuzz::module_header().section(7, Bytes{1}.add(text).add({0, 0}))),
              WASMCORE_E_MALFORMED);
    EXPECT_EQ(status_of(fuzz::module_header().section(0, text)), WASMCORE_E_MALFORMED);
    EXPECT_EQ(status_of(fuzz::module_header().section(2, Bytes{1}.add(text).add(text).add({0, 0}))),
              WASMCORE_E_MALFORMED);
  }
}

TEST(HostileLoad, NameSectionsAreNotTrusted) {
  // Sizes and counts that lie; whatever is found must lie inside of the module. Nothing of it is an error.
  const std::vector<Bytes> contents = {Bytes{1}.u(kHuge),
                                       Bytes{1, 100}.u(kHuge).fill(98, 0),
                                       Bytes{1, 5}.u(kHuge),
                                       Bytes{1, 3, 1, 0, 100},
                                       Bytes{1, 7, 2, 0}.u(kHuge),
                                       Bytes{1, 4, 1, 0, 1, 0xff},
                                       Bytes{0x80, 0x80, 0x80},
                                       Bytes{2, 200, 1},
                                       Bytes{1, 6, 2, 0, 1, 'a', 0, 0},
                                       Bytes{1, 0}};
  for (const Bytes& content : contents) {
    Engine e;
    Bytes b = small_module();
    b.section(0, Bytes().name("name").add(content));
    ASSERT_EQ(e.load(b), WASMCORE_OK) << e.error.message;
    for (uint32_t index : {0u, 1u, 0xffffffffu}) {
      uint32_t size = 0;
      const char* name = wasmcore_function_name(e.module, index, &size);
      if (name == nullptr) continue;
      const auto* at = reinterpret_cast<const uint8_t*>(name);
      EXPECT_GE(at, e.bytes.data());
      EXPECT_LE(at + size, e.bytes.data() + e.bytes.size());
    }
  }
}

// ---- numbers of things ----

TEST(HostileLoad, ManyLocals) {
  auto with = [](const Bytes& locals) {
    Bytes body = locals;
    return one_function(Bytes{0, 0}, body.u8(0x0b)).build();
  };
  EXPECT_TRUE(refused(with(Bytes{1}.u(kHuge).u8(kI32)), 1u << 20));
  // Sums that do not fit into 32 bits.
  EXPECT_TRUE(refused(with(Bytes{2}.u(kHuge).u8(kI32).u(1).u8(kI64)), 1u << 20));
  EXPECT_TRUE(refused(with(Bytes{3}.u(0x80000000).u8(kI32).u(0x80000000).u8(kI32).u(2).u8(kI32)), 1u << 20));
  // Groups of one, groups of none, and the largest number of groups.
  EXPECT_TRUE(refused(with(Bytes().u(60000).repeat(60000, Bytes{1, kV128}))));
  EXPECT_EQ(status_of(with(Bytes().u(100000).repeat(100000, Bytes{0, kI32}))), WASMCORE_OK);
  EXPECT_TRUE(refused(with(Bytes().u(kHuge).add({0, kI32})), 1u << 20));
  EXPECT_EQ(status_of(with(Bytes{1}.u(40000).u8(kI32))), WASMCORE_OK);
  EXPECT_EQ(status_of(with(Bytes{1}.u(40000).u8(kV128))), WASMCORE_E_LIMIT);
}

TEST(HostileLoad, LocalsUpToTheLargestFrame) {
  Engine e;
  e.config.limits.locals = 65535;
  for (uint64_t n : {65533u, 65534u, 65535u, 65536u}) {
    wasmcore_status status =
        e.load(one_function(Bytes{0, 0}, Bytes{1}.u(n).u8(kI32).add({0x41, 1, 0x1a, 0x0b})).build());
    EXPECT_TRUE(status == WASMCORE_OK || status == WASMCORE_E_LIMIT) << n;
    if (status == WASMCORE_OK) {
      ASSERT_EQ(e.instantiate(), WASMCORE_OK);
      EXPECT_EQ(e.call(), WASMCORE_TRAP_NONE);
    }
    e.close();
  }
}

TEST(HostileLoad, TowersOfOperands) {
  // 65536 operands do not fit into a frame; 30000 do.
  Bytes tall = Bytes{0}.repeat(70000, Bytes{0x41, 1});
  EXPECT_EQ(status_of(one_function(Bytes{0, 0}, tall.u8(0x00).u8(0x0b)).build()), WASMCORE_E_LIMIT);
  Bytes fits = Bytes{0}.repeat(30000, Bytes{0x41, 1}).repeat(30000, Bytes{0x1a}).u8(0x0b);
  EXPECT_EQ(status_of(one_function(Bytes{0, 0}, fits).build()), WASMCORE_OK);
}

TEST(HostileLoad, BlocksWithinBlocks) {
  for (const Bytes& open : {Bytes{0x02, 0x40}, Bytes{0x03, 0x40}, Bytes{0x41, 1, 0x04, 0x40}}) {
    Bytes deep = Bytes{0}.repeat(100000, open).fill(100001, 0x0b);
    EXPECT_EQ(status_of(one_function(Bytes{0, 0}, deep).build()), WASMCORE_E_LIMIT);
    Bytes shallow = Bytes{0}.repeat(1000, open).fill(1001, 0x0b);
    EXPECT_EQ(status_of(one_function(Bytes{0, 0}, shallow).build()), WASMCORE_OK);
    // Ends or ifs that do not match.
    EXPECT_TRUE(refused(one_function(Bytes{0, 0}, Bytes{0}.repeat(1000, open).fill(500, 0x0b)).build()));
  }
  EXPECT_TRUE(refused(one_function(Bytes{0, 0}, Bytes{0}.fill(1000, 0x05).u8(0x0b)).build()));
  EXPECT_TRUE(refused(one_function(Bytes{0, 0}, Bytes{0}.fill(1000, 0x0b)).build()));
  Bytes dead = Bytes{0, 0x00}.repeat(100000, Bytes{0x02, 0x40}).fill(100001, 0x0b);
  EXPECT_EQ(status_of(one_function(Bytes{0, 0}, dead).build()), WASMCORE_E_LIMIT);
}

TEST(HostileLoad, ManyIfsInARow) {
  Bytes body = Bytes{0}.repeat(100000, Bytes{0x41, 0, 0x04, 0x40, 0x01, 0x05, 0x01, 0x0b}).u8(0x0b);
  EXPECT_EQ(status_of(one_function(Bytes{0, 0}, body).build()), WASMCORE_OK);
}

// wasm3 issues 563 and 570: the count of a br_table plus a few wraps around in 32 bits, the room for it is
// not made, and the entries go over the end. CVE-2022-28966: br_table writes beyond a page of code.
TEST(HostileLoad, BranchTables) {
  for (uint64_t count : {kHuge, kHuge - 1, kHuge - 2, kHuge - 3, kHuge - 4, uint64_t{0x80000000},
                         uint64_t{0x55555556}, uint64_t{0x15555555}, uint64_t{100000000}}) {
    for (size_t entries : {size_t{0}, size_t{3}, size_t{100000}}) {
      Bytes body = Bytes{0, 0x41, 0, 0x0e}.u(count).fill(entries, 0).u8(0x0b);
      EXPECT_EQ(status_of(one_function(Bytes{0, 0}, body).build(), 4u << 20), WASMCORE_E_MALFORMED);
      Bytes dead = Bytes{0, 0x00, 0x41, 0, 0x0e}.u(count).fill(entries, 0).u8(0x0b);
      EXPECT_EQ(status_of(one_function(Bytes{0, 0}, dead).build(), 4u << 20), WASMCORE_E_MALFORMED);
    }
  }
  Engine e;
  Bytes large = Bytes{0, 0x20, 0, 0x0e}.u(1000000).fill(1000001, 0).u8(0x0b);
  ASSERT_EQ(e.start(one_function(Bytes{1, kI32, 0}, large).build()), WASMCORE_OK) << e.error.message;
  for (uint64_t index : {0u, 999999u, 1000000u, 1000001u, 0xffffffffu, 0x80000000u}) {
    std::vector<uint64_t> slots = {index | 0xabcd00000000u};
    EXPECT_EQ(e.call(&slots, 1, 0), WASMCORE_TRAP_NONE);
  }
}

TEST(HostileLoad, BranchTableWhoseOperandsAllMove) {
  // Each of n entries leads to a block where 1000 operands have to be moved: n times 1000 steps for n bytes.
  Bytes type = Bytes{0}.u(1000).fill(1000, kI32);
  Bytes body = Bytes{0, 0x41, 7, 0x02, 0}.repeat(1000, Bytes{0x41, 1});
  body.add({0x41, 5}).repeat(1000, Bytes{0x41, 1}).add({0x41, 0, 0x0e}).u(200000).fill(200001, 0);
  body.add({0x0b, 0x00, 0x0b});
  wasmcore_status status = status_of(one_function(type, body).build(), size_t{600} << 20);
  EXPECT_TRUE(status == WASMCORE_OK || status == WASMCORE_E_LIMIT);
}

// Functions of a thousand parameters and results, called again and again: each byte costs a thousand steps.
// And blocks of that type, entered and left.
TEST(HostileLoad, CallsOfWideFunctions) {
  Bytes wide = Bytes().u(1000).fill(1000, kI64).u(1000).fill(1000, kI64);
  Bytes operands = Bytes{0}.repeat(1000, Bytes{0x42, 0});
  Bytes calls = Bytes(operands).repeat(20000, Bytes{0x10, 0}).u8(0x00).u8(0x0b);
  Bytes blocks = Bytes(operands).repeat(1000, Bytes{0x02, 0}).fill(1001, 0x0b);
  Bytes branches = Bytes(operands).repeat(20000, Bytes{0x41, 0, 0x0d, 0}).u8(0x0b);
  for (const Bytes& body : {calls, blocks, branches}) {
    // The limit is what stops a bomb: a hundred steps a byte are enough for any honest module.
    for (uint32_t work : {0u, 100u}) {
      Engine e;
      e.config.limits.work_per_byte = work;
      wasmcore_status status = e.load(one_function(wide, body).build());
      if (work == 0) {
        EXPECT_TRUE(status == WASMCORE_OK || status == WASMCORE_E_LIMIT) << e.error.message;
      }
      if (work != 0) {
        EXPECT_EQ(status, WASMCORE_E_LIMIT) << e.error.message;
      }
      EXPECT_LE(e.counting.peak, size_t{64} << 20);
    }
  }
  EXPECT_TRUE(refused(one_function(Bytes().u(kHuge).fill(1000, kI32), Bytes{0, 0x0b}).build()));
  EXPECT_EQ(status_of(one_function(Bytes().u(2000).fill(2000, kI32).u8(0), Bytes{0, 0x0b}).build()),
            WASMCORE_E_LIMIT);
}

TEST(HostileLoad, LocalsUsedAndWrittenInTurns) {
  // Operands that stand for one local, thousands of them, each time before it is written.
  Bytes body = Bytes{1, 1, kI32}.repeat(20000, Bytes{0x20, 0}).repeat(20000, Bytes{0x41, 1, 0x21, 0});
  EXPECT_EQ(status_of(one_function(Bytes{0, 0}, body.u8(0x00).u8(0x0b)).build()), WASMCORE_OK);
  Bytes blocks =
      Bytes{1, 1, kI32}.repeat(20000, Bytes{0x42, 1}).repeat(20000, Bytes{0x20, 0, 0x02, 0x40, 0x0b, 0x1a});
  EXPECT_EQ(status_of(one_function(Bytes{0, 0}, blocks.u8(0x00).u8(0x0b)).build()), WASMCORE_OK);
}

TEST(HostileLoad, TypesExportsImports) {
  Bytes types = Bytes().u(1000000).repeat(1000000, Bytes{0x60, 0, 0});
  EXPECT_EQ(status_of(Sections{}.set(1, types).build()), WASMCORE_E_LIMIT);
  Bytes fewer = Bytes().u(100000).repeat(100000, Bytes{0x60, 0, 0});
  EXPECT_EQ(status_of(Sections{}.set(1, fewer).build()), WASMCORE_OK);
  // Wide types that differ in the last place only: finding equal ones must not compare each with each.
  Bytes wide = Bytes().u(2000);
  for (int i = 0; i < 2000; i++) wide.u8(0x60).u(500).fill(500, kI32).u(11).fill(11, kI32);
  EXPECT_EQ(status_of(Sections{}.set(1, wide).build()), WASMCORE_OK);
  Bytes exports = Bytes().u(100000);
  for (int i = 0; i < 100000; i++) {
    std::string name = std::string(40, 'a') + std::to_string(i);
    exports.name(name).add({0, 0});
  }
  Sections s = one_function(Bytes{0, 0}, Bytes{0, 0x0b});
  EXPECT_EQ(status_of(s.set(7, exports).build()), WASMCORE_OK);
  Bytes same = Bytes().u(100000).repeat(100000, Bytes{1, 'a', 0, 0});
  EXPECT_EQ(status_of(s.set(7, same).build()), WASMCORE_E_INVALID);
  EXPECT_EQ(status_of(s.set(7, Bytes{2, 1, 'a', 0, 0, 1, 'b', 0, 1}).build()), WASMCORE_E_INVALID);
  Bytes imports = Bytes().u(20000).repeat(20000, Bytes{0, 0, 0, 0});
  EXPECT_EQ(status_of(Sections{}.set(1, Bytes{1, 0x60, 0, 0}).set(2, imports).build()), WASMCORE_E_LIMIT);
}

// ---- indices and constant expressions ----

TEST(HostileLoad, GlobalsAndConstantExpressions) {
  // Of a later global, of itself, of an own immutable one (2.0 allows imported ones only), of none.
  for (int other : {0, 1, 5}) {
    Bytes globals{2, kI32, 0, 0x23, other, 0x0b, kI32, 0, 0x41, 1, 0x0b};
    EXPECT_EQ(status_of(Sections{}.set(6, globals).build()), WASMCORE_E_INVALID) << other;
  }
  // CVE-2021-38592: a constant expression longer than the room to evaluate it.
  Bytes longest = Bytes{1, kI64, 0}.repeat(100000, Bytes{0x42, 1}).u8(0x0b);
  EXPECT_TRUE(refused(Sections{}.set(6, longest).build()));
  Bytes none{1, kI32, 0, 0x0b}, ends{1, kI32, 0, 0x41, 1}, code{1, kI32, 0, 0x41, 1, 0x41, 1, 0x6a, 0x0b};
  for (const Bytes& b : {none, ends, code}) EXPECT_TRUE(refused(Sections{}.set(6, b).build()));
}

TEST(HostileLoad, FunctionIndices) {
  Sections s = one_function(Bytes{0, 0}, Bytes{0, 0xd2, 0, 0x1a, 0x0b});
  // The function is exported, so that ref.func may name it; without an export it is undeclared.
  EXPECT_EQ(status_of(s.build()), WASMCORE_OK);
  s.content.erase(7);
  EXPECT_EQ(status_of(s.build()), WASMCORE_E_INVALID);
  for (const Bytes& body :
       {Bytes{0, 0x10, 1, 0x0b}, Bytes{0, 0x10}.u(kHuge).u8(0x0b), Bytes{0, 0xd2, 1, 0x1a, 0x0b},
        Bytes{0, 0x41, 0, 0x11, 5, 0, 0x0b}, Bytes{0, 0x41, 0, 0x11, 0, 0, 0x0b},
        Bytes{0, 0x20, 0, 0x1a, 0x0b}, Bytes{0, 0x23, 0, 0x1a, 0x0b}, Bytes{0, 0x0c, 2, 0x0b},
        Bytes{0, 0x0c}.u(kHuge).u8(0x0b), Bytes{0, 0x3f, 0, 0x1a, 0x0b}, Bytes{0, 0x02, 1, 0x0b, 0x0b}})
    EXPECT_EQ(status_of(one_function(Bytes{0, 0}, body).build()), WASMCORE_E_INVALID);
  EXPECT_TRUE(refused(one_function(Bytes{0, 0}, Bytes{0, 0x0b}).set(8, Bytes{1}).build()));
  EXPECT_TRUE(refused(one_function(Bytes{1, kI32, 0}, Bytes{0, 0x0b}).set(8, Bytes{0}).build()));
  // Functions without bodies and bodies without functions.
  EXPECT_TRUE(refused(one_function(Bytes{0, 0}, Bytes{0, 0x0b}).set(3, Bytes{2, 0, 0}).build()));
  EXPECT_TRUE(refused(one_function(Bytes{0, 0}, Bytes{0, 0x0b}).set(3, Bytes{0}).set(7, Bytes{0}).build()));
}

TEST(HostileLoad, Segments) {
  Sections s =
      one_function(Bytes{0, 0}, Bytes{0, 0x0b}).set(4, Bytes{1, kFuncref, 0, 10}).set(5, Bytes{1, 0, 1});
  for (int flags = 0; flags < 256; flags++) {
    Sections t = s;
    t.set(9, Bytes{1, flags}.u(kHuge).u(kHuge).u(kHuge));
    EXPECT_TRUE(refused(t.build(), 1u << 20)) << flags;
    t = s;
    t.set(11, Bytes{1, flags}.u(kHuge).u(kHuge).u(kHuge));
    EXPECT_TRUE(refused(t.build(), 1u << 20)) << flags;
  }
  Sections many = s;
  EXPECT_TRUE(refused(many.set(9, Bytes{1, 0, 0x41, 0, 0x0b}.u(kHuge)).build(), 1u << 20));
  EXPECT_TRUE(refused(many.set(9, Bytes{1, 1, 0}.u(1u << 30).fill(1000, 0)).build(), 1u << 20));
  many = s;
  EXPECT_TRUE(refused(many.set(11, Bytes{1, 1}.u(kHuge)).build(), 1u << 20));
  // The count of data segments lies.
  many = s;
  EXPECT_EQ(status_of(many.set(12, Bytes{5}).set(11, Bytes{1, 1, 0}).build()), WASMCORE_E_MALFORMED);
  EXPECT_EQ(status_of(many.set(12, Bytes().u(kHuge)).build(), 1u << 20), WASMCORE_E_LIMIT);
  many.content.erase(12);
  many.set(10, code_of({Bytes{0, 0xfc, 9, 0, 0x0b}}));
  EXPECT_EQ(status_of(many.build()), WASMCORE_E_MALFORMED);
}

TEST(HostileLoad, LimitsOfMemoriesAndTables) {
  for (const Bytes& m :
       {Bytes{1, 0}.u(65537), Bytes{1, 0}.u(kHuge), Bytes{1, 1, 2, 1}, Bytes{1, 1, 0}.u(65537),
        Bytes{2, 0, 1, 0, 1}, Bytes{1, 2, 1}, Bytes{1, 4, 1}, Bytes{1, 0xff, 1}})
    EXPECT_TRUE(refused(Sections{}.set(5, m).build(), 1u << 20));
  for (const Bytes& t : {Bytes{1, kFuncref, 0}.u(kHuge), Bytes{1, kFuncref, 1, 2, 1}, Bytes{1, kI32, 0, 1},
                         Bytes{1, kFuncref, 0}.u(100000000)})
    EXPECT_TRUE(refused(Sections{}.set(4, t).build(), 1u << 20));
  EXPECT_EQ(status_of(Sections{}.set(4, Bytes().u(65536).repeat(65536, Bytes{kFuncref, 0, 0})).build()),
            WASMCORE_E_LIMIT);
}

// ---- shapes of vulnerabilities of other engines, as far as public reports tell them ----

// Code that nobody reaches has operands of any type, and as many as it likes: engines whose loaders guessed
// how many there are read or wrote in front of their stacks (WAMR: CVE-2023-52284 "double free or corruption"
// in the handling of br_table and block types; issues 2726, 3137, 3513; CVE-2024-34250 and CVE-2024-34251:
// reads outside of the loader's stacks in its checks of blocks; CVE-2023-48105: reading past the end of a
// body).
TEST(HostileLoad, UnreachableCode) {
  const std::vector<Bytes> bodies = {
      Bytes{0, 0x00, 0x1a, 0x1a, 0x1a, 0x0b},
      Bytes{0, 0x00, 0x02, 1, 0x1a, 0x1a, 0x0b, 0x0b},
      Bytes{0, 0x00, 0x03, 1, 0x0c, 0, 0x0b, 0x1a, 0x0b},
      Bytes{0, 0x00, 0x04, 1, 0x05, 0x1a, 0x1a, 0x0b, 0x0b},
      Bytes{0, 0x00, 0x0e, 2, 0, 0, 0, 0x0b},
      Bytes{0, 0x02, 0x7f, 0x00, 0x0e, 0, 0, 0x0b, 0x1a, 0x0b},
      Bytes{0, 0x00, 0x1b, 0x1a, 0x0b},
      Bytes{0, 0x00, 0x1b, 0x1b, 0x1b, 0x45, 0x1a, 0x0b},
      Bytes{1, 1, kV128, 0x00, 0x21, 0, 0x22, 0, 0x1a, 0x0b},
      Bytes{0, 0x00, 0x11, 1, 0, 0x0b},
      Bytes{0, 0x00, 0x36, 0, 0, 0x0b},
      Bytes{0, 0x00, 0xfc, 10, 0, 0, 0xfc, 11, 0, 0x0b},
      Bytes{0, 0x00, 0xfd, 0x0d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x1a, 0x0b},
      Bytes{0, 0x0c, 0, 0x0d, 0, 0x0e, 0, 0, 0x0b},
      Bytes{0, 0x0f, 0x02, 0x40, 0x6a, 0x1a, 0x0b, 0x0b},
      Bytes{0, 0x00, 0xd1, 0x1a, 0x26, 0, 0x0b}};
  for (const Bytes& body : bodies) {
    Sections s = one_function(Bytes{0, 0}, body).set(4, Bytes{1, kFuncref, 0, 1}).set(5, Bytes{1, 0, 1});
    s.set(1, Bytes{2, 0x60, 0, 0, 0x60, 2, kI32, kI64, 1, kI32});
    wasmcore_status status = status_of(s.build());
    EXPECT_TRUE(status == WASMCORE_OK || status == WASMCORE_E_INVALID);
    // The same without the end, and cut in each place: nothing reads past a body.
    for (size_t n = 1; n < body.size(); n++) {
      Bytes cut;
      cut.add(std::vector<uint8_t>(body.data().begin(), body.data().begin() + static_cast<long>(n)));
      EXPECT_TRUE(refused(s.set(10, code_of({cut})).build()));
    }
  }
}

// wasm3, CVE-2021-45929, 45946 and 45947: code that pops operands of the surrounding block, or below the
// function's first, made the compiler use slots that are not there. CVE-2022-34529: bodies that end in odd
// places.
TEST(HostileLoad, OperandsOfTheOutside) {
  const std::vector<Bytes> bodies = {
      Bytes{0, 0x1a, 0x0b},                             // drop of nothing
      Bytes{0, 0x41, 1, 0x02, 0x40, 0x1a, 0x0b, 0x0b},  // drop of what is below a block
      Bytes{0, 0x41, 1, 0x03, 0x40, 0x21, 0, 0x0b, 0x0b},
      Bytes{0, 0x41, 1, 0x41, 1, 0x04, 0x40, 0x1a, 0x05, 0x1a, 0x0b, 0x0b},
      Bytes{0, 0x6a, 0x0b},
      Bytes{0, 0x41, 1, 0x6a, 0x0b},
      Bytes{0, 0x02, 0x7f, 0x0b, 0x1a, 0x0b},        // a result that is not there
      Bytes{0, 0x41, 1, 0x0b},                       // one too many
      Bytes{0, 0x41, 1, 0x42, 1, 0x6a, 0x1a, 0x0b},  // of another type
      Bytes{0, 0x41, 1, 0x42, 1, 0x41, 0, 0x1b, 0x1a, 0x0b},
      Bytes{0, 0x42, 1, 0x04, 0x40, 0x0b, 0x0b},
      Bytes{0, 0x41, 1, 0x04, 0x7f, 0x41, 1, 0x0b, 0x1a, 0x0b},  // if with a result and no else
      Bytes{0, 0x02, 0x7f, 0x0d, 0, 0x0b, 0x1a, 0x0b},
      Bytes{0, 0x02, 0x7f, 0x41, 1, 0x41, 1, 0x0e, 1, 0, 1, 0x0b, 0x1a, 0x0b}};  // labels of different arity
  for (const Bytes& body : bodies)
    EXPECT_EQ(status_of(one_function(Bytes{0, 0}, body).build()), WASMCORE_E_INVALID);
}

// WAMR, CVE-2024-27532: the type of a block whose index names none, or of a function that is not there, was
// used.
TEST(HostileLoad, TypesOfBlocksThatDoNotExist) {
  const std::vector<Bytes> types = {
      Bytes{1},          Bytes{63},         Bytes{0x80, 1},
      Bytes{0xff, 0x3f}, Bytes{0x7e, 0x7e}, Bytes{0xff, 0xff, 0xff, 0xff, 0x0f},
      Bytes{0x41},       Bytes{0x60},       Bytes{0x80, 0x80, 0x80, 0x80, 0x70}};
  for (int block : {0x02, 0x03, 0x04}) {
    for (const Bytes& type : types) {
      for (int before : {0x01, 0x00}) {  // nop; unreachable
        Bytes body{0, before, 0x41, 1, block};
        body.add(type).add({0x0b, 0x1a, 0x0b});
        EXPECT_TRUE(refused(one_function(Bytes{0, 0}, body).build()));
      }
    }
  }
}

// WAMR, CVE-2024-25431: exports that a host looks for by name had another kind or type than it took for
// granted.
TEST(HostileLoad, ExportsThatHostsLookFor) {
  for (const char* name :
       {"_start", "_initialize", "memory", "malloc", "free", "__heap_base", "__indirect_function_table"}) {
    for (int kind : {0, 1, 2, 3}) {
      Sections s = one_function(Bytes{1, kV128, 2, kI64, kFuncref}, Bytes{0, 0x00, 0x0b});
      s.set(4, Bytes{1, kExternref, 0, 1})
          .set(5, Bytes{1, 0, 1})
          .set(6, Bytes{1, kExternref, 1, 0xd0, kExternref, 0x0b});
      s.set(7, Bytes{1}.name(name).add({kind, 0}));
      Engine e;
      ASSERT_EQ(e.start(s.build()), WASMCORE_OK) << e.error.message;
      EXPECT_EQ(wasmcore_find_function(e.instance, name) != nullptr, kind == 0);
      std::vector<uint64_t> slots(4);
      EXPECT_EQ(e.call(&slots, 0, 0, name), kind == 0 ? WASMCORE_TRAP_USAGE : WASMCORE_TRAP_COUNT);
    }
  }
}

// ---- memory ----

TEST(HostileLoad, EveryRequestRefused) {
  // Nothing leaks and nothing is used that is not there, whichever request fails.
  for (uint64_t n = 1; n < 1000; n++) {
    Engine e;
    e.counting.refuse = n;
    e.config.limits.memory_pages = 2;
    wasmcore_status status = e.start(small_module());
    if (status == WASMCORE_OK) return;
    EXPECT_EQ(status, WASMCORE_E_NOMEM) << n << ": " << e.error.message;
  }
  FAIL() << "never loaded";
}

TEST(HostileLoad, ArenasOfEverySize) {
  alignas(16) static std::array<uint8_t, 1 << 20> memory;
  const std::vector<uint8_t> bytes = small_module().data();
  bool loaded = false;
  for (size_t size = 0; size < memory.size(); size += size < 4096 ? 61 : 4093) {
    wasmcore_arena arena = {memory.data(), size, 0};
    wasmcore_config config = {};
    config.allocator = wasmcore_arena_allocator(&arena);
    config.limits.memory_pages = 2;
    config.limits.stack_slots = 1000;
    config.limits.call_depth = 100;
    config.limits.table_size = 100;
    wasmcore_module* module = nullptr;
    wasmcore_instance* instance = nullptr;
    std::fill(memory.begin() + static_cast<long>(size), memory.end(), uint8_t{0xa5});
    wasmcore_status status = wasmcore_load(bytes.data(), bytes.size(), &config, &module, nullptr);
    if (status == WASMCORE_OK) status = wasmcore_instantiate(module, nullptr, &instance, nullptr);
    EXPECT_TRUE(status == WASMCORE_OK || status == WASMCORE_E_NOMEM);
    loaded = loaded || status == WASMCORE_OK;
    wasmcore_free_instance(instance);
    wasmcore_unload(module);
    EXPECT_TRUE(std::all_of(memory.begin() + static_cast<long>(size), memory.end(),
                            [](uint8_t b) { return b == 0xa5; }));
  }
  EXPECT_TRUE(loaded);
}

}  // namespace
}  // namespace wasmcore::hostile
