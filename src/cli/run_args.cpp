#include "cli/run_args.hpp"

#include <CLI/CLI.hpp>

#include "base/limits.hpp"
#include "base/strings.hpp"

namespace gadgetry::cli {

void add_run_options(CLI::App& sub, RunArgs& args) {
  sub.add_option("-o,--output", args.output,
                 "columns, json, jsonpretty, yaml, tree or none; default: as the gadget says")
      ->type_name("MODE");
  sub.add_option("--fields", args.fields, "Fields to show: f1,f2, or +f1,-f2 relative to the default")
      ->type_name("FIELDS");
  sub.add_option("-F,--filter", args.filter,
                 "Show only matching events: 'proc.comm==cat,fd>2' (all must hold; = != < <= > >= ~ !~)")
      ->type_name("RULES");
  sub.add_option(
         "-E,--filter-expr", args.filter_expr,
         "Show only events for which this holds: 'proc.comm == \"cat\" and (fd > 2 or fname matches \"^/etc\")'")
      ->type_name("EXPR");
  sub.add_option("--sort", args.sort, "Sort snapshots and tables: f1,-f2 (- descends)")->type_name("FIELDS");
  sub.add_option("--max-entries", args.max_entries,
                 "Rows of a snapshot or table at most; events of a tracer at most")
      ->type_name("N");
  sub.add_option("--interval,--map-fetch-interval", args.interval,
                 "Time between two reads of maps and iterators: seconds, or a duration such as 500ms")
      ->type_name("DURATION");
  sub.add_option("--count,--map-fetch-count", args.count,
                 "End after this many reads of maps and iterators, or events of a tracer")
      ->type_name("N");
  sub.add_option("-t,--timeout", args.timeout, "End after this time: seconds, or a duration such as 1m30s")
      ->type_name("TIME");
  sub.add_option("--ring-size", args.ring_size,
                 "Size of each ring buffer: 512K, 4M; rounded up to a power of two")
      ->type_name("SIZE");
  sub.add_option("--map-mode", args.map_mode,
                 "What reading a map does to it: consume (start again from zero) or keep")
      ->type_name("MODE");
  sub.add_flag("--per-cpu", args.per_cpu,
               "Show the values of per-CPU maps for each CPU instead of their sum");
  sub.add_option("--netns", args.netns,
                 "Network namespaces in which socket iterators run: files such as /proc/123/ns/net")
      ->type_name("FILE");
}

base::Result<uint32_t> parse_ring_size(const std::string& text) {
  auto invalid = [&] {
    return base::Error::usage("--ring-size: " + base::printable(text) + " is not a size")
        .with_hint("give bytes, or a number with K or M, up to 1024M");
  };
  std::string_view digits = text;
  uint64_t unit = 1;
  if (digits.ends_with('K') || digits.ends_with('k')) unit = 1 << 10;
  if (digits.ends_with('M') || digits.ends_with('m')) unit = 1 << 20;
  if (unit != 1) digits.remove_suffix(1);
  auto number = base::parse_int<uint32_t>(digits);
  if (!number || *number == 0 || *number * unit > limits::kRingBytesMax) return invalid();
  return static_cast<uint32_t>(*number * unit);
}

base::Result<pipeline::RunConfig> make_config(const RunArgs& args) {
  pipeline::RunConfig config;
  config.filter = args.filter;
  config.filter_expr = args.filter_expr;
  config.sort = args.sort;
  config.max_entries = args.max_entries;
  config.interval = args.interval;
  config.count = args.count;
  config.per_cpu_rows = args.per_cpu;
  config.netns = args.netns;
  if (!args.ring_size.empty()) {
    GADGETRY_ASSIGN(config.ring_bytes, parse_ring_size(args.ring_size));
  }
  if (!args.timeout.empty()) {
    auto timeout = base::parse_time(args.timeout);
    if (!timeout.ok()) return std::move(timeout).error().context("--timeout");
    config.timeout_ns = *timeout;
  }
  if (args.map_mode == "consume") config.map_mode = pipeline::MapMode::kConsume;
  if (args.map_mode == "keep") config.map_mode = pipeline::MapMode::kKeep;
  if (!args.map_mode.empty() && config.map_mode == pipeline::MapMode::kDefault) {
    return base::Error::usage("--map-mode: " + base::printable(args.map_mode) + " is not a mode")
        .with_hint("use consume or keep");
  }
  return config;
}

}  // namespace gadgetry::cli
