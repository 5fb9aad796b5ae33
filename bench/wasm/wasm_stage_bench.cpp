// What a gadget's module costs, in one process and without the kernel: batches of 256 samples run through the
// streams of the same gadget without a module and with each module, by turns; the fastest round of each
// counts. Prints nanoseconds an event, what the module adds to the gadget without one, and the ratio.
//
//   wasm_stage_bench [--quick] STORE DNS_TESTS
//
// STORE has the images bench_NAME_event and bench_NAME_batch (run.sh makes them); trace_open and trace_dns
// are those of GADGETRY_DATA_DIR. DNS_TESTS is the folder of trace_dns's tests, whose messages are parsed.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "data/access.hpp"
#include "dns_native.hpp"
#include "metadata/metadata.hpp"
#include "output/sink_factory.hpp"
#include "pipeline/recording_text.hpp"
#include "pipeline/rest_stage.hpp"
#include "pipeline/run.hpp"

namespace {

using namespace gadgetry;

constexpr size_t kBatch = pipeline::Stream::kBatchRecords;
constexpr size_t kTextBytes = 1 << 20;

template <typename T>
T must(base::Result<T> result) {
  if (result.ok()) return std::move(*result);
  std::fprintf(stderr, "wasm_stage_bench: %s\n", result.error().text().c_str());
  std::exit(1);
}

// CPU time of this thread, so that it does not matter what else the machine does.
double now_ns() {
  timespec now{};
  (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

struct Samples {
  std::vector<std::string> bytes;
  std::vector<data::Record> records;  // one batch: the samples again and again

  void make_records() {
    for (size_t i = 0; i < kBatch; i++) {
      const std::string& sample = bytes[i % bytes.size()];
      records.push_back({.sample = reinterpret_cast<const uint8_t*>(sample.data()),
                         .sample_size = static_cast<uint32_t>(sample.size())});
    }
  }
};

pipeline::GadgetParts load(const std::string& image, const std::string& store) {
  return must(pipeline::load_source(image, {.store_path = store}));
}

// A data source as the eBPF object declares it, before stages change its fields.
std::unique_ptr<data::DataSource> plain_source(pipeline::Gadget& gadget) {
  auto source = must(gadget.object().make_source(gadget.object().declarations().tracers.at(0)));
  metadata::apply_to(gadget.metadata(), *source);
  auto done = pipeline::RestStage::add_field(*source);
  if (!done.ok()) std::exit(1);
  return source;
}

void add_samples(const std::string& lines, const data::DataSource& source, Samples& out) {
  auto recording = must(pipeline::TextRecording::from_text(lines, "input"));
  if (auto bound = recording->bind(source); !bound.ok()) {
    std::fprintf(stderr, "wasm_stage_bench: %s\n", bound.error().text().c_str());
    std::exit(1);
  }
  pipeline::RecordedItem item;
  while (must(recording->next(item))) {
    if (item.type != pipeline::RecordedItem::Type::kBatch) continue;
    for (const data::Record& record : item.records) {
      out.bytes.emplace_back(reinterpret_cast<const char*>(record.sample), record.sample_size);
    }
  }
}

// Opens as a server makes them. The samples end behind the name, as the program sends them.
Samples open_samples(const std::string& store) {
  auto gadget = must(pipeline::Gadget::open(load("trace_open", store)));
  auto source = plain_source(*gadget);
  static const char* const kNames[] = {"/etc/ld.so.cache",
                                       "/lib/x86_64-linux-gnu/libc.so.6",
                                       "/proc/self/status",
                                       "/usr/share/zoneinfo/Europe/Berlin",
                                       "/var/lib/app/data/segments/00000000000000012345.index",
                                       "/sys/fs/cgroup/system.slice/app.service/memory.current",
                                       "config.json",
                                       "/dev/null"};
  std::string lines;
  for (size_t i = 0; i < kBatch; i++) {
    size_t pid = 1000 + i * 7902 % 30000;  // 2 i (mod 100): with a count, every hundredth ends in 00
    char line[1024];
    (void)std::snprintf(
        line, sizeof(line),
        R"({"source": "open", "fields": {"timestamp_raw": %zu, "proc": {"comm": "worker-%zu", "pid": %zu, "tid": %zu, )"
        R"("mntns_id": %zu, "creds": {"uid": 0, "gid": 0}, "parent": {"comm": "supervisor", "pid": %zu}}, )"
        R"("error_raw": %d, "fd": %zu, "flags_raw": 524288, "fname": "%s"}})"
        "\n",
        1000000000 + i * 1000003, i % 10, pid, pid, 4026531841 + i % 3, pid - 1, i % 5 == 0 ? 2 : 0,
        3 + i % 61, kNames[i % std::size(kNames)]);
    lines += line;
  }
  Samples out;
  add_samples(lines, *source, out);
  uint32_t at = source->find("fname")->offset;
  for (std::string& sample : out.bytes) sample.resize(at + std::strlen(sample.c_str() + at) + 1);
  out.make_records();
  return out;
}

Samples dns_samples(const std::string& store, const std::string& tests, const std::string& test) {
  auto gadget = must(pipeline::Gadget::open(load("trace_dns", store)));
  auto source = plain_source(*gadget);
  Samples out;
  add_samples(must(base::read_file(tests + "/" + test + "/input.jsonl", kTextBytes)), *source, out);
  out.make_records();
  return out;
}

// A gadget with its stages and its sink, and how fast it was.
class Variant {
 public:
  Variant(std::string name, pipeline::GadgetParts parts, output::OutputMode mode) : name_(std::move(name)) {
    auto make_sink = [&](data::DataSource& source) -> base::Result<std::unique_ptr<data::Sink>> {
      output::SinkOptions options;
      options.mode = mode;
      options.writer = &writer_;
      GADGETRY_ASSIGN(auto sink, output::make_sink(options, source));
      return std::unique_ptr<data::Sink>(std::move(sink));
    };
    run_ = must(pipeline::Run::create(must(pipeline::Gadget::open(std::move(parts))), {}, make_sink));
  }

  const std::string& name() const { return name_; }
  double best() const { return best_; }
  double kept() const {
    const data::Counters& counters = stream().source().counters();
    return static_cast<double>(counters.delivered) / static_cast<double>(counters.received);
  }

  void round(const Samples& samples, size_t batches) {
    double start = now_ns();
    for (size_t i = 0; i < batches; i++) {
      stream().records().assign(samples.records.begin(), samples.records.end());
      stream().process();
      writer_.clear();
    }
    best_ = std::min(best_, (now_ns() - start) / static_cast<double>(batches * kBatch));
  }

  // A module that traps is switched off, and costs nothing.
  void check() const {
    if (run_->module() == nullptr || run_->module()->host().active()) return;
    std::fprintf(stderr, "wasm_stage_bench: the module of %s trapped\n", name_.c_str());
    std::exit(1);
  }
  double instructions() const {
    if (run_->module() == nullptr) return 0;
    return static_cast<double>(run_->module()->host().stats().fuel) /
           static_cast<double>(stream().source().counters().received);
  }

 private:
  pipeline::Stream& stream() const { return *run_->streams().front(); }

  std::string name_;
  output::Writer writer_;
  std::unique_ptr<pipeline::Run> run_;
  double best_ = 1e18;
};

struct Rounds {
  size_t rounds;
  size_t batches;
};

// By turns, so that what else the machine does hits all of them. The first variant is the gadget without a
// module.
void measure(const char* title, std::vector<std::unique_ptr<Variant>>& variants, const Samples& samples,
             Rounds how) {
  for (size_t round = 0; round < how.rounds; round++) {
    for (auto& variant : variants) variant->round(samples, how.batches);
  }
  std::printf("%-40s %9s %9s %8s %9s %7s\n", title, "ns/event", "added", "ratio", "instr.", "kept");
  double base = variants.front()->best();
  for (auto& variant : variants) {
    variant->check();
    std::printf("  %-38s %9.1f %9.1f %7.2fx %9.1f %5.1f %%\n", variant->name().c_str(), variant->best(),
                variant->best() - base, variant->best() / base, variant->instructions(),
                variant->kept() * 100);
  }
  std::printf("\n");
  std::fflush(stdout);
}

void measure_open(const std::string& store, Rounds how) {
  Samples samples = open_samples(store);
  for (auto mode : {output::OutputMode::kNone, output::OutputMode::kJson}) {
    std::vector<std::unique_ptr<Variant>> variants;
    variants.push_back(std::make_unique<Variant>("no module", load("trace_open", store), mode));
    for (const char* kind : {"event", "batch"}) {
      for (const char* module : {"identity", "rewrite", "drop99"}) {
        std::string image = std::string("bench_") + module + "_" + kind;
        std::string name =
            std::string(module) + (std::strcmp(kind, "event") == 0 ? ", event by event" : ", in batches");
        variants.push_back(std::make_unique<Variant>(name, load(image, store), mode));
      }
    }
    measure(mode == output::OutputMode::kNone ? "trace_open -o none" : "trace_open -o json", variants,
            samples, how);
  }
}

// The same parser as machine code, on the same messages.
double native_parser(const Samples& samples, uint32_t data_at, Rounds how) {
  double best = 1e18;
  uint64_t sum = 0;
  for (size_t round = 0; round < how.rounds; round++) {
    double start = now_ns();
    for (size_t i = 0; i < how.batches; i++) {
      for (const data::Record& record : samples.records) {
        sum += bench::parse_dns(record.sample + data_at, record.sample_size - data_at);
      }
    }
    best = std::min(best, (now_ns() - start) / static_cast<double>(how.batches * kBatch));
  }
  if (sum == 0) std::exit(1);
  return best;
}

void measure_dns(const std::string& store, const std::string& tests, const std::string& test, Rounds how) {
  Samples samples = dns_samples(store, tests, test);
  std::vector<std::unique_ptr<Variant>> variants;
  pipeline::GadgetParts parts = load("trace_dns", store);
  auto gadget = must(pipeline::Gadget::open(parts));
  uint32_t data_at = plain_source(*gadget)->sample_size();
  pipeline::GadgetParts without = parts;
  without.wasm.clear();
  variants.push_back(std::make_unique<Variant>("no module", without, output::OutputMode::kNone));
  variants.push_back(std::make_unique<Variant>("its module", parts, output::OutputMode::kNone));
  measure(("trace_dns -o none, " + test).c_str(), variants, samples, how);
  double native = native_parser(samples, data_at, how);
  double module = variants[1]->best() - variants[0]->best();
  std::printf("  the parser as machine code: %.1f ns a message; the module takes %.1fx of that\n\n", native,
              module / native);
}

}  // namespace

int main(int argc, char** argv) {
  bool quick = argc > 1 && std::strcmp(argv[1], "--quick") == 0;
  if (argc - (quick ? 1 : 0) != 3) {
    std::fprintf(stderr, "usage: %s [--quick] STORE DNS_TESTS\n", argv[0]);
    return 2;
  }
  std::string store = argv[argc - 2];
  std::string tests = argv[argc - 1];
  measure_open(store, quick ? Rounds{2, 20} : Rounds{200, 25});
  for (const char* test : {"queries_and_responses", "record_types", "malformed"}) {
    measure_dns(store, tests, test, quick ? Rounds{2, 5} : Rounds{150, 4});
  }
  return 0;
}
