// Generated instructions that access memory and tables.
#include "generator_body.hpp"

namespace wasmcore::fuzz {
namespace {

struct Access {
  int op;
  uint8_t type;
  int align;
};
const std::vector<Access> kLoads = {{0x28, kI32, 2}, {0x28, kI32, 2}, {0x29, kI64, 3}, {0x2a, kF32, 2},
                                    {0x2b, kF64, 3}, {0x2c, kI32, 0}, {0x2d, kI32, 0}, {0x2e, kI32, 1},
                                    {0x2f, kI32, 1}, {0x30, kI64, 0}, {0x31, kI64, 0}, {0x32, kI64, 1},
                                    {0x33, kI64, 1}, {0x34, kI64, 2}, {0x35, kI64, 2}};
const std::vector<Access> kStores = {{0x36, kI32, 2}, {0x36, kI32, 2}, {0x37, kI64, 3}, {0x38, kF32, 2},
                                     {0x39, kF64, 3}, {0x3a, kI32, 0}, {0x3b, kI32, 1}, {0x3c, kI64, 0},
                                     {0x3d, kI64, 1}, {0x3e, kI64, 2}};

}  // namespace

// A number that is most often a valid address.
void Body::address() {
  switch (source_.below(8)) {
    case 0:
      code_.i32(source_.below(256) * 16);
      stack_.push_back(kI32);
      break;
    case 1:
      need_and_keep({kI32});
      code_.i32(source_.one_in(2) ? 0x7fff : 0xfff0).u8(0x71);
      break;
    case 2:
      address_local();
      address_local();
      code_.u8(0x6a);
      pop(1);
      break;
    case 3:
      if (source_.one_in(16)) {
        push(kI32);
        break;
      }
      [[fallthrough]];
    case 4:
      address_local();
      break;
    default:
      address_local();
      code_.i32(source_.one_in(12) ? small_or_large() : source_.below(200)).u8(0x6a);
      break;
  }
  if (source_.one_in(24)) set_local(true);
}

void Body::address_local() {
  code_.u8(0x20).u(addresses_ + source_.below(kAddresses));
  stack_.push_back(kI32);
}

void Body::memarg(int align) {
  code_.u(source_.below(static_cast<uint32_t>(align) + 1));
  code_.u(source_.one_in(64) ? source_.bits() & 0xffffffff : source_.below(64));
}

void Body::load() {
  const Access& a = source_.pick(kLoads);
  address();
  code_.u8(a.op);
  memarg(a.align);
  stack_.back() = a.type;
}

void Body::store() {
  const Access& a = source_.pick(kStores);
  address();
  push(a.type);
  if (source_.one_in(2)) set_local(true);
  if (a.type == kI32 && source_.one_in(2)) code_.i32(small_or_large()).u8(source_.one_in(2) ? 0x6a : 0x73);
  pop(2);
  code_.u8(a.op);
  memarg(a.align);
}

void Body::vector_memory(const wc_simd_op& op, int number) {
  bool lanes = op.shape == WC_SIMD_LOAD_LANE || op.shape == WC_SIMD_STORE_LANE;
  bool loads = op.shape == WC_SIMD_LOAD || op.shape == WC_SIMD_LOAD_LANE;
  address();
  if (op.shape != WC_SIMD_LOAD) push(kV128);
  pop(op.shape == WC_SIMD_LOAD ? 1 : 2);
  code_.u8(0xfd).u(static_cast<uint64_t>(number));
  memarg(op.max_align);
  if (lanes) code_.u(source_.below(op.nlanes));
  if (loads) stack_.push_back(kV128);
}

void Body::three(uint32_t a, uint32_t b, uint32_t c) {
  for (uint32_t v : {a, b, c}) {
    if (source_.one_in(6))
      push(kI32);
    else {
      code_.i32(v);
      stack_.push_back(kI32);
    }
  }
  pop(3);
}

void Body::bulk() {
  uint32_t a = source_.below(250) * 64, b = source_.below(40), c = source_.below(24);
  if (source_.one_in(40)) a = 0xfffffff0u;
  switch (source_.below(12)) {
    case 0:
      three(a, b, c * 20);
      code_.add({0xfc, 11, 0});
      break;
    case 1:
      three(a, b * 64, c * 20);
      code_.add({0xfc, 10, 0, 0});
      break;
    case 2:
      three(a, b, c);
      code_.add({0xfc, 8, 1, 0});
      break;
    case 3:
      three(b % 8, c % 4, c % 3);
      code_.add({0xfc, 12, 1, 0});
      break;
    case 4:
      three(b % 8, c % 8, c % 3);
      code_.add({0xfc, 14, 0, 0});
      break;
    case 5:
      three(b % 4, c % 4, c % 2);
      code_.add({0xfc, 14, 1, 1});
      break;
    case 6:
      if (source_.one_in(4)) code_.add({0xfc, 9, 1});
      break;
    case 7:
      if (source_.one_in(4)) code_.add({0xfc, 13, 1});
      break;
    case 8:
      code_.u8(0x3f).u8(0);
      stack_.push_back(kI32);
      break;
    case 9:
      grow_memory();
      break;
    default:
      table();
      break;
  }
}

void Body::grow_memory() {
  if (source_.one_in(8))
    need({kI32});
  else
    code_.i32(source_.below(2));
  code_.add({0x40, 0});
  stack_.push_back(kI32);
}

void Body::table() {
  int t = static_cast<int>(source_.below(2));
  uint8_t type = t != 0 ? kExtern : kFunc;
  uint32_t index = source_.below(source_.one_in(20) ? 255 : kTableSize[t]);
  switch (source_.below(5)) {
    case 0:
      code_.i32(index).add({0x25, t});
      stack_.push_back(type);
      break;
    case 1:
      code_.i32(index);
      stack_.push_back(kI32);
      need_and_keep({kI32, type});
      pop(2);
      code_.add({0x26, t});
      break;
    case 2:
      code_.add({0xfc, 16, t});
      stack_.push_back(kI32);
      break;
    case 3:
      need_and_keep({type});
      code_.i32(source_.one_in(16) ? small_or_large() : source_.below(3)).add({0xfc, 15, t});
      stack_.back() = kI32;
      break;
    default:
      code_.i32(index);
      stack_.push_back(kI32);
      push(type);
      pop(2);
      code_.i32(source_.below(3)).add({0xfc, 17, t});
      break;
  }
}
}  // namespace wasmcore::fuzz
