// Steps 32 to 40: maps, perf buffers, packets, timers.
#include "steps.hpp"

namespace conformance {
namespace {

using Numbers = gadget::Map<uint32_t, uint64_t>;

void map(uint32_t n) {
  Numbers map = Numbers::create("conformance", gadget::MapType::kHash, 16);
  SKIP_UNLESS(n, map);
  uint64_t value = 0;
  CHECK(n, !map.lookup(1, value));
  CHECK(n, map.update(1, 100).ok());
  CHECK(n, map.lookup(1, value) && value == 100);
  CHECK(n, !map.update(1, 200, gadget::Update::kOnlyNew));
  CHECK(n, map.update(1, 200, gadget::Update::kOnlyExisting).ok());
  uint32_t key = 1;
  uint32_t small = 0;
  CHECK(n,
        gadget_ig_mapLookup(map.handle(), gadget::detail::ref(&key, 4), gadget::detail::ref(&small, 4)) == 1);
  CHECK(n, map.remove(1).ok());
  CHECK(n, !map.remove(1));
  CHECK(n, !Numbers::open("nothing"));
  CHECK(n, gadget_ig_mapRelease(map.handle()) == 0);
}

void iterate(uint32_t n) {
  Numbers map = Numbers::create("conformance", gadget::MapType::kHash, 16);
  SKIP_UNLESS(n, map);
  gadget::Scoped<Numbers> scope(map);
  for (uint32_t key = 0; key < 10; key++) CHECK(n, map.update(key, key * key).ok());
  uint32_t seen = 0;
  map.for_each(
      [&](const uint32_t& key, uint64_t value) { seen += value == key * key ? 1u << key : 1u << 20; });
  CHECK(n, seen == 1023);
  for (uint32_t pass = 0; pass < 2; pass++) {
    uint32_t cursor = 0;
    seen = 0;
    for (uint32_t calls = 0; calls < 10; calls++) {
      uint32_t keys[4];
      uint64_t values[4];
      auto got = map.lookup_batch(cursor, keys, values, pass == 1);
      CHECK(n, got.ok() || got.status.code() == Code::kEnd);
      for (uint32_t i = 0; i < *got; i++) seen += values[i] == keys[i] * keys[i] ? 1u << keys[i] : 1u << 20;
      if (!got) break;
    }
    CHECK(n, seen == 1023);
  }
  uint32_t key = 0;
  CHECK(n, map.first_key(key).code() == Code::kEnd);
  CHECK(n, map.update(3, 33).ok());
  uint64_t value = 0;
  CHECK(n, map.take(3, value).ok() && value == 33);
  CHECK(n, map.take(3, value).code() == Code::kNotFound);
}

void per_cpu(uint32_t n) {
  Numbers map = Numbers::create("conformance_cpu", gadget::MapType::kPerCpuHash, 4);
  SKIP_UNLESS(n, map);
  gadget::Scoped<Numbers> scope(map);
  static uint64_t values[1024];
  static uint64_t back[1024];
  uint32_t count = gadget::cpu_count();
  SKIP_UNLESS(n, count <= 1024);
  for (uint32_t i = 0; i < count; i++) values[i] = 1000 + i;
  CHECK(n, map.update_all_cpus(1, gadget::Span<const uint64_t>(values, count)).ok());
  CHECK(n, map.lookup_all_cpus(1, gadget::Span<uint64_t>(back, count)));
  for (uint32_t i = 0; i < count; i++) CHECK(n, back[i] == values[i]);
  uint64_t value = 0;
  CHECK(n, map.lookup_cpu(1, 0, value).ok() && value == 1000);
  Code code = map.lookup_cpu(1, 1000000, value).code();
  CHECK(n, code == Code::kInvalid || code == Code::kNotFound);
}

void perf(uint32_t n) {
  using Events = gadget::Map<uint32_t, uint32_t>;
  Events map = Events::create("conformance_perf", gadget::MapType::kPerfEventArray, 0);
  SKIP_UNLESS(n, map);
  gadget::Scoped<Events> scope(map);
  auto reader = gadget::PerfReader::open(map, 65536, true);
  SKIP_UNLESS(n, reader);
  CHECK(n, reader.pause().ok());
  static uint8_t sample[256];
  CHECK(n, reader.read(sample).code() == Code::kEnd);
  CHECK(n, reader.resume().ok());
  CHECK(n, reader.close().ok());
}

void single_packet(uint32_t n) {
  const Shared& s = shared();
  Event event = s.results.new_event();
  CHECK(n, event);
  CHECK(n, s.result_step.set(event, 7).ok());
  CHECK(n, s.result_name.set(event, "seven").ok());
  CHECK(n, s.result_step.get(event) == 7);
  static gadget::FixedString<1000> name;
  CHECK(n, s.result_name.get(event, name) == "seven");
  name.clear();
  while (name.size() < 1000) name.append('a');
  CHECK(n, s.result_name.set(event, name).ok());
  name.clear();
  CHECK(n, s.result_name.get(event, name).size() == 1000 && name.data()[999] == 'a');
  CHECK(n, s.results.release(event).ok());
  uint32_t value = 0;
  CHECK(n, !s.result_step.read(event, value));
  CHECK(n, !s.table.new_event());
  CHECK(n, !s.results.new_array());
}

void array_packet(uint32_t n) {
  const Shared& s = shared();
  gadget::Array array = s.table.new_array();
  CHECK(n, array && array.size() == 0);
  Event made[3];
  for (uint32_t i = 0; i < 3; i++) {
    made[i] = array.new_row();
    CHECK(n, made[i]);
    CHECK(n, s.value.set(made[i], i + 1).ok());
  }
  CHECK(n, array.append(made[0]).ok() && array.append(made[1]).ok());
  CHECK(n, array.discard(made[2]).ok());
  CHECK(n, array.size() == 2);
  CHECK(n, s.value.get(array[1]) == 2);
  CHECK(n, !array[2] && !array[40000]);
  CHECK(n, s.table.emit(array).ok());
  CHECK(n, array.size() == 0);
}

void unreference(uint32_t n) {
  const Shared& s = shared();
  CHECK(n, s.hidden.is_referenced());
  CHECK(n, s.hidden.unreference().ok());
  CHECK(n, gadget_ig_dataSourceIsReferenced(s.hidden.handle()) == 0);
  CHECK(n, gadget_ig_dataSourceIsReferenced(0) == 2);
  Event event = s.hidden.new_event();
  CHECK(n, event && s.x.set(event, 1).ok());
  CHECK(n, s.hidden.emit(event).ok());
}

}  // namespace

void map_steps() {
  run(32, "map", map);
  run(33, "map-iterate", iterate);
  run(34, "map-per-cpu", per_cpu);
  run(35, "perf", perf);
  run(36, "filter", [](uint32_t n) { CHECK(n, !gadget::should_discard_mntns(1)); });
}

void packet_steps() {
  run(37, "single-packet", single_packet);
  run(38, "array-packet", array_packet);
  run(39, "unreference", unreference);
}

}  // namespace conformance
