#!/bin/bash
# Mistakes of authors: the message says where and what to do, the status is 1 (2 for wrong usage), nothing is left behind.
. "$(dirname "$0")/../lib.sh"
mkdir "$work/tmp"
export TMPDIR=$work/tmp

"$GADGETCTL" init good --dir "$work/good" >/dev/null
fresh() { rm -rf "$work/g" && cp -r "$work/good" "$work/g"; }
build_fails() { expect_status 1 "$GADGETCTL" build -t g:v1 "$work/g"; }

# Compiler: missing, not what $CLANG says, complaining.
fresh
mkdir "$work/empty_path"
PATH=$work/empty_path expect_status 1 "$(command -v "$GADGETCTL")" build "$work/g"
expect_stderr 'there is no clang on this machine; install clang and LLVM'
CLANG=/nowhere/clang expect_status 1 "$GADGETCTL" build "$work/g"
expect_stderr 'no program "/nowhere/clang", which \$CLANG names'
echo 'int broken = nowhere;' >>"$work/g/program.bpf.c"
build_fails
expect_stderr 'compiling program.bpf.c for amd64: .*clang.* exited with status 1'
expect_stderr "^program.bpf.c:[0-9]+:14: error: use of undeclared identifier 'nowhere'"
[ "$(grep -c "undeclared identifier" "$work/err")" = 1 ] || fail "the same error is shown twice"

# Warnings do not stop the build, but are shown.
fresh
echo 'static int lonely(void) { return 0; }' >>"$work/g/program.bpf.c"
expect_status 0 "$GADGETCTL" build "$work/g"
expect_stderr "unused function 'lonely'"

# Metadata, with line and column.
fresh
cat >"$work/g/gadget.yaml" <<EOF
name: g
descripton: typo
datasources:
  exec:
    fields:
      fil: {annotations: {columns.width: 3}}
      file:
        annotations:
          columns.allignment: left
          columns.width: wide
params:
  ebpf:
    min_lenght: {key: x}
EOF
build_fails
expect_stderr 'gadget.yaml:2:1: error: unknown key "descripton" in the metadata; did you mean "description"\?'
expect_stderr 'gadget.yaml:6:7: error: data source "exec" has no field "fil"; did you mean "file"\?'
expect_stderr 'gadget.yaml:9:11: error: unknown annotation "columns.allignment" of field "file"; did you mean "columns.alignment"\?'
expect_stderr 'gadget.yaml:10:26: error: .*columns.width'
expect_stderr 'gadget.yaml:13:5: error: the eBPF object has no variable "min_lenght"; did you mean "min_length"\?'
expect_status 0 "$GADGETCTL" build --validate-metadata=false -t g:v2 "$work/g"
echo 'name: [' >"$work/g/gadget.yaml"
build_fails
expect_stderr 'gadget.yaml:[0-9]+:[0-9]+: '
: | head -c 0 >"$work/g/gadget.yaml"
{ echo 'a: &a [x,x,x,x,x,x,x,x,x,x]'; for i in b c d e f g h; do p=$(echo $i | tr b-h a-g); echo "$i: &$i [*$p,*$p,*$p,*$p,*$p,*$p,*$p,*$p,*$p,*$p]"; done; } >"$work/g/gadget.yaml"
build_fails
expect_stderr 'too many values'

# build.yaml and the files it names.
fresh
echo 'ebpfsorce: x.c' >"$work/g/build.yaml"
build_fails
expect_stderr 'build.yaml:1:1: error: unknown key "ebpfsorce"; did you mean "ebpfsource"\?'
echo 'ebpfsource: gone.bpf.c' >"$work/g/build.yaml"
build_fails
expect_stderr 'gone.bpf.c: No such file'
echo 'wasm: main.zig' >"$work/g/build.yaml"
build_fails
expect_stderr 'main.zig is of an unknown kind; wasm: in build.yaml names a .c, .cpp, .cc, .rs or .go source, or a .wasm file'

# Folders and names.
mkdir "$work/nothing"
expect_status 1 "$GADGETCTL" build "$work/nothing"
expect_stderr 'holds no gadget: .*gadgetctl init'
expect_status 1 "$GADGETCTL" build "$work/gone"
fresh
expect_status 2 "$GADGETCTL" build -t 'Not A Name' "$work/g"
expect_status 2 "$GADGETCTL" build --arch mips "$work/g"
expect_status 2 "$GADGETCTL" build --no-such-flag
expect_status 1 "$GADGETCTL" build --sdk "$work/nothing" "$work/g"
expect_stderr 'vmlinux.h: No such file.*--sdk'

# init does not overwrite.
cp "$work/g/gadget.yaml" "$work/before"
expect_status 1 "$GADGETCTL" init g --dir "$work/g"
expect_stderr 'exists already'
cmp "$work/g/gadget.yaml" "$work/before" || fail "init changed a file"
expect_status 2 "$GADGETCTL" init 'a b'
expect_status 2 "$GADGETCTL" init ok --type nothing

[ -z "$(ls -A "$work/tmp")" ] || fail "left behind: $(ls -A "$work/tmp")"
