// What it costs to take events out of a ring buffer: bpf::RingReader against libbpf's ring_buffer__consume.
//
// Each round fills the ring (outside the measured time), then empties it in one of the ways below. Prints
// nanoseconds of wall time per event, the best and the middle one of all rounds.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "bpf/load.hpp"
#include "bpf/ring_reader.hpp"

namespace {

using namespace gadgetry;
using Clock = std::chrono::steady_clock;

constexpr int kRounds = 60;
constexpr uint32_t kRingBytes = 16u << 20;
constexpr size_t kBatch = 256;

uint64_t g_per_round = 0;
uint64_t g_events = 0;
uint64_t g_sum = 0;

// Every byte of the event is read, as an output does.
uint64_t sum_of(const uint8_t* event) {
  uint64_t words[19];
  std::memcpy(words, event, sizeof(words));
  uint64_t sum = 0;
  for (uint64_t word : words) sum += word;
  return sum;
}

int count_only(void*, void*, size_t) {
  ++g_events;
  return 0;
}

int touch(void*, void* bytes, size_t) {
  ++g_events;
  g_sum += sum_of(static_cast<const uint8_t*>(bytes));
  return 0;
}

void fill_ring(int program) {
  uint64_t arguments[12] = {g_per_round};
  bpf_test_run_opts options{};
  options.sz = sizeof(options);
  options.ctx_in = arguments;
  options.ctx_size_in = sizeof(arguments);
  if (bpf_prog_test_run_opts(program, &options) != 0) std::perror("filling the ring");
}

template <typename Consume>
void measure(const char* name, int program, Consume consume) {
  std::vector<double> rounds;
  for (int round = 0; round < kRounds; ++round) {
    fill_ring(program);
    g_events = 0;
    auto begin = Clock::now();
    consume();
    std::chrono::duration<double, std::nano> took = Clock::now() - begin;
    if (g_events != 0) rounds.push_back(took.count() / static_cast<double>(g_events));
  }
  if (rounds.empty()) return;
  std::sort(rounds.begin(), rounds.end());
  std::printf("%-44s best %5.1f  median %5.1f ns/event\n", name, rounds.front(), rounds[rounds.size() / 2]);
}

void drain(bpf::RingReader& reader, std::vector<data::Record>& records, bool touches) {
  for (;;) {
    records.clear();
    size_t count = reader.fill(records, kBatch);
    if (count == 0) break;
    g_events += count;
    if (touches) {
      for (const data::Record& record : records) g_sum += sum_of(record.sample);
    }
    reader.release();
  }
}

int compare(int map, int program) {
  ring_buffer* ring = ring_buffer__new(map, count_only, nullptr, nullptr);
  measure("libbpf ring_buffer__consume, count", program, [&] { ring_buffer__consume(ring); });
  ring_buffer__free(ring);
  ring = ring_buffer__new(map, touch, nullptr, nullptr);
  measure("libbpf ring_buffer__consume, read an event", program, [&] { ring_buffer__consume(ring); });
  ring_buffer__free(ring);

  auto reader = bpf::RingReader::open(map, kRingBytes);
  if (!reader.ok()) return std::fprintf(stderr, "%s\n", reader.error().text().c_str()), 1;
  std::vector<data::Record> records;
  records.reserve(kBatch);
  measure("RingReader fill + release, count", program, [&] { drain(*reader, records, false); });
  measure("RingReader fill + release, read an event", program, [&] { drain(*reader, records, true); });
  return 0;
}

int run(const char* path) {
  bpf_object* object = bpf_object__open_file(path, nullptr);
  if (object == nullptr) return std::perror(path), 1;
  if (auto loaded = bpf::load(object, {}); !loaded.ok()) {
    std::fprintf(stderr, "%s\n", loaded.error().text().c_str());
    return 1;
  }
  int map = bpf_object__find_map_fd_by_name(object, "events");
  int program = bpf_program__fd(bpf_object__find_program_by_name(object, "emit"));
  for (uint64_t events : {1000u, 100000u}) {  // 160 KB: in the cache; 16 MB: not
    std::printf("%lu events at a time\n", static_cast<unsigned long>(events));
    g_per_round = events;
    if (int status = compare(map, program); status != 0) return status;
  }
  bpf_object__close(object);
  return g_sum == 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: ring_bench ring_bench.bpf.o\n"), 2;
  return run(argv[1]);
}
