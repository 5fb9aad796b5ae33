// What a JSON line costs: the plan-driven writer against code written by hand for the same struct, in one
// run.
//
// The event is the size of a real one: 13 fields in 152 bytes, a line of about 226 bytes. Prints nanoseconds
// an event for both, and their ratio.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <vector>

#include "base/fd.hpp"
#include "data/data_source.hpp"
#include "output/columns_sink.hpp"
#include "output/json_sink.hpp"
#include "output/writer.hpp"

namespace {

using namespace gadgetry;

struct Event {
  uint64_t timestamp;
  uint64_t mntns_id;
  uint32_t pid;
  uint32_t tid;
  uint32_t uid;
  uint32_t gid;
  char comm[16];
  int32_t error;
  int32_t fd;
  uint32_t flags;
  uint32_t padding;
  uint64_t latency;
  char pcomm[16];
  char fname[64];
};
static_assert(sizeof(Event) == 152);

constexpr size_t kEvents = 256;

std::vector<Event> make_events() {
  std::vector<Event> events(kEvents);
  for (size_t i = 0; i < kEvents; i++) {
    Event& e = events[i];
    std::memset(&e, 0, sizeof(e));
    auto n = static_cast<uint32_t>(i);
    e.timestamp = 1763724048123456789u + i * 1000003;
    e.mntns_id = 4026531841u + n % 3;
    e.pid = 1000 + n * 37;
    e.tid = 1000 + n * 37;
    e.uid = n % 4 == 0 ? 0 : 1000;
    e.gid = n % 4 == 0 ? 0 : 1000;
    (void)std::snprintf(e.comm, sizeof(e.comm), "worker-%zu", i);
    (void)std::snprintf(e.pcomm, sizeof(e.pcomm), "bash");
    (void)std::snprintf(e.fname, sizeof(e.fname), "/var/lib/app/data/%zu.db", i);
    e.error = n % 5 == 0 ? -2 : 0;
    e.fd = static_cast<int32_t>(n % 64);
    e.flags = 0x80000;
    e.latency = 1500 + n * 7;
  }
  return events;
}

void add(data::DataSource& source, const char* name, data::Kind kind, uint32_t offset, uint32_t size) {
  data::Field field;
  field.name = name;
  field.kind = kind;
  field.offset = offset;
  field.size = size;
  (void)source.add_field(std::move(field)).ok();
}

#define ADD(member, kind) \
  add(source, #member, data::Kind::kind, offsetof(Event, member), sizeof(Event::member))
void fill_source(data::DataSource& source) {
  ADD(timestamp, kUint64);
  ADD(mntns_id, kUint64);
  ADD(pid, kUint32);
  ADD(tid, kUint32);
  ADD(uid, kUint32);
  ADD(gid, kUint32);
  ADD(comm, kCString);
  ADD(error, kInt32);
  ADD(fd, kInt32);
  ADD(flags, kUint32);
  ADD(latency, kUint64);
  ADD(pcomm, kCString);
  ADD(fname, kCString);
  source.set_sample_size(sizeof(Event));
}
#undef ADD

// The line as somebody would write it who knows the struct: literal keys, std::to_chars, a loop for escapes.
char* put(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}
template <typename Int>
char* put_number(char* out, Int value) {
  return std::to_chars(out, out + 24, value).ptr;
}
char* put_string(char* out, const char* text, size_t size) {
  *out++ = '"';
  for (size_t i = 0; i < size && text[i] != 0; i++) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == '"' || c == '\\' || c >= 0x7f) {
      out += std::snprintf(out, 8, "\\u%04x", c);
    } else {
      *out++ = text[i];
    }
  }
  *out++ = '"';
  return out;
}
void write_by_hand(const Event& e, output::Writer& writer) {
  char* out = writer.reserve(2048);
  out = put_string(put(out, "{\"comm\":"), e.comm, sizeof(e.comm));
  out = put_number(put(out, ",\"error\":"), e.error);
  out = put_number(put(out, ",\"fd\":"), e.fd);
  out = put_number(put(out, ",\"flags\":"), e.flags);
  out = put_string(put(out, ",\"fname\":"), e.fname, sizeof(e.fname));
  out = put_number(put(out, ",\"gid\":"), e.gid);
  out = put_number(put(out, ",\"latency\":"), e.latency);
  out = put_number(put(out, ",\"mntns_id\":"), e.mntns_id);
  out = put_string(put(out, ",\"pcomm\":"), e.pcomm, sizeof(e.pcomm));
  out = put_number(put(out, ",\"pid\":"), e.pid);
  out = put_number(put(out, ",\"tid\":"), e.tid);
  out = put_number(put(out, ",\"timestamp\":"), e.timestamp);
  out = put_number(put(out, ",\"uid\":"), e.uid);
  writer.commit(put(out, "}\n"));
  writer.end_record();
}

struct Setup {
  std::vector<Event> events = make_events();
  data::DataSource source{"bench", data::SourceType::kSingle};
  data::Batch batch;
  base::Fd null{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  output::Writer writer{null.get()};

  Setup() {
    fill_source(source);
    batch.source = &source;
    for (const Event& e : events) {
      batch.records.push_back({reinterpret_cast<const uint8_t*>(&e), sizeof(Event), 0, nullptr});
    }
  }
};

void by_hand(benchmark::State& state) {
  Setup s;
  for ([[maybe_unused]] auto _ : state) {
    for (const Event& e : s.events) write_by_hand(e, s.writer);
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kEvents));
}

template <typename Sink>
void run_sink(benchmark::State& state, Setup& s, Sink& sink) {
  if (!sink.plan(s.source).ok()) state.SkipWithError("plan failed");
  for ([[maybe_unused]] auto _ : state) sink.process(s.batch);
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kEvents));
}

void by_plan(benchmark::State& state) {
  Setup s;
  output::JsonSink sink(&s.writer, "", false);
  run_sink(state, s, sink);
}

void columns(benchmark::State& state) {
  Setup s;
  output::SinkOptions options;
  options.writer = &s.writer;
  output::ColumnsSink sink(options);
  run_sink(state, s, sink);
}

BENCHMARK(by_hand);
BENCHMARK(by_plan);
BENCHMARK(columns);

// Best of several rounds of each, taken in turns: other load on the machine hits both.
template <typename F>
double best_ns(F&& f) {
  double best = 1e18;
  for (int round = 0; round < 40; round++) {
    auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 20; i++) f();
    std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    best = std::min(best, took.count() / (20.0 * kEvents));
  }
  return best;
}

void print_ratio() {
  Setup s;
  output::JsonSink sink(&s.writer, "", false);
  if (!sink.plan(s.source).ok()) return;
  output::Writer line;
  write_by_hand(s.events[7], line);
  double hand = best_ns([&] {
    for (const Event& e : s.events) write_by_hand(e, s.writer);
  });
  double plan = best_ns([&] { sink.process(s.batch); });
  std::printf("line of %zu bytes: by hand %.1f ns, by plan %.1f ns, ratio %.2f\n", line.text().size(), hand,
              plan, plan / hand);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  print_ratio();
  return 0;
}
