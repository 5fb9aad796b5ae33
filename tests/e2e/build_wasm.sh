#!/bin/bash
# Wasm modules of gadgets: init writes one in each language, build compiles and checks it, inspect shows it.
. "$(dirname "$0")/../lib.sh"

root=$(cd "$(dirname "$0")/../.." && pwd)
image=$work/image

not_tested() { echo "skipped: $*"; }
build() { "$GADGETCTL" build -t "$1:v1" -o "$image" "$2"; }
inspect() { "$GADGETCTL" image inspect "$image" --image "$1:v1" "${@:2}"; }
has_rust() {
  local rustc
  for rustc in $(type -ap rustc); do
    ls "$("$rustc" --print sysroot)"/lib/rustlib/wasm32-wasi*/lib/libstd-*.rlib >/dev/null 2>&1 && return 0
  done
  return 1
}

languages="cpp c"
if has_rust; then languages+=" rust"; else not_tested "rust: no rustc here has the target wasm32-wasi"; fi
if GO=$(GADGETRY_GO_OFFLINE=1 "$root/scripts/fetch_go.sh" 2>"$work/err"); then
  export GO
  languages+=" go"
else
  not_tested "go: $(cat "$work/err")"
fi

for language in $languages; do
  dir=$work/$language
  "$GADGETCTL" init --wasm=$language "my_$language" --dir "$dir" >/dev/null
  (cd "$dir" && find . -type f | sort) >"$work/before"
  build "my_$language" "$dir" >"$work/out" 2>"$work/err" || fail "$language: $(cat "$work/err")"
  [ -s "$work/err" ] && fail "$language: the build complains: $(cat "$work/err")"
  (cd "$dir" && find . -type f | sort) | diff "$work/before" - || fail "$language: the build leaves files in the folder"
  inspect "my_$language" >"$work/json"
  jq -e '.wasm | .gadgetAPIVersion == 1 and .size > 0 and .memory > 0 and .onTrap == "fail"
    and (.exports | index("gadgetInit")) and (.imports.ig | index("dataSourceSubscribe"))
    and (.imports.gadget_v2 | index("dataDrop")) and .permissions == {read: [], write: [], net: []}' \
    "$work/json" >/dev/null || fail "$language: inspect: $(jq .wasm "$work/json")"
  [ "$(inspect "my_$language" --extra-info wasm.gadgetAPIVersion)" = 1 ] || fail "$language: version"
  inspect "my_$language" --extra-info wasm.upcalls | jq -e 'index("fieldSet")' >/dev/null || fail "$language: upcalls"
done

# --wasm alone is C++, also in front of the name.
"$GADGETCTL" init --wasm plain --dir "$work/plain" >/dev/null
[ -f "$work/plain/program.cpp" ] || fail "--wasm alone does not write C++"
expect_status 2 "$GADGETCTL" init --wasm=cobol x --dir "$work/x"
expect_stderr 'unknown language .*"cobol"; there are: cpp, c, rust, go'
expect_status 2 "$GADGETCTL" init --wasm --type topper x --dir "$work/x"
[ ! -e "$work/x" ] || fail "a refused init left files"

# A guest in C++ is small; the same sources give the same bytes anywhere; functions keep their names.
size=$(inspect my_cpp | jq .wasm.size)
[ "$size" -lt 10240 ] || fail "the C++ module has $size bytes"
for language in ${languages/go/}; do
  mkdir -p "$work/else/where"
  cp -r "$work/$language" "$work/else/where/$language"
  digest=$(sed -n 's/.*@//p' <<<"$(build "my_$language" "$work/$language")")
  other=$(sed -n 's/.*@//p' <<<"$(build "my_$language" "$work/else/where/$language")")
  [ "$digest" = "$other" ] || fail "$language: the image depends on the folder"
done
grep -rqa on_exec "$image/blobs" || fail "names of functions were stripped"

# A finished module is taken as it is.
layer() { jq -r '.manifests[0].layers[] | select(.mediaType | contains("wasm")) | .digest' | sed 's/sha256://'; }
cp "$image/blobs/sha256/$(inspect my_cpp | layer)" "$work/cpp/ready.wasm"
sed -i 's/^wasm:.*/wasm: ready.wasm/' "$work/cpp/build.yaml"
build ready "$work/cpp" >/dev/null
cmp "$work/cpp/ready.wasm" "$image/blobs/sha256/$(inspect ready | layer)" || fail "a finished module was changed"

# wasm-cflags; the compiler's words come through; a module that no host can run is refused.
bad() { expect_status 1 "$GADGETCTL" build -t bad:v1 -o "$image" "$work/bad"; }
cp -r "$work/plain" "$work/bad"
echo 'wasm-cflags: [-Dlast_part=1x]' >>"$work/bad/build.yaml"
bad
expect_stderr 'compiling program.cpp: .*clang.* exited with status 1'
expect_stderr 'program.cpp:[0-9]+:[0-9]+: error:'
sed -i /wasm-cflags/d "$work/bad/build.yaml"
echo 'extern "C" __attribute__((import_module("ig"), import_name("gadgetLogs"))) void logs();
extern "C" __attribute__((export_name("gadgetStart"))) int start() { logs(); return 0; }' >>"$work/bad/program.cpp"
bad
expect_stderr 'imports ig.gadgetLogs, which no host has; did you mean "gadgetLog"\?'
sed -i s/gadgetLogs/gadgetLog/ "$work/bad/program.cpp"
bad
expect_stderr 'imports ig.gadgetLog as \(\) -> \(\), but it is \(i32, i64\) -> \(\)'
echo 'extern "C" __attribute__((export_name("gadgetInit"))) int start() { return 0; }' >"$work/bad/program.cpp"
bad
expect_stderr 'does not export gadgetAPIVersion'
echo 'extern "C" __attribute__((export_name("gadgetAPIVersion"))) long long v() { return 2; }' >"$work/bad/program.cpp"
bad
expect_stderr 'made for version 2 of the API; hosts support version 1'
sed -i s/2/1/ "$work/bad/program.cpp"
expect_status 0 "$GADGETCTL" build -t bad:v1 -o "$image" "$work/bad"
expect_stderr 'exports nothing that a host calls besides gadgetAPIVersion'
sed -i 's/long long/int/' "$work/bad/program.cpp"
bad
expect_stderr 'its gadgetAPIVersion is \(\) -> i32; it must be \(\) -> i64'

# Tools that are missing are named.
mkdir "$work/tools"
ln -s "$(command -v clang-19)" "$work/tools/clang-19"
WASM_LD=/nowhere/ld expect_status 1 "$GADGETCTL" build "$work/plain"
expect_stderr 'no program "/nowhere/ld", which \$WASM_LD names'
"$GADGETCTL" init --wasm=rust r --dir "$work/r" >/dev/null
RUSTC=/nowhere/rustc expect_status 1 "$GADGETCTL" build "$work/r"
expect_stderr 'no program "/nowhere/rustc", which \$RUSTC names'
"$GADGETCTL" init --wasm=go o --dir "$work/o" >/dev/null
GO='' PATH=$work/tools expect_status 1 "$(command -v "$GADGETCTL")" build "$work/o"
expect_stderr 'there is no go on this machine; install Go 1.24'
