#!/bin/bash
# A program that calls every function there is, with sizes that nobody else asks for: on the host, and in a container.
. "$(dirname "$0")/../../tests/lib.sh"
need_root

cat >"$work/memory.c" <<'END'
#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>

static void *volatile last;

int main(void)
{
	void *old = malloc(70001);
	void *aligned = NULL;

	old = realloc(old, 80002);
	last = old;
	free(old);
	last = calloc(3, 30001);
	if (posix_memalign(&aligned, 64, 70003) != 0)
		return 1;
	last = aligned;
	last = aligned_alloc(64, 64 * 1001);
	last = memalign(64, 70004);
	last = valloc(70005);
	last = pvalloc(70006);
	last = mmap(NULL, 70007, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(last, 70007);
	last = malloc(~0ul >> 1); /* more than there is */
	return 0;
}
END
command -v cc >/dev/null || skip "a C compiler is needed"
cc -O0 -w -o "$work/memory" "$work/memory.c"

expect_operations() {
  local operation
  for operation in malloc:70001 realloc:80002 calloc:90003 posix_memalign:70003 aligned_alloc:64064 memalign:70004 \
    valloc:70005 pvalloc:70006 mmap:70007 munmap:70007; do
    expect_event ".operation == \"${operation%:*}\" and .size == ${operation#*:} and .addr > 0 and .proc.comm == \"memory\""
  done
  expect_event '.operation == "realloc_free" and .addr > 0'
  expect_event '.operation == "malloc" and .addr == 0'
  # what was given back is what realloc gave
  jq -e -n '[inputs] | (.[] | select(.operation == "realloc" and .size == 80002) | .addr) as $addr |
    any(.[]; .operation == "free" and .addr == $addr)' "$work/out" >/dev/null || fail "no free of what realloc gave"
}

start_gadget trace_malloc -o json --comm memory
"$work/memory"
sleep 0.3
stop_gadget
expect_operations

start_gadget trace_malloc -o json --comm memory --collect-ustack
"$work/memory"
sleep 0.3
stop_gadget
expect_event '.operation == "malloc" and .size == 70001 and (.ustack.addresses | startswith("0x"))'

# A container that runs already: its pid namespace makes it one.
mkfifo "$work/go"
unshare --mount --pid --fork --kill-child sh -c 'read -r word <"$0"/go; "$0/memory"; : >"$0/done"; sleep 60' "$work" &
container=$!
start_gadget trace_malloc -o json --comm memory --containers
echo go >"$work/go"
for _ in $(seq 100); do [ ! -e "$work/done" ] || break; sleep 0.1; done
sleep 0.3
kill -9 $container
stop_gadget
expect_operations
