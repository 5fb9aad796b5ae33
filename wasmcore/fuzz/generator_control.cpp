// Generated blocks, loops and branches.
#include <algorithm>

#include "generator_body.hpp"

namespace wasmcore::fuzz {

void Body::set_dead() {
  stack_.resize(labels_.back().height);
  labels_.back().dead = true;
}

void Body::condition() {
  static const std::vector<int> compares = {0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x4f,
                                            0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x5b, 0x5d, 0x63, 0x66};
  if (source_.one_in(4)) {
    push(kI32);
    code_.i32(source_.below(4)).u8(0x6a);
    if (source_.one_in(2)) set_local(true);
  }
  if (!source_.one_in(4)) numeric(source_.pick(compares));
  if (source_.one_in(6)) numeric(0x45);
}

// The operands that a label wants, where they will be found on top of the stack.
uint32_t Body::pick_label() {
  auto n = static_cast<uint32_t>(labels_.size());
  uint32_t depth = source_.below(n);
  if (labels_[n - 1 - depth].is_loop && !source_.one_in(16)) depth = n - 1;
  return depth;
}

void Body::br_if() {
  uint32_t depth = pick_label();
  Types types = label(depth).branch;
  need_and_keep(types);
  condition();
  types.push_back(kI32);
  need(types);
  types.pop_back();
  code_.u8(0x0d).u(depth);
  push_types(types);
}

void Body::br() {
  uint32_t depth = pick_label();
  if (source_.one_in(4)) {
    need(labels_.front().branch);
    code_.u8(0x0f);
  } else if (source_.one_in(16)) {
    code_.u8(0x00);
  } else {
    need(label(depth).branch);
    code_.u8(0x0c).u(depth);
  }
  set_dead();
}

void Body::br_table() {
  uint32_t depth = pick_label(), n = source_.below(5);
  Types types = label(depth).branch;
  need_and_keep(types);
  if (source_.one_in(2)) {
    push(kI32);
    code_.i32(3).u8(0x71);
  }
  types.push_back(kI32);
  need(types);
  types.pop_back();
  code_.u8(0x0e).u(n);
  for (uint32_t i = 0; i < n; i++) {
    uint32_t other = pick_label();
    code_.u(label(other).branch == types ? other : depth);
  }
  code_.u(depth);
  set_dead();
}

void Body::block_type(Types* params, Types* results, Bytes* out) {
  uint32_t kind = source_.below(3);
  if (kind == 0) {
    *out = Bytes{0x40};
  } else if (kind == 1) {
    results->push_back(random_type(source_));
    *out = Bytes{results->front()};
  } else {
    uint32_t type = source_.below(static_cast<uint32_t>(module_.types.size()));
    *params = module_.types[type].params;
    *results = module_.types[type].results;
    out->s(type);
  }
}

void Body::finish_block() {
  const Types& results = labels_.back().results;
  auto height = static_cast<long>(labels_.back().height);
  size_t n = 0;
  if (labels_.back().dead && source_.one_in(2) && available() <= results.size() &&
      std::equal(stack_.begin() + height, stack_.end(), results.end() - static_cast<long>(available()))) {
    stack_.resize(static_cast<size_t>(height));
    push_types(results);
    return;
  }
  while (n < available() && n < results.size() && stack_[static_cast<size_t>(height) + n] == results[n]) n++;
  while (available() > n) consume();
  for (; n < results.size(); n++) push(results[n]);
}

void Body::inside(int most) {
  int end = budget_ - most;
  while (budget_ > 0 && budget_ > end && !finished()) step();
}

void Body::block() {
  if (labels_.size() > 8) return;
  Types params, results;
  Bytes type;
  block_type(&params, &results, &type);
  uint32_t kind = source_.below(3);
  if (kind == 1 && loops_ == kCounters) kind = 0;
  if (kind == 2) {
    need_and_keep(params);
    if (source_.one_in(2)) condition();
    Types all = params;
    all.push_back(kI32);
    need(all);
  } else {
    need(params);
  }
  bool counts_down = source_.one_in(3);
  uint32_t counter = counters_ + loops_, turns = 1 + source_.below(5);
  if (kind == 1) code_.i32(counts_down ? turns : 0).u8(0x21).u(counter);
  labels_.push_back({kind == 1 ? params : results, results, stack_.size(), kind == 1});
  push_types(params);
  code_.u8(2 + static_cast<int>(kind)).add(type);
  loops_ += kind == 1;
  inside(4 + static_cast<int>(source_.below(20)));
  if (kind == 1) turn(counter, turns, counts_down);
  loops_ -= kind == 1;
  finish_block();
  if (kind == 2 && (params != results || source_.one_in(2))) {
    stack_.resize(labels_.back().height);
    push_types(params);
    labels_.back().dead = false;
    code_.u8(0x05);
    inside(10);
    finish_block();
  }
  code_.u8(0x0b);
  labels_.pop_back();
}

// The end of a loop: counts, and goes back or on.
void Body::turn(uint32_t counter, uint32_t turns, bool counts_down) {
  Types params = labels_.back().branch;
  if (labels_.back().dead) return;
  need_and_keep(params);
  code_.u8(0x20).u(counter).i32(counts_down ? -1 : 1).u8(0x6a);
  bool sets = source_.one_in(3);
  code_.u8(sets ? 0x21 : 0x22).u(counter);
  if (sets && source_.one_in(2)) copies();
  if (sets) code_.u8(0x20).u(counter);
  if (!counts_down) {
    static const std::vector<int> compares = {0x47, 0x48, 0x49};
    if (source_.one_in(6)) {
      /* With itself: the same as never. */
      code_.u8(0x20).u(counter);
    } else {
      code_.i32(turns);
    }
    code_.u8(source_.pick(compares));
  } else if (source_.one_in(2)) {
    code_.i32(0).u8(0x4a);
  }
  code_.u8(0x0d).u(0);
}
}  // namespace wasmcore::fuzz
