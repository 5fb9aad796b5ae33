// Steps 13 to 15 and 40 to 51: what callbacks see and do.
#include "steps.hpp"

namespace conformance {
namespace {

using gadget::Bytes;
using Batch = gadget::Batch<gadget::Writable<uint32_t>, gadget::Writable<Text>, int8_t, double, bool, Bytes,
                            uint64_t, gadget::List<uint16_t>>;
enum Column { kU32, kText, kI8, kF64, kB, kBytes, kAdded, kList };

constexpr uint32_t kFirst = 4000000000u;  // u32 of the first event
Batch batch;
gadget::BatchBuffer<8192> buffer;
uint32_t packets, array_packets, arrays, events, events_after_a, records, events_after_batch, rows_before,
    rows_after, timers;

// ---- rows ----

void on_array(Source, gadget::Array array) {
  const Shared& s = shared();
  constexpr uint32_t n = 42;
  if (arrays++ > 0) return;
  CHECK(n, array.size() == 3);
  for (uint32_t i = 0; i < 3; i++) {
    gadget::FixedString<16> name;
    CHECK(n, s.id.get(array[i]) == 10 + i);
    CHECK(n, s.name.get(array[i], name) == gadget::format<16>("row-", 10 + i).text());
  }
  Event row = array.new_row();
  CHECK(n, row && s.id.set(row, 99).ok() && s.name.set(row, "row-99").ok());
  CHECK(n, array.append(row).ok());
  CHECK(n, array.size() == 4);
}

constexpr uint32_t kIds[] = {10, 11, 12, 99};
constexpr uint32_t kIdsLeft[] = {10, 12, 99};

void on_row(Source, Event row) {
  constexpr uint32_t n = 43;
  uint32_t id = shared().id.get(row);
  CHECK(n, rows_before < 4 && id == kIds[rows_before]);
  rows_before++;
  if (id == 11) CHECK(n, row.drop().ok());
}

void on_row_left(Source, Event row) {
  constexpr uint32_t n = 44;
  CHECK(n, rows_after < 3 && shared().id.get(row) == kIdsLeft[rows_after]);
  rows_after++;
}

// ---- numbers ----

void on_packet(Source source, gadget::Packet packet) {
  gadget::FixedString<16> name;
  uint32_t i = packets++;
  CHECK(41, source.name(name) == "numbers");
  CHECK(41, shared().u32.get(packet.event()) == kFirst + i);
}

void on_rows_packet(Source, gadget::Packet packet) {
  array_packets++;
  CHECK(41, packet.array().size() == 3);
}

void read_event(Event event, uint32_t i) {
  const Shared& s = shared();
  constexpr uint32_t n = 45;
  CHECK(n, s.i8.get(event) == static_cast<int8_t>(-1 - static_cast<int32_t>(i)));
  CHECK(n, s.i16.get(event) == static_cast<int16_t>(-300 - static_cast<int32_t>(i)));
  CHECK(n, s.i32.get(event) == -70000 - static_cast<int32_t>(i));
  CHECK(n, s.i64.get(event) == -5000000000ll - i);
  CHECK(n, s.u8.get(event) == 200 + i);
  CHECK(n, s.u16.get(event) == 60000 + i);
  CHECK(n, s.u32.get(event) == kFirst + i);
  CHECK(n, s.u64.get(event) == 18000000000000000000ull + i);
  CHECK(n, s.f32.get(event) == 0.5f + static_cast<float>(i));
  CHECK(n, s.f64.get(event) == -0.25 - i);
  CHECK(n, s.b.get(event) == (i % 2 == 1));
  gadget::FixedString<16> text;
  CHECK(n, s.text.get(event, text) == gadget::format<16>("text-", i).text());
  uint8_t bytes[8];
  auto got = s.bytes.get(event, bytes);
  CHECK(n, got.ok() && got->size() == 8);
  for (uint32_t at = 0; at < 8; at++) CHECK(n, bytes[at] == (at == 0 ? i : at));
  gadget::FixedString<4> small;
  CHECK(n, !s.text.read(event, small));
  uint64_t wide = 0;
  CHECK(n, !gadget::Field<uint64_t>(s.u32.handle()).read(event, wide));
}

void write_event(Event event) {
  const Shared& s = shared();
  constexpr uint32_t n = 46;
  CHECK(n, s.i8.set(event, -8) && s.i16.set(event, -16) && s.i32.set(event, -32) && s.i64.set(event, -64));
  CHECK(n, s.u8.set(event, 8) && s.u16.set(event, 16) && s.u64.set(event, 64));
  CHECK(n, s.f32.set(event, 1.5f) && s.f64.set(event, 2.5) && s.b.set(event, true));
  CHECK(n, s.text.set(event, "changed") && s.bytes.set(event, Bytes("ABCDEFGH", 8)) && s.added.set(event, 8));
  CHECK(n, s.i8.get(event) == -8 && s.i16.get(event) == -16 && s.i32.get(event) == -32 &&
               s.i64.get(event) == -64);
  CHECK(n, s.u8.get(event) == 8 && s.u16.get(event) == 16 && s.u64.get(event) == 64);
  CHECK(n, s.f32.get(event) == 1.5f && s.f64.get(event) == 2.5 && s.b.get(event) && s.added.get(event) == 8);
  gadget::FixedString<16> text;
  CHECK(n, s.text.get(event, text) == "changed");
  uint8_t bytes[8];
  CHECK(n, s.bytes.get(event, bytes).ok() && Text(reinterpret_cast<char*>(bytes), 8) == "ABCDEFGH");
  CHECK(n, !gadget::Field<uint64_t>(s.u32.handle()).set(event, 1));
  CHECK(n, !s.bytes.set(event, Bytes("ABC", 3)));
}

void write_lists(Event event, uint16_t first) {
  const Shared& s = shared();
  constexpr uint32_t n = 47;
  CHECK(n, s.list.resize(event, 3).ok());
  CHECK(n, s.list.set(event, 0, first) && s.list.set(event, 1, 1) && s.list.set(event, 2, 2));
  CHECK(n, s.list.size(event) == 3);
  CHECK(n, s.list.get(event, 0) == first && s.list.get(event, 1) == 1 && s.list.get(event, 2) == 2);
  Code code = s.list.read(event, 3).status.code();
  CHECK(n, code == Code::kInvalid || code == Code::kNotFound);
  CHECK(n, s.names.resize(event, 2) && s.names.set(event, 0, "a") && s.names.set(event, 1, "bb"));
  gadget::FixedString<8> text;
  CHECK(n, s.names.get(event, 0, text) == "a" && s.names.get(event, 1, text) == "bb");
  code = s.list.resize(event, 70000).code();
  CHECK(n, code == Code::kLimit || code == Code::kInvalid);
  CHECK(n, !gadget::AnyListField(s.u32.handle()).resize(event, 2));
}

void on_event(Source, Event event) {
  uint32_t i = events++;
  read_event(event, i);
  if (i == 2) {
    CHECK(48, event.drop().ok());
    return;
  }
  write_event(event);
  write_lists(event, static_cast<uint16_t>(kFirst + i));
}

void on_event_after_a(Source, Event event) {
  const Shared& s = shared();
  constexpr uint32_t kLeft[] = {0, 1, 3};
  gadget::FixedString<16> text;
  CHECK(48, events_after_a < 3 && s.u32.get(event) == kFirst + kLeft[events_after_a]);
  events_after_a++;
  CHECK(48, s.text.get(event, text) == "changed");
}

void on_record(Batch::Row row) {
  constexpr uint32_t n = 49;
  records++;
  CHECK(n, row.get<kText>() == "changed" && row.get<kI8>() == -8 && row.get<kF64>() == 2.5);
  CHECK(n, row.get<kB>() && row.get<kAdded>() == 8 && !row.is_cut());
  Bytes bytes = row.get<kBytes>();
  CHECK(n, bytes.size() == 8 && bytes[0] == 'A' && bytes[7] == 'H');
  auto list = row.get<kList>();
  CHECK(n, list.size() == 3 && list[0] == static_cast<uint16_t>(row.get<kU32>()) && list[2] == 2);
}

// Writes a number as a module would that does not say so.
void write_unsaid(Batch::Rows rows, uint32_t index) {
  Batch::Row row = rows[index];
  row.set<kU32>(6);
  row.forget();
}

void on_batch(Batch::Rows rows) {
  for (uint32_t i = 0; i < rows.size(); i++) {
    Batch::Row row = rows[i];
    on_record(row);
    uint32_t number = row.get<kU32>();
    if (number == kFirst) {
      row.set<kU32>(5);
      row.set<kText>("from batch");
    } else if (number == kFirst + 1) {
      row.drop();
    } else {
      write_unsaid(rows, i);
    }
  }
}

void on_event_after_batch(Source, Event event) {
  const Shared& s = shared();
  constexpr uint32_t n = 50;
  uint32_t i = events_after_batch++;
  gadget::FixedString<16> text;
  s.text.read(event, text);
  CHECK(n, i < 2);
  CHECK(n, s.u32.get(event) == (i == 0 ? 5 : kFirst + 3));
  CHECK(n, text.text() == (i == 0 ? "from batch" : "changed"));
  CHECK(n, s.i8.get(event) == -8 && s.list.size(event) == 3 && s.names.size(event) == 2);
}

void on_output(const gadget::Output& output) {
  if (output.is_end) return gadget::print("end\n");
  gadget::FixedString<16> text;
  gadget::print("event ", shared().u32.get(output.event()), " ", shared().text.get(output.event(), text),
                "\n");
}

// ---- subscriptions ----

void subscribe_batch(uint32_t n) {
  const Shared& s = shared();
  Status status = batch.subscribe(s.numbers, {"u32", "text", "i8", "f64", "b", "bytes", "added", "list"},
                                  buffer, on_batch, 100);
  CHECK(n, status.ok());
  gadget_view_field view[] = {{0, 0, 0, 0}};
  uint32_t stride = 0;
  uint64_t memory = gadget::detail::ref(buffer.bytes, sizeof(buffer.bytes));
  CHECK(n,
        gadget_v2_subscribeBatch(s.numbers.handle(), 100, 0, view, 1, memory, &stride) == GADGET_BAD_HANDLE);
  view[0].field = s.u32.handle();
  memory = gadget::detail::ref(buffer.bytes, 16);
  CHECK(n,
        gadget_v2_subscribeBatch(s.numbers.handle(), 100, 0, view, 1, memory, &stride) == GADGET_TOO_SMALL);
}

}  // namespace

void subscribe_steps() {
  run(13, "subscribe", [](uint32_t n) {
    const Shared& s = shared();
    CHECK(n, s.numbers.subscribe(on_event, -100) && s.numbers.subscribe(on_event_after_a, -50));
    CHECK(n, s.numbers.subscribe(on_event_after_batch, 200) && s.numbers.subscribe_packet(on_packet, -200));
    CHECK(n, s.rows.subscribe_packet(on_rows_packet, -200) && s.rows.subscribe_array(on_array, -100));
    CHECK(n, s.rows.subscribe(on_row, -50) && s.rows.subscribe(on_row_left, 100));
    CHECK(n, gadget_ig_dataSourceSubscribe(s.numbers.handle(), 9, 0, 0) == 1);
    CHECK(n, gadget_ig_dataSourceSubscribe(s.numbers.handle(), 2, 0, 0) == 1);
  });
  run(14, "subscribe-batch", subscribe_batch);
  run(15, "output-mode", [](uint32_t n) {
    CHECK(n, shared().numbers.output_mode("conformance", on_output).ok());
    CHECK(n, gadget_v2_outputWrite(gadget::detail::ref("x")) == GADGET_STATE);
  });
}

void start_timers() {
  run(40, "timer-start", [](uint32_t n) {
    CHECK(n, gadget::Timer::once(1000000, [] { timers++; }).ok());
    auto other = gadget::Timer::every(3600ull * 1000000000ull, [] {});
    CHECK(n, other.ok() && other->close().ok());
  });
}

void callback_reports() {
  struct Expected {
    uint32_t number;
    const char* name;
    uint32_t calls, expected;
  };
  const Expected all[] = {{41, "packet", packets + array_packets, 5},
                          {42, "array", arrays, 1},
                          {43, "row", rows_before, 4},
                          {44, "row-drop", rows_after, 3},
                          {45, "read", events, 4},
                          {46, "write", events, 4},
                          {47, "lists", events, 4},
                          {48, "drop", events_after_a, 3},
                          {49, "batch", records, 3},
                          {50, "batch-write", events_after_batch, 2},
                          {51, "timer", timers, 1}};
  for (const Expected& step : all) {
    if (step.calls != step.expected) wrong(step.number, "called ", step.calls, " times, not ", step.expected);
    report(step.number, step.name);
  }
}

}  // namespace conformance
