// Makes a table of the figures that the runners printed ("name engine value", separated by tabs): reads them
// from standard input. Of several values of the same figure, each a median of one run, the smallest counts:
// it was disturbed least.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

struct Row {
  const char* figure;
  const char* text;
};

constexpr std::array<Row, 11> kTimes{{
    {"host_to_guest_ns", "host -> guest call, ns"},
    {"guest_to_host_ns", "guest -> host call, ns"},
    {"event_ns", "event of a C guest, ns"},
    {"go_event_ns", "event of a Go guest, ns"},
    {"sha256_ms", "sha256 of 64 MiB, ms"},
    {"mix_ms", "mix, ms"},
    {"fib_ms", "fib(30), ms"},
    {"stream_ms", "loops over 1 MiB, ms"},
    {"stream_simd_ms", "the same with SIMD, ms"},
    {"floats_ms", "floats, ms"},
    {"go_json_us", "JSON in Go, us/document"},
}};

constexpr std::array<Row, 8> kSizes{{
    {"load_text_ms", "load 28 KB of C, ms"},
    {"start_text_ms", "  until its first call ends"},
    {"load_go_ms", "load 3 MB of Go, ms"},
    {"start_go_ms", "  until its first event"},
    {"instantiate_us", "instantiate 28 KB, us"},
    {"rss_none_mb", "resident, nothing loaded, MB"},
    {"rss_text_mb", "resident, 28 KB, MB"},
    {"rss_go_mb", "resident, Go, MB"},
}};

struct Engine {
  const char* name;
  const char* text;
};

// Compared with wasmcore, in this order.
constexpr std::array<Engine, 4> kOthers{{
    {"v8", "V8"},
    {"v8_liftoff", "V8 Liftoff"},
    {"v8_turbofan", "V8 TurboFan"},
    {"wabt", "wabt interp"},
}};

using Key = std::pair<std::string, std::string>;
std::map<Key, std::vector<double>> g_values;

std::optional<double> value(const std::string& figure, const std::string& engine) {
  auto found = g_values.find({figure, engine});
  if (found == g_values.end()) return std::nullopt;
  return *std::min_element(found->second.begin(), found->second.end());
}

std::string number(double v) {
  char text[32];
  std::snprintf(text, sizeof(text), v >= 1000 ? "%.0f" : v >= 100 ? "%.0f" : v >= 10 ? "%.1f" : "%.2f", v);
  return text;
}

std::string cell(std::optional<double> v) {
  return v ? number(*v) : "-";
}

std::string times(std::optional<double> v, std::optional<double> base) {
  return v && base && *base > 0 ? number(*v / *base) + "x" : "";
}

void line(const char* name, const std::vector<std::string>& cells) {
  std::printf("%-29s", name);
  for (const std::string& text : cells) std::printf(" %17s", text.c_str());
  std::printf("\n");
}

template <size_t N>
void table(const std::array<Row, N>& rows, bool native) {
  std::vector<std::string> head;
  if (native) head = {"native", "wasmcore", "without fuel"};
  if (!native) head = {"wasmcore"};
  for (const Engine& other : kOthers) head.emplace_back(other.text);
  line("", head);
  for (const Row& row : rows) {
    auto ours = value(row.figure, "wasmcore");
    auto bare = value(row.figure, "native");
    auto nofuel = value(row.figure, "nofuel");
    std::vector<std::string> cells;
    if (native) {
      cells = {cell(bare), cell(ours) + " " + times(ours, bare), cell(nofuel)};
      if (nofuel && ours) {
        char text[32];
        std::snprintf(text, sizeof(text), " %+.0f %%", (*ours / *nofuel - 1) * 100);
        cells[2] += text;
      }
    } else {
      cells = {cell(ours)};
    }
    bool any = ours || bare;
    for (const Engine& other : kOthers) {
      auto theirs = value(row.figure, other.name);
      any = any || theirs;
      cells.push_back(cell(theirs) + (theirs && ours ? " (" + times(theirs, ours) + ")" : ""));
    }
    if (any) line(row.text, cells);
  }
}

void sizes() {
  for (const char* module : {"text", "go"}) {
    const std::string prefix = std::string("load_") + module;
    auto bytes = value(prefix + "_module_kb", "wasmcore");
    if (!bytes) continue;
    std::printf("%s.wasm: %s KB of module, translated at %s MB/s into %s KB of code; %s KB held in all\n",
                module, cell(bytes).c_str(), cell(value(prefix + "_mbs", "wasmcore")).c_str(),
                cell(value(prefix + "_code_kb", "wasmcore")).c_str(),
                cell(value(prefix + "_held_kb", "wasmcore")).c_str());
  }
  if (auto bytes = value("instance_bytes", "wasmcore")) {
    std::printf("an instance of text.wasm: %s bytes, %s KB of linear memory, %s MB reserved in all\n",
                cell(bytes).c_str(), cell(value("instance_memory_kb", "wasmcore")).c_str(),
                cell(value("instance_reserved_mb", "wasmcore")).c_str());
  }
}

}  // namespace

int main() {
  for (std::string text; std::getline(std::cin, text);) {
    std::istringstream in(text);
    std::string figure, engine;
    double v = 0;
    if (in >> figure >> engine >> v) g_values[{figure, engine}].push_back(v);
  }
  std::printf(
      "native: wasmcore takes so many times as long; without fuel: what metering adds; others: they take so "
      "many times\n"
      "as long as wasmcore\n\n");
  table(kTimes, true);
  std::printf("\n");
  table(kSizes, false);
  std::printf("\n");
  sizes();
  return 0;
}
