// The guests of wasmcore_bench under Node's V8. Prints the same lines: figure, engine, value.
//
//   node [V8 FLAGS] node_bench.mjs [--quick] ENGINE FOLDER          ENGINE is the name in the lines
//   node [V8 FLAGS] node_bench.mjs --rss none|text|go ENGINE FOLDER
//
// The host functions are JavaScript, whose 64-bit integers are BigInts: the boundary costs more than V8's C++ interface.
import fs from 'node:fs';
import { WASI } from 'node:wasi';

const words = process.argv.slice(2);
const quick = words[0] === '--quick' && words.shift() !== undefined;
const rss = words[0] === '--rss' && words.splice(0, 2)[1];
const [engine, folder] = words;
if (!engine || !folder) {
  console.error('usage: node node_bench.mjs [--quick] [--rss none|text|go] ENGINE FOLDER');
  process.exit(2);
}

const figure = (name, value) => console.log(`${name}\t${engine}\t${value}`);
const milliseconds = (run) => {
  const start = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - start) / 1e6;
};
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const repeat = 3;

// The median of several rounds after two for warming up: V8 compiles better what ran often.
const nanoseconds = (count, call) => {
  const rounds = [];
  for (let round = -2; round < repeat + 2; round++) {
    const took = milliseconds(() => {
      for (let i = 0; i < count; i++) call(i);
    });
    if (round >= 0) rounds.push((took / count) * 1e6);
  }
  return median(rounds);
};

const scalars = [4711n, 1000n, 3n, 0n, 0n, 0n, 0n, 0n];
const text = Buffer.from('/usr/share/Zoneinfo/Europe/Berl\0');
const out = new Uint8Array(32);
let memory; // of the guest that runs
const env = {
  host_get: (field) => scalars[field & 7],
  host_get_string: (field, to, size) => {
    const n = Math.min(size, text.length);
    new Uint8Array(memory.buffer, to, n).set(n === text.length ? text : text.subarray(0, n));
    return n;
  },
  host_set: (field, value) => {
    scalars[field & 7] = value;
  },
  host_set_string: (field, from, size) => {
    out.set(new Uint8Array(memory.buffer, from, Math.min(size, out.length)));
  },
  host_nop: (value) => value,
};

const bytes_of = (name) => fs.readFileSync(`${folder}/${name}.wasm`);
const has = (name) => fs.existsSync(`${folder}/${name}.wasm`);
const compile = (name) => new WebAssembly.Module(bytes_of(name));
const instantiate = (module) => {
  const wasi = new WASI({ version: 'preview1' });
  const instance = new WebAssembly.Instance(module, { env, ...wasi.getImportObject() });
  if (instance.exports.memory) memory = instance.exports.memory;
  if (instance.exports._initialize) wasi.initialize(instance);
  return instance.exports;
};

if (rss !== false) {
  if (rss === 'go' && !has('go')) process.exit(0);
  if (rss === 'text') instantiate(compile('text')).text(1);
  if (rss === 'go') instantiate(compile('go')).event(1);
  figure(`rss_${rss}_mb`, process.resourceUsage().maxRSS / 1024);
  process.exit(0);
}

const scale = quick ? 0.25 : 1;
const expected = Buffer.from('/USR/SHARE/ZONEINFO/EUROPE/BERL\0');
const check_event = () => {
  if (!expected.equals(out)) throw new Error('the guest has made something else of the event');
};
const events = (exports, count) => {
  exports.event(9);
  check_event();
  return nanoseconds(count * scale, exports.event);
};

{
  const exports = instantiate(compile('event'));
  const calls = 2000000;
  figure('host_to_guest_ns', nanoseconds(calls * scale, exports.nop));
  figure('guest_to_host_ns', nanoseconds(1, () => exports.call_host(calls)) / calls);
  figure('event_ns', events(exports, 400000));
}
// name, export, size, size with --quick: as in wasmcore_bench.cpp
for (const [name, entry, size, small] of [
  ['sha256', 'sha256', 64, 8],
  ['mix', 'mix', 1000, 100],
  ['fib', 'fib', 30, 25],
  ['stream', 'stream', 300, 30],
  ['stream_simd', 'stream', 300, 30],
  ['floats', 'floats', 400, 100],
]) {
  const run = instantiate(compile(name))[entry];
  const rounds = [];
  run(1);
  for (let round = 0; round < repeat; round++) rounds.push(milliseconds(() => run(quick ? small : size)));
  figure(`${name}_ms`, median(rounds));
}
for (const [name, entry] of [
  ['text', 'text'],
  ['go', 'event'],
]) {
  if (!has(name)) continue;
  const bytes = bytes_of(name);
  const rounds = [];
  const starts = [];
  for (let round = 0; round < repeat; round++) {
    // V8 keeps the machine code of modules it has seen: each one gets another custom section at its end
    const fresh = Buffer.concat([bytes, Buffer.from([0, 3, 1, 0x78, round])]);
    let module;
    rounds.push(milliseconds(() => (module = new WebAssembly.Module(fresh))));
    starts.push(rounds.at(-1) + milliseconds(() => instantiate(module)[entry](1))); // it compiles when first called
  }
  figure(`load_${name}_ms`, median(rounds));
  figure(`start_${name}_ms`, median(starts));
}
{
  const module = compile('text');
  figure('instantiate_us', nanoseconds(500 * scale, () => instantiate(module)) / 1e3);
}
if (has('go')) {
  const exports = instantiate(compile('go'));
  figure('go_event_ns', events(exports, 40000));
  const documents = 200;
  figure('go_json_us', nanoseconds(4, () => exports.json(documents)) / 1e3 / documents);
}
