#include "cli/run_args.hpp"

#include <CLI/CLI.hpp>

#include "base/limits.hpp"
#include "base/strings.hpp"

namespace gadgetry::cli {

void add_run_options(CLI::App& sub, RunArgs& args) {
  sub.add_option("-o,--output", args.output,
                 "columns, json, jsonpretty, yaml, tree, none, pcap-ng (packets), or a mode of the gadget; "
                 "default: as the gadget says")
      ->type_name("MODE");
  sub.add_option("--fields", args.fields, "Fields to show: f1,f2, or +f1,-f2 relative to the default")
      ->type_name("FIELDS");
  sub.add_option("-F,--filter", args.filter,
                 "Show only matching events: 'proc.comm==cat,fd>2' (all must hold; = != < <= > >= ~ !~)")
      ->type_name("RULES");
  sub.add_option("-E,--filter-expr", args.filter_expr,
                 "Show only events for which this holds: 'proc.comm == \"cat\" and (fd > 2 or fname matches "
                 "\"^/etc\")'")
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
  sub.add_option("--record", args.record, "Record the run to this file, for --replay and for gadgetctl test")
      ->type_name("FILE");
  sub.add_option("--replay", args.replay,
                 "Show the events of a recording instead of the kernel's: needs no privileges")
      ->type_name("FILE");
}

namespace {

// A flag that may be given with and without a value, several times.
void add_grant(CLI::App& sub, const std::string& name, std::vector<std::string>& values,
               const std::string& help, const std::string& type) {
  sub.add_option(name, values, help)
      ->type_name("[" + type + "]")
      ->expected(0, 1)
      ->default_str("")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->delimiter(',')
      ->group("Module of the gadget");
}

wasm::Grants parse_grants(const RunArgs& args) {
  wasm::Grants grants;
  auto take = [](const std::vector<std::string>& values, bool& all, std::vector<std::string>& listed) {
    for (const std::string& value : values) {
      if (value.empty()) {
        all = true;
      } else {
        listed.push_back(value);
      }
    }
  };
  take(args.allow_read, grants.all_read, grants.listed.read);
  take(args.allow_write, grants.all_write, grants.listed.write);
  take(args.allow_net, grants.all_net, grants.listed.net);
  return grants;
}

}  // namespace

void add_place_options(CLI::App& sub, RunArgs& args) {
  const char* group = "What programs are attached to (nothing given: this host)";
  sub.add_option("--iface", args.interfaces,
                 "Network interfaces: names or patterns such as 'eth*'; default: for tc all that are up, "
                 "without lo; for "
                 "XDP none")
      ->type_name("NAME")
      ->delimiter(',')
      ->group(group);
  sub.add_option(
         "--netns", args.netns,
         "Network namespaces: files such as /proc/123/ns/net or /run/netns/blue; also of socket iterators")
      ->type_name("FILE")
      ->group(group);
  sub.add_option("--cgroup", args.cgroups,
                 "Cgroups (version 2): folders, absolute or below the root; default: the root")
      ->type_name("PATH")
      ->group(group);
  sub.add_option("--attach-pid", args.attach_pids,
                 "Processes in which user-space functions are probed, or that are sampled")
      ->type_name("PID")
      ->delimiter(',')
      ->group(group);
  sub.add_option("--containers", args.containers,
                 "Containers of this machine, also those that start later; PATTERN: the beginning of an id, "
                 "or a pattern "
                 "for it")
      ->type_name("[PATTERN]")
      ->expected(0, 1)
      ->group(group);
  sub.add_option(
         "--attach", args.attach,
         "Another target for a program, as attach_to of the metadata; gadget_program_disabled leaves it out")
      ->type_name("PROGRAM=TARGET")
      ->group(group);
}

void add_module_options(CLI::App& sub, RunArgs& args) {
  const char* group = "Module of the gadget";
  add_grant(sub, "--allow-read", args.allow_read,
            "Let the module read files: what its metadata asks for, or only PATH of that", "PATH");
  add_grant(sub, "--allow-write", args.allow_write,
            "Let the module write files: what its metadata asks for, or only PATH of that", "PATH");
  add_grant(sub, "--allow-net", args.allow_net,
            "Let the module connect: to what its metadata asks for, or only ADDR:PORT of that", "ADDR:PORT");
  sub.add_option("--wasm-on-trap", args.wasm_on_trap,
                 "When the module traps: fail (the run ends) or pass (events go on without it); default: as "
                 "the gadget says, else fail")
      ->type_name("POLICY")
      ->group(group);
  sub.add_option("--wasm-fuel", args.wasm_fuel, "Instructions of one callback at most; default 500000000")
      ->type_name("N")
      ->group(group);
  sub.add_option("--wasm-profile", args.wasm_profile,
                 "Write where the time goes inside the module, as folded stacks for a flame graph")
      ->type_name("FILE")
      ->group(group);
}

static base::Status apply_module_args(const RunArgs& args, pipeline::ModuleConfig& config) {
  config.grants = parse_grants(args);
  auto listed = wasm::parse_permissions(config.grants.listed);
  if (!listed.ok()) {
    base::Error error = std::move(listed).error().context("--allow-read, --allow-write, --allow-net");
    error.kind = base::ErrorKind::kUsage;
    return error;
  }
  config.grants.listed = std::move(*listed);
  config.fuel = args.wasm_fuel;
  config.profile_path = args.wasm_profile;
  if (args.wasm_on_trap == "fail") config.on_trap = wasm::TrapPolicy::kFail;
  if (args.wasm_on_trap == "pass") config.on_trap = wasm::TrapPolicy::kPass;
  if (!args.wasm_on_trap.empty() && !config.on_trap) {
    return base::Error::usage("--wasm-on-trap: " + base::printable(args.wasm_on_trap) + " is not a policy")
        .with_hint("use fail or pass");
  }
  return {};
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
  config.scope = {.interfaces = args.interfaces,
                  .net_namespaces = args.netns,
                  .cgroups = args.cgroups,
                  .pids = args.attach_pids,
                  .containers = !args.containers.empty(),
                  .container_pattern = args.containers.empty() ? std::string() : args.containers.front()};
  for (const std::string& text : args.attach) {
    size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == text.size()) {
      return base::Error::usage("--attach: " + base::printable(text) + " is not NAME=TARGET");
    }
    config.attach[text.substr(0, equals)] = text.substr(equals + 1);
  }
  if (!args.record.empty() && !args.replay.empty()) {
    return base::Error::usage("--record and --replay exclude each other");
  }
  config.record_path = args.record;
  config.replay_path = args.replay;
  if (!args.ring_size.empty()) {
    GADGETRY_ASSIGN(config.ring_bytes, parse_ring_size(args.ring_size));
  }
  if (!args.timeout.empty()) {
    auto timeout = base::parse_time(args.timeout);
    if (!timeout.ok()) return std::move(timeout).error().context("--timeout");
    config.timeout_ns = *timeout;
  }
  GADGETRY_TRY(apply_module_args(args, config.wasm));
  if (args.map_mode == "consume") config.map_mode = pipeline::MapMode::kConsume;
  if (args.map_mode == "keep") config.map_mode = pipeline::MapMode::kKeep;
  if (!args.map_mode.empty() && config.map_mode == pipeline::MapMode::kDefault) {
    return base::Error::usage("--map-mode: " + base::printable(args.map_mode) + " is not a mode")
        .with_hint("use consume or keep");
  }
  return config;
}

}  // namespace gadgetry::cli
