// A body as a whole: its locals, and which instruction comes next.
#include "generator_body.hpp"

namespace wasmcore::fuzz {

Body::Body(Source& source, const Module& module, uint32_t index)
    : source_(source), module_(module), index_(index), function_(module.functions[index]) {
  const FunctionType& type = module.types[function_.type];
  locals_ = type.params;
  counters_ = static_cast<uint32_t>(locals_.size());
  locals_.insert(locals_.end(), kCounters + kAddresses, kI32);
  addresses_ = counters_ + kCounters;
  Types more = {kI32, kI32, kI64};
  Types others = random_types(source, 6);
  more.insert(more.end(), others.begin(), others.end());
  locals_.insert(locals_.end(), more.begin(), more.end());
  budget_ = 12 + static_cast<int>(source.below(90));
}

void Body::write(bool leaf) {
  leaf_ = leaf;
  labels_.push_back({module_.types[function_.type].results, module_.types[function_.type].results});
  while (budget_ > 0 && !finished()) step();
  finish_block();
  code_.u8(0x0b);
}

void Body::step() {
  budget_--;
  switch (source_.below(32)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
      i32_operation();
      break;
    case 5:
    case 6:
      combined();
      break;
    case 7:
    case 8:
      numeric(0x45 + static_cast<int>(source_.below(0x80)));
      break;
    case 9:
    case 10:
      load();
      break;
    case 11:
    case 12:
      store();
      break;
    case 13:
      copies();
      break;
    case 14:
      select();
      break;
    case 15:
    case 16:
      vector();
      break;
    case 17:
      bulk();
      break;
    case 18:
    case 19:
      call();
      break;
    case 20:
      br_if();
      break;
    case 21:
      if (source_.one_in(labels_.size() > 1 ? 3 : 20)) br();
      break;
    case 22:
      if (source_.one_in(labels_.size() > 1 ? 3 : 20)) br_table();
      break;
    case 23:
    case 24:
    case 25:
      block();
      break;
    case 26:
      if (available() != 0) consume();
      break;
    case 27:
      if (available() != 0) set_local(true);
      break;
    case 28:
      push(random_type(source_));
      break;
    case 29:
      copies();
      push(kI32);
      break;
    case 30:
      references();
      break;
    default:
      if (available() != 0) drop();
      break;
  }
}
}  // namespace wasmcore::fuzz
